"""The view of the layer table: whole rows, and the selected one stays in view where the table gets another size."""

from __future__ import annotations

from PySide6.QtGui import QCursor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QTableView


class LayerView(QTableView):
    """A table whose current row stays in view where it was in view and the table gets lower.

    A whole row stands below the header, at the end of the rows too, where Qt would put the last row at the lower edge.
    """

    def held_row(self) -> int | None:
        """The row that the user looks at: the one under the pointer, or else the selected one where it is in view."""
        viewport = self.viewport()
        point = viewport.mapFromGlobal(QCursor.pos())
        if self.isVisible() and viewport.rect().contains(point) and (pointed := self.indexAt(point)).isValid():
            return pointed.row()
        current = self.currentIndex()
        if self.selectionModel().isSelected(current) and viewport.rect().contains(self.visualRect(current).center()):
            return current.row()
        return None

    def updateGeometries(self) -> None:
        """Qt: the scroll bars fit themselves to the rows."""
        super().updateGeometries()
        self._show_whole_rows()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Qt: a scroll bar was moved."""
        super().scrollContentsBy(dx, dy)
        self._show_whole_rows()

    def _show_whole_rows(self) -> None:
        header, before = self.verticalHeader(), self.verticalHeader().offset()
        header.setOffsetToSectionPosition(self.verticalScrollBar().value())
        if header.offset() != before:
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the viewport has another size."""
        row = self.visualRect(self.currentIndex())
        was_in_view = row.top() >= 0 and row.bottom() < event.oldSize().height()
        super().resizeEvent(event)
        if was_in_view:
            self._show_current()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: another row may have been selected while the table was hidden."""
        super().showEvent(event)
        self._show_current()

    def _show_current(self) -> None:
        current = self.currentIndex()
        if self.selectionModel().isSelected(current):
            self.scrollTo(current)
