"""Sorting the rows again while training, when they are sorted by values that change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from cnnviz.gui.panels.layer_table.model import LayerModel
    from cnnviz.gui.panels.layer_table.view import LayerView

BETWEEN_MILLISECONDS = 1000
"""The least time between two sortings while training runs."""


class RowOrder(QObject):
    """Sorts the rows again after their values have changed. The row under the pointer, or else the selected row,
    keeps its place on screen."""

    def __init__(self, model: LayerModel, view: LayerView, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._view = model, view
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(BETWEEN_MILLISECONDS)
        self._pause.timeout.connect(self._end_pause)
        self._changed = False
        """Whether values have changed during the pause."""

    def follow(self, *, settled: bool) -> None:
        """Sort after the values have changed. With ``settled`` values no longer change, and are sorted at once."""
        if settled:
            self._pause.stop()
            self._sort()
        elif self._pause.isActive():
            self._changed = True
        else:
            self._sort()
            self._pause.start()

    def _end_pause(self) -> None:
        if self._changed:
            self._sort()
            self._pause.start()

    def _sort(self) -> None:
        self._changed = False
        held = self._view.held_row()
        if held is None:
            self._model.sort_anew()
            return
        node, bar = self._model.node(held), self._view.verticalScrollBar()
        # the scroll bar counts rows
        below_top = held - bar.value()
        if self._model.sort_anew():
            bar.setValue(self._model.nodes().index(node) - below_top)
