"""Where a notice stands: over the foot of the lowest place, or in a low window over the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal

from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.shell.status_line import StatusLine
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.notice_bar import NoticeBar

GAP = 8
"""Pixels around the places, and between them."""
ABOVE_BAR = 4
"""Pixels between a notice and what is above it."""
LOW = 640
"""Where all places together are lower than this, in pixels, a notice stands over the status line."""
BAR_CHANGES = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest)


class NoticePlace(QObject):
    """Places the notice ``bar`` at the lower edge of ``places``; ``changed`` follows where it may need more room.

    A notice of one line moves nothing when it comes and goes. In a high window the lowest place keeps its foot free for
    it, so that the status line can always be read. In a low window, where a line is a row of maps, the notice covers
    the status line instead. A message, which the status line shows for some seconds, is then shown over the text of the
    notice, unless the notice is newer. ``lowTurned(bool)`` follows when the window has become low or high.
    """

    changed = Signal()
    lowTurned = Signal(bool)

    def __init__(self, places: QWidget, bar: NoticeBar, status: StatusLine) -> None:
        super().__init__(places)
        self._places, self.bar, self._status = places, bar, status
        self.line = 0
        """The height of a notice with one line of text, in pixels."""
        self._was_low: bool | None = None
        self._window = window = places.window()
        bar.setParent(window)
        bar.installEventFilter(self)
        self.message = PlainLabel(parent=window)
        self.message.setObjectName("message")
        self.message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.message.hide()
        status.messageChanged.connect(self._show_message)
        # a sentence that came before a notice is older than it
        bar.turned.connect(self.message.hide)
        self._measure()

    @property
    def shown(self) -> bool:
        """Whether there is a notice."""
        return not self.bar.isHidden()

    @property
    def low(self) -> bool:
        """Whether the window is low."""
        return self._places.height() < LOW

    @property
    def kept(self) -> int:
        """The pixels that are kept free below the lowest place, with and without a notice."""
        return max(GAP, ABOVE_BAR + self.line - self._lent) if self.low else GAP

    @property
    def foot(self) -> int:
        """The pixels that the lowest place keeps free at its lower edge, with and without a notice of one line."""
        return max(0, ABOVE_BAR + self.line - self._lent - self.kept)

    @property
    def missing(self) -> int:
        """The pixels that the lowest place keeps free at its lower edge for the present notice."""
        return max(self.foot, self._height() - self._lent - self.kept + ABOVE_BAR)

    def follow_height(self) -> None:
        """Tell if the window has become low or high."""
        if (low := self.low) is not self._was_low:
            self._was_low = low
            self.bar.set_covering(low)
            self.lowTurned.emit(low)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.message.setStyleSheet(
            f"#message {{ background: {theme.raised}; border: 1px solid {theme.accent}; border-radius: 6px;"
            " padding: 0 8px; }"
        )

    def place(self) -> None:
        """Place the notice for the present size of the window."""
        if not self.shown:
            self._measure()
        self._status.set_covered(self.shown and self.low)
        if self.shown:
            places, height = self._places, self._height()
            below = places.mapTo(self._window, QPoint(0, places.height())) + QPoint(0, self._lent)
            self.bar.setGeometry(below.x(), below.y() - height, places.width(), height)
        if not (self.shown and self.low):
            self.message.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the notice when it appears, disappears or changes its text."""
        if watched is self.bar and event.type() in BAR_CHANGES:
            self.changed.emit()
        return super().eventFilter(watched, event)

    @property
    def _lent(self) -> int:
        """The height of the status line where a notice covers it, else 0."""
        if not self.low:
            return 0
        return self._status.height() if self._status.isVisible() else self._status.sizeHint().height()

    def _height(self) -> int:
        """The height of the present notice; 0 without one."""
        return self.bar.heightForWidth(self._places.width()) if self.shown else 0

    def _measure(self) -> None:
        """Note the height of a notice with one line: that of the bar without a text."""
        self.line = self.bar.sizeHint().height()

    def _show_message(self, text: str) -> None:
        """Show a message of the status line over the text of the notice that covers it."""
        self.message.setVisible(bool(text) and self.shown and self.low)
        if not self.message.isHidden():
            area = self.bar.text_area().translated(self.bar.pos())
            self.message.setText(text)
            self.message.setGeometry(area)
            self.message.raise_()
