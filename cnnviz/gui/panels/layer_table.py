"""All layers in a table: shape, parameters, cost, and what each sees of the image."""

from __future__ import annotations

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
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cnnviz.gui.editor import ProjectEditor
from cnnviz.gui.layer_times import LayerTimes
from cnnviz.gui.panels.layer_rows import COLUMNS, NUMBERS, LayerRow, as_text, layer_rows
from cnnviz.gui.panels.panel import Panel
from cnnviz.gui.selection import Selection
from cnnviz.gui.theme import Theme
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.numerals import compact, duration, grouped, memory, percent
from cnnviz.network.cost import total

Index = QModelIndex | QPersistentModelIndex
SHARE = Qt.ItemDataRole.UserRole + 1
"""The share of the network's total in [0, 1], where a column has one."""


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
        if role == SHARE:
            return row.shares[column]
        if role == Qt.ItemDataRole.ToolTipRole and (share := row.shares[column]) is not None:
            return self.tr("{share} of the network").format(share=percent(share))
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
                "MACs": self.tr("Multiply-accumulate operations for one image"),
                "memory": self.tr(
                    "What the outputs for one batch take in float32; while training their gradients take as much again"
                ),
                "time": self.tr("Forward and backward for one batch, measured on this machine, each layer alone"),
                "sees": self.tr("Region of the image that one output value sees, in pixels"),
                "shape": self.tr("Channels × height × width of what comes out"),
            }.get(name)
        return None


class _Shares(QStyledItemDelegate):
    """Draws the share of a cell as a bar at its lower edge."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        share = index.data(SHARE)
        if share:
            bar = option.rect.adjusted(4, option.rect.height() - 4, -4, -1)
            painter.fillRect(bar, QColor(self.theme.line))
            bar.setWidth(max(1, round(bar.width() * share)))
            painter.fillRect(bar, QColor(self.theme.accent))


DECIDING_ROWS = 40
"""So many rows decide how wide a column is: asking hundreds of them took seconds while a window was made."""


class LayerTable(Panel):
    """The table of all layers; what is selected in it is selected everywhere."""

    def __init__(
        self,
        editor: ProjectEditor,
        selection: Selection,
        times: LayerTimes,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor, self._selection, self._times = editor, selection, times
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
        self.table.setStyleSheet("QTableView::item { padding: 0 3px; }")
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(self.tr("Layers"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(40)
        header.setResizeContentsPrecision(DECIDING_ROWS)
        header.setHighlightSections(False)
        self._shares = _Shares(theme, self)
        self.table.setItemDelegate(self._shares)
        self._totals = ElidedLabel()
        self._totals.setProperty("role", "muted")
        self.measure = QPushButton(self.tr("Measure time"))
        self.measure.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.measure.setToolTip(self.tr("Run each layer some times on this machine, forward and backward"))
        self.measure.clicked.connect(times.measure)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self._totals, 1)
        below.addWidget(self.measure)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.table, 1)
        column.addLayout(below)
        self._actions()
        self.table.selectionModel().selectionChanged.connect(self._chosen)
        selection.changed.connect(self._follow)
        editor.changed.connect(self._refresh)
        times.changed.connect(self._refresh)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._shares.theme = theme
        self.table.viewport().update()

    def totals(self) -> str:
        """The line under the table."""
        return self._totals.text()

    def text(self, separator: str) -> str:
        """The table as it is sorted, under a line of names, with ``separator`` between the columns."""
        places = range(self._sorted.rowCount())
        rows = [self._model.rows[self._sorted.mapToSource(self._sorted.index(place, 0)).row()] for place in places]
        return as_text(rows, separator)

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
        project, report = self._editor.project, self._editor.report
        batch_size = project.recipe.batch_size
        self.table.selectionModel().blockSignals(True)
        self._model.show(layer_rows(project.network, report, batch_size, self._times.by_node()))
        self.table.selectionModel().blockSignals(False)
        self._totals.setText(self._sum(batch_size))
        self.measure.setEnabled(report.trainable and not self._times.running)
        self.measure.setText(self.tr("Measuring …") if self._times.running else self.tr("Measure time"))
        self._follow()

    def _sum(self, batch_size: int) -> str:
        report = self._editor.report
        whole = total(report, batch_size)
        parts = [
            self.tr("{count} layers").format(count=grouped(len(self._editor.project.network.nodes))),
            self.tr("{count} parameters").format(count=grouped(whole.parameters)),
            self.tr("{count} MACs for one image").format(count=compact(whole.macs)),
            self.tr("{size} of activations at batch size {batch}").format(
                size=memory(whole.activation_bytes), batch=batch_size
            ),
        ]
        if (timing := self._times.timing) is not None and self._times.complete:
            threads = self.tr("1 thread") if timing.threads == 1 else self.tr("%d threads") % timing.threads
            where = f"{timing.device} {timing.precision}, {threads}"
            parts.insert(0, self.tr("{time} a batch ({where})").format(time=duration(timing.whole), where=where))
        return " · ".join(parts)

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
