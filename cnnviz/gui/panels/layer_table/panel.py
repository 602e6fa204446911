"""The table of all layers: shape, parameters, costs and receptive field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.gui.after_painting import AfterPainting
from cnnviz.gui.document.sentences import layers, parameters
from cnnviz.gui.language import counted
from cnnviz.gui.localized import compact, duration, localized, memory
from cnnviz.gui.panels.layer_table.cells import LayerCells
from cnnviz.gui.panels.layer_table.columns import LEAST_TITLE, ColumnWidths
from cnnviz.gui.panels.layer_table.model import LayerModel
from cnnviz.gui.panels.layer_table.order import RowOrder
from cnnviz.gui.panels.layer_table.rows import COLUMNS, LayerRows, as_text
from cnnviz.gui.panels.layer_table.view import LayerView
from cnnviz.gui.widgets.calm import Calm
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.sort_arrow import SortArrow
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.network.cost import total
from cnnviz.network.freezing import trained_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.run.layer_times import LayerTimes
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.report import NodeReport


class LayerTable(Panel):
    """The table of all layers. Its selected rows are the layers selected in the window.

    ``chosen`` follows a selection by the user in this table.
    """

    chosen = Signal()

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
        self._building = True
        self._calm = Calm()
        self._measured: dict[str, float] = {}
        """The shares of zeros of the last snapshot, by node."""
        self._run: Mapping[str, NodeReport] = {}
        """The reports of the nodes in the network of that snapshot, as far as they are known."""
        self._model = LayerModel()
        self.table = LayerView()
        self.table.set_ground(theme.surface)
        self.table.setModel(self._model)
        self._columns = ColumnWidths(self.table, self._model)
        self._order = RowOrder(self._model, self.table, self)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(self.tr("Layers"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(LEAST_TITLE)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setHighlightSections(False)
        SortArrow(header)
        header.sortIndicatorChanged.connect(lambda *_: self._fit_if_shown())
        explain(header)
        self._cells = LayerCells(self._model.row, theme, self._columns.advance, self)
        self.table.setItemDelegate(self._cells)
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
        name = self.tr("layers")
        self.menu = PictureMenu(
            self, self.tr("All layers"), lambda: name if self._model.rowCount() else "", {"csv": lambda: self.text(",")}
        )
        self.menu.message.connect(self.message)
        self._fitting = AfterPainting(0, self)
        self._fitting.due.connect(self._fit_if_shown)
        self.table.selectionModel().selectionChanged.connect(self._chosen)
        self._model.modelReset.connect(self._follow)
        selection.changed.connect(self._follow)
        editor.changed.connect(self._refresh)
        times.changed.connect(self._refresh)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._cells.theme = theme
        self.table.set_ground(theme.surface)

    def arrange(self, *, building: bool) -> None:
        """Show costs while building, else the shares of zeros."""
        self._building = building
        self._fit_if_shown()

    def questions(self) -> Questions:
        """The shares of zeros, without maps, of the rows in view, or of all rows if they are sorted by zeros;
        no questions while building."""
        if self._building or not self.isVisible() or not self._model.rowCount():
            return frozenset()
        if self._model.by_zeros:
            return frozenset(MapsOf(node, 0) for node in self._model.nodes())
        first, last = self.table.rowAt(0), self.table.rowAt(self.table.viewport().height() - 1)
        last = self._model.rowCount() - 1 if last < 0 else last
        return frozenset(MapsOf(self._model.node(place), 0) for place in range(max(0, first), last + 1))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the shares of zeros of a snapshot."""
        if not self._building and self._calm.take(snapshot):
            self._run = {} if snapshot.moment is None else snapshot.moment.shapes.nodes
            self._measured = {name: maps.zeros for name, maps in snapshot.by_node(MapsOf).items()}
            self._model.show_zeros(self._zeros())
            if self._model.by_zeros:
                self._order.follow(settled=snapshot.settled)

    def clear_snapshot(self) -> None:
        """Remove the shares of zeros."""
        self._run, self._measured = {}, {}
        self._model.show_zeros({})

    def _zeros(self) -> dict[str, float]:
        """The shares of zeros of the layers whose outputs had, when they were measured, the shape that the table
        says."""
        drawn, run = self._editor.report.nodes, self._run
        return {
            name: zeros
            for name, zeros in self._measured.items()
            if name not in run or name not in drawn or run[name].output == drawn[name].output
        }

    def totals(self) -> str:
        """The line under the table."""
        return self._totals.text()

    def text(self, separator: str) -> str:
        """The table in sorted order with a header line, with ``separator`` between the columns."""
        return as_text(map(self._model.rows.exported, self._model.nodes()), separator)

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
        menu.addSeparator()
        self.menu.enable()
        menu.addActions(self.menu.actions())
        menu.popup(self.table.viewport().mapToGlobal(point))

    def _refresh(self) -> None:
        project, report = self._editor.project, self._editor.report
        batch_size = project.recipe.batch_size
        with QSignalBlocker(self.table.selectionModel()):
            times = self._times.by_node()
            rows = LayerRows(project.network, report, batch_size, times, self._zeros(), localized, self.tr("frozen"))
            changed = self._model.show(rows)
        self._totals.setText(self._sum(batch_size))
        self.measure.setEnabled(report.trainable and not self._times.running)
        self.measure.setText(self.tr("Measuring …") if self._times.running else self.tr("Measure time"))
        self._follow()
        if changed and self.isVisible():
            self._fitting.start()
            # the view would lay itself out only while painting, and update its scroll bar after that; this does it now
            self.table.visualRect(self._model.index(0, 0))

    def _fit_if_shown(self) -> None:
        if self.isVisible():
            self._columns.fit(building=self._building)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self._fit_if_shown()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the columns: the final font is known only once the table is shown."""
        super().showEvent(event)
        self._columns.forget_font()
        self._columns.fit(building=self._building)

    def changeEvent(self, event: QEvent) -> None:
        """Fit the columns to another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._columns.forget_font()
            self._fit_if_shown()

    def _sum(self, batch_size: int) -> str:
        report = self._editor.report
        if report.nodes and not report.complete:
            nothing = self.tr("no totals, as no path leads from an Input to an Output")
            unknown = self.tr("no totals, as the output shape of “%s” is not known")
            why = nothing if report.unknown is None else unknown % report.unknown
            return f"{layers(len(self._editor.project.network.nodes))} · {why}"
        sums = total(report, batch_size)
        parts = [
            layers(len(self._editor.project.network.nodes)),
            parameters(sums.parameters),
            self.tr("{count} MACs an image").format(count=compact(sums.macs)),
            self.tr("{size} of activations at batch {batch}").format(
                size=memory(sums.activation_bytes), batch=batch_size
            ),
        ]
        if (network := self._editor.project.network).frozen:
            trained = compact(trained_parameters(network, report))
            parts.insert(2, self.tr("{count} of them trained").format(count=trained))
        if (timing := self._times.timing) is not None and self._times.complete:
            threads = counted("{count} threads", "1 thread", timing.threads)
            conditions = f"{timing.device} {timing.precision}, {threads}"
            parts[0] = self.tr("{time} a batch").format(time=duration(timing.whole))
            parts.append(self.tr("measured on {where}").format(where=conditions))
        return " · ".join(parts)

    def _nodes(self) -> list[str]:
        indexes = self.table.selectionModel().selectedRows()
        return [self._model.node(index.row()) for index in indexes]

    def _chosen(self) -> None:
        nodes = self._nodes()
        current = self.table.selectionModel().currentIndex()
        name = self._model.node(current.row()) if current.isValid() else None
        self._selection.select(nodes, name if name in nodes else None)
        self.chosen.emit()

    def _follow(self) -> None:
        """Select the rows of the window's selection."""
        if {*self._nodes()} == self._selection.nodes & self._model.rows.network.nodes.keys():
            return
        chosen = QItemSelection()
        first = None
        for place, node in enumerate(self._model.nodes()):
            if node in self._selection.nodes:
                left = self._model.index(place, 0)
                chosen.select(left, self._model.index(place, len(COLUMNS) - 1))
                first = left if first is None or node == self._selection.current else first
        model = self.table.selectionModel()
        with QSignalBlocker(model):
            model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if first is not None:
                model.setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
                self.table.scrollTo(first)
        self.table.viewport().update()
