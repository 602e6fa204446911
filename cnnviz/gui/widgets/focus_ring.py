"""A line around a widget that has the focus but does not show it itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QRegion, QWindow
from PySide6.QtWidgets import QWidget

LINE = 2
"""Width of the line in pixels."""
_Reason = Qt.FocusReason
BY_KEYBOARD = (_Reason.TabFocusReason, _Reason.BacktabFocusReason, _Reason.ShortcutFocusReason)
PASSING = (_Reason.PopupFocusReason, _Reason.ActiveWindowFocusReason, _Reason.MenuBarFocusReason)
"""A menu or another window takes the focus, and gives it back."""
OF_KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
"""The window of a key that is a shortcut gets only the first of these."""
OF_MOUSE = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class LastPress(QObject):
    """Knows whether the last press in a window was a key, or a button of the mouse.

    Qt moves the focus as the key Tab does also where the widget that has it is hidden or disabled, after any press.
    """

    def __init__(self, handle: QWindow) -> None:
        super().__init__(handle)
        self.of_key = True
        # the handle gets each press before any widget does, and no events between widgets
        handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: see what is pressed."""
        if event.type() in OF_KEYS or event.type() in OF_MOUSE:
            self.of_key = event.type() in OF_KEYS
        return super().eventFilter(watched, event)


def keys_are_used(window: QWidget) -> bool:
    """Whether the last press in a window was a key; True as long as no press is known."""
    handle = window.windowHandle()
    if handle is None:
        return True
    return (handle.findChild(LastPress) or LastPress(handle)).of_key


class FocusRing(QWidget):
    """Frames ``widget``, its parent, while it has the focus, if that came by keyboard."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: follow the focus and the size of the widget."""
        if isinstance(event, QFocusEvent) and event.reason() not in PASSING:
            by_key = keys_are_used(self.window())
            shown = by_key and event.gotFocus() and event.reason() in BY_KEYBOARD
            if shown:
                self._fit()
                self.raise_()
            self.setVisible(shown)
        elif event.type() == QEvent.Type.Resize and not self.isHidden():
            self._fit()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().highlight())
        painter.end()

    def _fit(self) -> None:
        area = self._widget.rect()
        self.setGeometry(area)
        # the widget repaints its inside without this one above it
        self.setMask(QRegion(area) - QRegion(area.adjusted(LINE, LINE, -LINE, -LINE)))
