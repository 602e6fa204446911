"""The order in which the Tab key visits widgets that are created late.

``nextInFocusChain`` is not used: PySide makes the returned widget a child of the widget before it, and deletes both
together.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def stops(part: QWidget) -> list[QWidget]:
    """The widgets in ``part`` that the Tab key visits, in the order in which they were created; without those of other
    windows, such as the list of a combo box."""
    return [widget for widget in part.findChildren(QWidget) if _is_stop(widget) and widget.window() is part.window()]


def follow(before: QWidget, part: QWidget) -> None:
    """Let the Tab key reach the widgets of ``part`` right after those of ``before``; Qt has put them at the end."""
    moved = {part, *stops(part)}
    _move([before, *(widget for widget in stops(before) if widget not in moved)][-1], part)


def come_first(part: QWidget, inside: QWidget) -> None:
    """Let the Tab key reach ``part`` before the other widgets of ``inside``, which contains it."""
    _move(inside, part)


def _move(before: QWidget, part: QWidget) -> None:
    moved = [part, *stops(part)]
    policies = [(widget, widget.focusPolicy()) for widget in (before, part)]
    for widget, _ in policies:
        # Qt does not move widgets that cannot have the focus
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    for last, widget in zip([before, *moved], moved, strict=False):
        QWidget.setTabOrder(last, widget)
    for widget, policy in policies:
        widget.setFocusPolicy(policy)


def _is_stop(widget: QWidget) -> bool:
    """Whether the Tab key stops here; it passes over a widget with a focus proxy, such as the line of a number box."""
    return Qt.FocusPolicy.TabFocus in widget.focusPolicy() and widget.focusProxy() is None
