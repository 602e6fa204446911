"""Timers and top-level widgets of Qt that a test leaves behind."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import delete, isValid

QT_OWNS = frozenset({"QTipLabel", "QWhatsThat", "QDesktopScreenWidget"})
"""Top-level widgets that Qt makes and keeps for itself."""

_timers: list[weakref.ref[QTimer]] = []
_make_timer = QTimer.__init__


def _made(self: QTimer, *arguments: Any, **options: Any) -> None:
    _make_timer(self, *arguments, **options)
    _timers.append(weakref.ref(self, _timers.remove))


# Going through all objects (gc.get_objects) would find them too, but breaks a tuple that another thread is making.
QTimer.__init__ = _made  # type: ignore[method-assign]


class Leftovers:
    """What is there now, and later what is new since then."""

    def __init__(self) -> None:
        _release_keys()
        _take_off_style_sheet()
        self._widgets, self._timers = _top_level(), _running_timers()

    def new(self) -> list[str]:
        """A description of each widget and timer since then that nothing has deleted."""
        if QApplication.instance() is None:
            return []
        _delete_later()
        if _new(_top_level(), self._widgets) or _new(_running_timers(), self._timers):
            gc.collect()
            _delete_later()
        found = [f"top-level widget {widget!r}" for widget in _new(_top_level(), self._widgets)]
        timers = _new(_running_timers(), self._timers)
        return found + [f"running timer {timer!r} of {timer.parent()!r}" for timer in timers]


def _delete_later() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _top_level() -> list[QWidget]:
    """Windows that nothing owns; popups with a parent go with it."""
    if QApplication.instance() is None:
        return []
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if isValid(widget) and widget.parent() is None and widget.metaObject().className() not in QT_OWNS
    ]


def _running_timers() -> list[QTimer]:
    if QApplication.instance() is None:
        return []
    timers = [timer for one in list(_timers) if (timer := one()) is not None]
    return [timer for timer in timers if isValid(timer) and timer.isActive()]


def _new(now: list[Any], before: list[Any]) -> list[Any]:
    return [one for one in now if not any(one is other for other in before)]


def _release_keys() -> None:
    """No test begins with a key held: Qt still counts the Shift of the last key that a test before pressed."""
    if isinstance(QApplication.instance(), QApplication) and QApplication.keyboardModifiers().value:
        widget = QWidget()
        QTest.keyRelease(widget, Qt.Key.Key_Shift)
        delete(widget)


def _take_off_style_sheet() -> None:
    """A first window is made without the style sheet that windows before have left, in half the time, as in a start."""
    application = QApplication.instance()
    if isinstance(application, QApplication) and application.styleSheet() and not _top_level():
        application.setStyleSheet("")
