"""A column of widgets that scrolls if there is no room for all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QPaintEvent, QResizeEvent

BAR, GAP = 10, 5
"""Width of the scroll bar, and pixels between the parts and the bar."""


class UpperEdge(QWidget):
    """A line at the upper edge of an area whose first lines are scrolled away."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        area.verticalScrollBar().valueChanged.connect(self.setVisible)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Mid))
        painter.end()


class ScrolledColumn(QScrollArea):
    """``parts`` in a ``column`` as wide as the area; it scrolls vertically only.

    The room that is left stays empty, unless the last part grows.
    """

    def __init__(self, *parts: QWidget, last_grows: bool = False) -> None:
        super().__init__()
        self.inside = QWidget()
        """The scrolled widget, which contains all parts."""
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        for part in parts:
            self.column.addWidget(part)
        if last_grows:
            self.column.setStretchFactor(parts[-1], 1)
        else:
            self.column.addStretch(1)
        self.setWidget(self.inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().setStyleSheet(f"QScrollBar:vertical {{ width: {BAR + GAP}px; margin-left: {GAP}px; }}")
        self._edge = UpperEdge(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the line follows the width."""
        super().resizeEvent(event)
        self._edge.setGeometry(0, 0, self.width(), 1)

    def height_for(self, width: int) -> int:
        """The height at which all parts are visible, in pixels."""
        return self.column.totalHeightForWidth(width)

    @contextmanager
    def laid_out_once(self) -> Iterator[None]:
        """In here parts may be changed, shown and hidden; then all of them are laid out.

        Qt would lay them out again for each part that is shown, and once more beside the scroll bar that comes then.
        """
        if not self.isVisible():
            yield
            return
        self.column.setEnabled(False)
        try:
            yield
        finally:
            self._make_room()
            self.column.setEnabled(True)
            self.column.activate()

    def _make_room(self) -> None:
        """Show or hide the scroll bar, and give the parts the height that they need beside it."""
        room = self.maximumViewportSize()
        if self.height_for(room.width()) <= room.height():
            self.inside.resize(room)
            return
        if self.verticalScrollBar().isHidden():
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        width = self.viewport().width()
        self.inside.resize(width, self.height_for(width))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
