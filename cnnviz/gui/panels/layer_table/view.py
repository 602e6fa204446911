"""The view of the layer table. It shows whole rows, and keeps the selected row in view when it is resized."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QTableView, QWidget

from cnnviz.gui.widgets.focus_ring import FocusRing


class LayerView(QTableView):
    """A table whose current row stays in view when the table gets lower.

    The first row below the header is always whole. Qt would align the last row with the lower edge instead.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        FocusRing(self)
        self._ground = QColor()
        # the view paints its whole background, so Qt need not paint its parents first
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def set_ground(self, colour: str) -> None:
        """Set the background colour, that of the parent."""
        self._ground = QColor(colour)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._ground)
        painter.end()
        super().paintEvent(event)

    def held_row(self) -> int | None:
        """The row that the user probably looks at: the row under the pointer, else the selected row if it is in
        view."""
        viewport = self.viewport()
        point = viewport.mapFromGlobal(QCursor.pos())
        if self.isVisible() and viewport.rect().contains(point) and (pointed := self.indexAt(point)).isValid():
            return pointed.row()
        current = self.currentIndex()
        if self.selectionModel().isSelected(current) and viewport.rect().contains(self.visualRect(current).center()):
            return current.row()
        return None

    def updateGeometries(self) -> None:
        """Qt updates the scroll bars."""
        super().updateGeometries()
        self._show_whole_rows()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Qt scrolls."""
        super().scrollContentsBy(dx, dy)
        self._show_whole_rows()

    def _show_whole_rows(self) -> None:
        header, before = self.verticalHeader(), self.verticalHeader().offset()
        header.setOffsetToSectionPosition(self.verticalScrollBar().value())
        if header.offset() != before:
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the current row in view."""
        row = self.visualRect(self.currentIndex())
        was_in_view = row.top() >= 0 and row.bottom() < event.oldSize().height()
        super().resizeEvent(event)
        if was_in_view:
            self._show_current()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the current row, which may have changed while the table was hidden."""
        super().showEvent(event)
        self._show_current()

    def _show_current(self) -> None:
        current = self.currentIndex()
        if self.selectionModel().isSelected(current):
            self.scrollTo(current)
