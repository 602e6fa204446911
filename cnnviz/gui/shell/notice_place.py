"""Where a notice stands: over the status line, and what its further lines need above that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal

from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.shell.status_line import StatusLine
    from cnnviz.gui.theme import Theme

GAP = 8
"""Pixels around the places, and between them."""
ABOVE_BAR = 4
"""Pixels between the bottom place and a notice below it."""
LOW = 640
"""All places together are low if they are lower than this, in pixels."""
BESIDE = 12
"""Pixels between the edge of the window and a message above a notice."""
BAR_CHANGES = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest)


class NoticePlace(QObject):
    """Places the notice ``bar`` at the lower edge of ``places``; ``changed`` follows where it may need more room.

    A notice of one line moves nothing when it comes and goes, and no room is kept for it: it covers the status line.
    What that says can also be seen elsewhere or later, and it is back once the notice is answered or closed. A message,
    which the status line shows for some seconds, is then shown above the notice.
    """

    changed = Signal()

    def __init__(self, places: QWidget, bar: QWidget, status: StatusLine) -> None:
        super().__init__(places)
        self._places, self._bar, self._status = places, bar, status
        self.line = 0
        """The height of a notice with one line of text, in pixels."""
        self._window = window = places.window()
        bar.setParent(window)
        bar.installEventFilter(self)
        self.message = PlainLabel(parent=window)
        self.message.setObjectName("message")
        self.message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.message.hide()
        status.messageChanged.connect(lambda _: self._show_message())
        self._measure()

    @property
    def shown(self) -> bool:
        """Whether there is a notice."""
        return not self._bar.isHidden()

    @property
    def low(self) -> bool:
        """Whether the window is low."""
        return self._places.height() < LOW

    @property
    def kept(self) -> int:
        """The pixels that are kept free below the bottom place, with and without a notice."""
        return max(GAP, ABOVE_BAR + self.line - self._lent)

    @property
    def missing(self) -> int:
        """By how many pixels the present notice is higher than its room."""
        return max(0, self._height() - self._lent - self.kept + ABOVE_BAR)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.message.setStyleSheet(
            f"#message {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 6px;"
            " padding: 3px 8px; }"
        )

    def place(self) -> None:
        """Place the notice for the present size of the window."""
        if not self.shown:
            self._measure()
        self._status.set_covered(self.shown)
        if self.shown:
            places, height = self._places, self._height()
            below = places.mapTo(self._window, QPoint(0, places.height())) + QPoint(0, self._lent)
            self._bar.setGeometry(below.x(), below.y() - height, places.width(), height)
        self._show_message()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the notice when it appears, disappears or changes its text."""
        if watched is self._bar and event.type() in BAR_CHANGES:
            self.changed.emit()
        return super().eventFilter(watched, event)

    @property
    def _lent(self) -> int:
        """The height of the status line, which a notice covers."""
        return self._status.height() if self._status.isVisible() else self._status.sizeHint().height()

    def _height(self) -> int:
        """The height of the present notice; 0 without one."""
        return self._bar.heightForWidth(self._places.width()) if self.shown else 0

    def _measure(self) -> None:
        """The bar is without a text as high as with one line."""
        self.line = self._bar.sizeHint().height()

    def _show_message(self) -> None:
        """Show the message of the status line above the notice that covers it."""
        text = self._status.currentMessage() if self.shown else ""
        self.message.setVisible(bool(text))
        if text:
            room = self._bar.width() - 2 * BESIDE
            self.message.setText(text)
            self.message.adjustSize()
            width, height = min(room, self.message.width()), self.message.height()
            self.message.setGeometry(self._bar.x() + BESIDE, self._bar.y() - height, width, height)
            self.message.raise_()
