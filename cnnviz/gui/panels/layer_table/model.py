"""The Qt model of the layer table, sorted by a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from cnnviz.gui.localized import percent
from cnnviz.gui.panels.layer_table.cells import LEFT, RIGHT, Index
from cnnviz.gui.panels.layer_table.rows import COLUMNS, NUMBERS, LayerRow, LayerRows

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND, ZEROS = COLUMNS.index("kind"), COLUMNS.index("zeros")


class LayerModel(QAbstractTableModel):
    """The rows of the table in sorted order."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: LayerRows | None = None
        self._places: list[int] = []
        """The place of each row in the order of the network."""
        self._by = (0, Qt.SortOrder.AscendingOrder)

    def show(self, rows: LayerRows) -> bool:
        """Set the rows; returns whether anything changed."""
        old, self._rows = self._rows, rows
        if old is not None and rows.says_the_same(old):
            return False
        places = self._sorted()
        if old is not None and places == self._places and rows.names == old.names:
            if places:
                self.dataChanged.emit(self.index(0, 0), self.index(len(places) - 1, len(COLUMNS) - 1))
            return True
        self.beginResetModel()
        self._places = places
        self.endResetModel()
        return True

    def show_zeros(self, zeros: Mapping[str, float]) -> None:
        """Set the shares of zeros without sorting again; views are notified of the cells whose text changes."""
        if self._rows is None or zeros == self._rows.zeros:
            return
        old, self._rows = self._rows, self._rows.with_zeros(zeros)
        names = self._rows.names
        for row, place in enumerate(self._places):
            name = names[place]
            if zeros.get(name) != old.zeros.get(name) and self._rows[place].texts[ZEROS] != old[place].texts[ZEROS]:
                changed = self.index(row, ZEROS)
                self.dataChanged.emit(changed, changed)

    @property
    def zeros(self) -> Mapping[str, float]:
        """The displayed shares of zeros, by node."""
        return {} if self._rows is None else self._rows.zeros

    @property
    def rows(self) -> LayerRows:
        """All rows, in the order of the network."""
        assert self._rows is not None
        return self._rows

    def row(self, row: int) -> LayerRow:
        """The content of a row."""
        assert self._rows is not None
        return self._rows[self._places[row]]

    def nodes(self) -> list[str]:
        """The layers in sorted order."""
        order = self.rows.names
        return [order[place] for place in self._places]

    def node(self, row: int) -> str:
        """The layer in a row."""
        assert self._rows is not None
        return self._rows.names[self._places[row]]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Qt sorts by a column."""
        self._by = (column, order)
        self.beginResetModel()
        self._places = self._sorted()
        self.endResetModel()

    @property
    def by_zeros(self) -> bool:
        """Whether the rows are sorted by the shares of zeros."""
        return self._by[0] == ZEROS

    def sort_anew(self) -> bool:
        """Sort by the present values and keep the selection; returns whether a row changed its place."""
        places = self._sorted()
        if places == self._places:
            return False
        self.layoutAboutToBeChanged.emit()
        row_of = {place: row for row, place in enumerate(places)}
        before = self.persistentIndexList()
        after = [self.index(row_of[self._places[index.row()]], index.column()) for index in before]
        self._places = places
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()
        return True

    def _sorted(self) -> list[int]:
        if self._rows is None:
            return []
        column, order = self._by
        down = order == Qt.SortOrder.DescendingOrder
        places, rows = range(len(self._rows)), self._rows
        if column <= 0:
            # by layer, or by no column: in the order of the network
            return list(reversed(places)) if down else list(places)
        return sorted(places, key=lambda place: rows[place].keys[column], reverse=down)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._places)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if COLUMNS[column] in NUMBERS else LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            return self.row(index.row()).texts[column]
        if role == Qt.ItemDataRole.ToolTipRole and column == KIND and self.rows.in_float32(self.node(index.row())):
            return self.tr(
                "In this shape PyTorch’s convolutions go wrong in bfloat16 on a processor:"
                " it is computed in float32 there, also where the rest is computed in bfloat16"
            )
        if role == Qt.ItemDataRole.ToolTipRole and column == ZEROS:
            # a percentage here would not be a share of the whole network
            return None
        if role == Qt.ItemDataRole.ToolTipRole and (share := self.row(index.row()).shares[column]) is not None:
            return self.tr("{share} of the network").format(share=percent(share))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr(name)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if name in NUMBERS else LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return {
                "parameters": self.tr("Numbers that are learned"),
                "MACs": self.tr("Multiply-accumulate operations for one image"),
                "memory": self.tr(
                    "What the outputs for one batch take in float32; while training their gradients take as much again"
                ),
                "time": self.tr("Forward and backward for one batch, measured on this machine, each layer alone"),
                "sees": self.tr("Region of the image that one output value sees, in pixels"),
                "shape": self.tr("Channels × height × width of what comes out"),
                "zeros": self.tr("Share of the layer’s outputs that are 0 for the sample"),
            }.get(name)
        return None
