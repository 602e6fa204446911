"""The view of the layer table: the selected row stays in view where the table gets another size."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QTableView


class LayerView(QTableView):
    """A table whose current row stays in view where it was in view and the table gets lower."""

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
