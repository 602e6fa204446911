"""All layers in a table: shape, parameters, cost, and what each sees of the image."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QMenu, QTableView, QVBoxLayout, QWidget

from cnnviz.gui.editor import ProjectEditor
from cnnviz.gui.panels.panel import Panel
from cnnviz.gui.selection import Selection
from cnnviz.gui.theme import Theme
from cnnviz.gui.widgets.numerals import compact, grouped, percent
from cnnviz.network.check import Report
from cnnviz.network.graph import Network

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("layer", "kind", "shape", "parameters", "share", "MACs", "sees")
NUMBERS = frozenset({"parameters", "share", "MACs", "sees"})


@dataclass(frozen=True)
class LayerRow:
    """What the table says of one layer: for each column a text, and what it is sorted by."""

    node: str
    texts: tuple[str, ...]
    keys: tuple[Any, ...]


def layer_rows(network: Network, report: Report) -> tuple[LayerRow, ...]:
    """A row for each layer, in the order of the network."""
    rows = []
    for place, name in enumerate(network.order):
        node, kind = report.nodes[name], network[name].kind
        shape = "×".join(map(str, node.output)) if node.output is not None else "?"
        size = 1
        for part in node.output or (0,):
            size *= part
        share = node.parameter_count / report.parameters if report.parameters else 0.0
        seen = node.receptive_field.size if node.receptive_field is not None else None
        texts = (
            name,
            kind,
            shape,
            grouped(node.parameter_count),
            percent(share) if node.parameter_count else "–",
            grouped(node.macs),
            f"{seen[0]}×{seen[1]}" if seen is not None else "–",
        )
        area = seen[0] * seen[1] if seen is not None else -1
        rows.append(LayerRow(name, texts, (place, kind, size, node.parameter_count, share, node.macs, area)))
    return tuple(rows)


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[LayerRow, ...] = ()

    def show(self, rows: tuple[LayerRow, ...]) -> None:
        if [row.node for row in rows] != [row.node for row in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        elif rows != self.rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.texts[column]
        if role == Qt.ItemDataRole.UserRole:
            return row.keys[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if COLUMNS[column] in NUMBERS else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr(name)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if name in NUMBERS else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return {
                "parameters": self.tr("Numbers that are learned"),
                "share": self.tr("Share of all parameters of the network"),
                "MACs": self.tr("Multiply-accumulate operations for one image"),
                "sees": self.tr("Region of the image that one output value sees, in pixels"),
                "shape": self.tr("Channels × height × width of what comes out"),
            }.get(name)
        return None


class LayerTable(Panel):
    """The table of all layers; what is selected in it is selected everywhere."""

    def __init__(
        self, editor: ProjectEditor, selection: Selection, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._editor, self._selection = editor, selection
        self._model = _Model()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.table = QTableView()
        self.table.setModel(self._sorted)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setStyleSheet("QTableView::item { padding: 0 5px; }")
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(self.tr("Layers"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        header.setHighlightSections(False)
        self._totals = QLabel()
        self._totals.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.table, 1)
        column.addWidget(self._totals)
        self._actions()
        self.table.selectionModel().selectionChanged.connect(self._chosen)
        selection.changed.connect(self._follow)
        editor.changed.connect(self._refresh)
        self.set_theme(theme)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours: they come from the style sheet."""
        self.table.viewport().update()

    def totals(self) -> str:
        """The line under the table."""
        return self._totals.text()

    def text(self, separator: str) -> str:
        """The table as it is sorted, under a line of names, with ``separator`` between the columns."""
        file = io.StringIO()
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place in range(self._sorted.rowCount()):
            row = self._model.rows[self._sorted.mapToSource(self._sorted.index(place, 0)).row()]
            _, _, _, parameters, share, macs, _ = row.keys
            writer.writerow([*row.texts[:3], parameters, f"{share:.6f}", macs, row.texts[6]])
        return file.getvalue()

    def _actions(self) -> None:
        self._copy = QAction(self.tr("Copy as table"), self)
        self._copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(self.text("\t")))
        self._copy_csv = QAction(self.tr("Copy as CSV"), self)
        self._copy_csv.triggered.connect(lambda: QGuiApplication.clipboard().setText(self.text(",")))
        self.table.addAction(self._copy)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)

    def _menu(self, point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._copy, self._copy_csv])
        menu.popup(self.table.viewport().mapToGlobal(point))

    def _refresh(self) -> None:
        network, report = self._editor.project.network, self._editor.report
        self.table.selectionModel().blockSignals(True)
        self._model.show(layer_rows(network, report))
        self.table.selectionModel().blockSignals(False)
        self._totals.setText(
            self.tr("{layers} layers · {parameters} parameters · {macs} MACs for one image").format(
                layers=grouped(len(network.nodes)),
                parameters=grouped(report.parameters),
                macs=compact(report.macs),
            )
        )
        self._follow()

    def _nodes(self) -> list[str]:
        indexes = self.table.selectionModel().selectedRows()
        return [self._model.rows[self._sorted.mapToSource(index).row()].node for index in indexes]

    def _chosen(self) -> None:
        nodes = self._nodes()
        current = self.table.selectionModel().currentIndex()
        name = self._model.rows[self._sorted.mapToSource(current).row()].node if current.isValid() else None
        self._selection.select(nodes, name if name in nodes else None)

    def _follow(self) -> None:
        """Select what is selected elsewhere."""
        if set(self._nodes()) == self._selection.nodes & {row.node for row in self._model.rows}:
            return
        chosen = QItemSelection()
        first = None
        for place, row in enumerate(self._model.rows):
            if row.node in self._selection.nodes:
                left = self._sorted.mapFromSource(self._model.index(place, 0))
                right = self._sorted.mapFromSource(self._model.index(place, len(COLUMNS) - 1))
                chosen.select(left, right)
                first = left if first is None or row.node == self._selection.current else first
        model = self.table.selectionModel()
        model.blockSignals(True)
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if first is not None:
            model.setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.table.scrollTo(first)
        model.blockSignals(False)
        self.table.viewport().update()
