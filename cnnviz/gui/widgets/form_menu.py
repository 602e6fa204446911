"""A menu that holds fields, open while the user looks at the window around it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QActionEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QMenu,
    QPushButton,
    QTabBar,
    QToolButton,
    QWidget,
    QWidgetAction,
)
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Sequence

LEFT = Qt.MouseButton.LeftButton


class FormMenu(QMenu):
    """A click on a button or tab of its window closes the menu and presses the button too.

    Some platforms would only close the menu. The button of the menu itself only closes it.
    """

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the menu is shown; a widget in it may have changed since the last time."""
        super().showEvent(event)
        self._measure()

    def event(self, event: QEvent) -> bool:
        """Qt: a widget in the menu may have another size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._measure()
        return super().event(event)

    def _measure(self) -> None:
        """Take the size that the widgets in the menu have now: Qt measures an entry again only if it is changed."""
        for action in self.actions():
            widget = action.defaultWidget() if isinstance(action, QWidgetAction) else None
            wanted = None if widget is None else widget.sizeHint().expandedTo(widget.minimumSize())
            if wanted is not None and wanted != self.actionGeometry(action).size():
                QApplication.sendEvent(self, QActionEvent(QEvent.Type.ActionChanged.value, action))
        if self.isVisible() and self.size() != self.sizeHint():
            self.resize(self.sizeHint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a press outside closes the menu."""
        at = event.globalPosition()
        target = None if event.button() is not LEFT or self._is_inside(at.toPoint()) else self._target(at.toPoint())
        if target is not None:
            # a platform that passes the press on would press the button twice
            self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        super().mousePressEvent(event)
        if target is not None:
            QTimer.singleShot(0, self, partial(_click, target, at))

    def _is_inside(self, at: QPoint) -> bool:
        return self.rect().contains(self.mapFromGlobal(at))

    def _target(self, at: QPoint) -> QWidget | None:
        """The button or tabs of the window at a position on the screen."""
        parent = self.parentWidget()
        found = None if parent is None else parent.window().childAt(parent.window().mapFromGlobal(at))
        if isinstance(found, QPushButton | QToolButton) and found.menu() is self:
            return None
        return found if isinstance(found, QAbstractButton | QTabBar) and found.isEnabled() else None


def _click(target: QWidget, at: QPointF) -> None:
    """Click a widget, unless closing the menu has removed, hidden or disabled it."""
    kinds: Sequence[QEvent.Type] = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease)
    for kind in kinds:
        if not isValid(target) or not target.isVisible() or not target.isEnabled():
            return
        held = LEFT if kind is QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        modifiers = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(target, QMouseEvent(kind, target.mapFromGlobal(at), at, LEFT, held, modifiers))
