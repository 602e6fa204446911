"""The table of trials: sorted by any column, filtered by the chosen parts of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QTableView

from cnnviz.gui.panels.sweep.model import SORT_ROLE, TrialsModel
from cnnviz.gui.widgets.sort_arrow import SortArrow

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from cnnviz.sweeps.results import Result

Index = QModelIndex | QPersistentModelIndex
ROW = 22
"""The height of a row, in pixels."""
WIDEST = 260
GAP = 10
"""Pixels between a text and the next column."""
VALIDATION = 1
"""The column by which the table is sorted at first."""


class ShownTrials(QSortFilterProxyModel):
    """The trials in the order of a column; only those in :attr:`numbers`, all of them if that is None."""

    def __init__(self, model: TrialsModel) -> None:
        super().__init__()
        self._model = model
        self.numbers: frozenset[int] | None = None
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)

    def show_only(self, numbers: frozenset[int] | None) -> None:
        """Show these trials."""
        if numbers != self.numbers:
            self.beginFilterChange()
            self.numbers = numbers
            self.endFilterChange()

    def result(self, row: int) -> Result:
        """The trial in a row of the table."""
        return self._model.results[self.mapToSource(self.index(row, 0)).row()]

    def row(self, number: int) -> int | None:
        """The row of a trial in the table; None if it is not shown."""
        at = next((row for row, each in enumerate(self._model.results) if each.number == number), None)
        index = None if at is None else self.mapFromSource(self._model.index(at, 0))
        return index.row() if index is not None and index.isValid() else None

    def lessThan(self, left: Index, right: Index) -> bool:
        """Qt: whether a trial comes first in ascending order. Of equal trials the earlier one counts as better: it
        comes first in any order."""
        if super().lessThan(left, right):
            return True
        if super().lessThan(right, left):
            return False
        results = self._model.results
        earlier = results[left.row()].number < results[right.row()].number
        return earlier == (self.sortOrder() == Qt.SortOrder.AscendingOrder)

    def filterAcceptsRow(self, row: int, _parent: Index) -> bool:
        """Qt: whether a trial is shown."""
        return self.numbers is None or self._model.results[row].number in self.numbers


class TrialsTable(QTableView):
    """``pointed(number or None)`` follows the pointer, ``asked`` Enter and a double click, ``selected`` a selection."""

    pointed = Signal(object)
    asked = Signal()
    selected = Signal()

    def __init__(self, shown: ShownTrials) -> None:
        super().__init__()
        self._shown = shown
        self._sorted = False
        """Whether the best trial was placed on top, before the user chose another order."""
        self.setModel(shown)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setMinimumHeight(3 * ROW)
        self.setAccessibleName(self.tr("Trials of the sweep"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # only rows that are visible are measured
        header.setResizeContentsPrecision(0)
        SortArrow(header)
        self.entered.connect(lambda index: self.pointed.emit(self._shown.result(index.row()).number))
        self.doubleClicked.connect(lambda _: self.asked.emit())
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())

    def chosen(self) -> Result | None:
        """The selected trial."""
        rows = self.selectionModel().selectedRows()
        return self._shown.result(rows[0].row()) if rows else None

    def choose(self, number: int) -> None:
        """Select a trial and scroll to it."""
        if (row := self._shown.row(number)) is not None:
            self.selectRow(row)

    def show_row(self, number: int) -> None:
        """Scroll to a trial."""
        if (row := self._shown.row(number)) is not None:
            self.scrollTo(self._shown.index(row, 0))

    def show_reasons(self, shown: bool) -> None:
        """Show or hide the last column, and show all others."""
        last = self._shown.columnCount() - 1
        for number in range(last + 1):
            self.setColumnHidden(number, number == last and not shown)

    def fit_columns(self) -> None:
        """Make each column as wide as its title and the visible texts."""
        if not self._sorted and self._shown.columnCount():
            # not before there are columns: the header would forget it
            self._sorted = True
            self.sortByColumn(VALIDATION, Qt.SortOrder.DescendingOrder)
        header, mark = self.horizontalHeader(), self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize)
        for number in range(self._shown.columnCount()):
            if header.sectionResizeMode(number) == QHeaderView.ResizeMode.Interactive:
                width = max(self.sizeHintForColumn(number) + GAP, header.sectionSizeHint(number) + mark)
                header.resizeSection(number, min(WIDEST, width))

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: no trial is pointed at."""
        self.pointed.emit(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Enter opens the run of the selected trial."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.asked.emit()
        else:
            super().keyPressEvent(event)
