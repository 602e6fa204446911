"""The view of the table of runs, and which keys it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QTableView

from cnnviz.gui.panels.runs.columns import COLUMNS, WHEN
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.sort_arrow import SortArrow

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel

ROW = 22
"""The height of a row, in pixels."""
UNDO = QKeySequence("Ctrl+Z")
OWN_KEYS = (QKeySequence("F2"), QKeySequence("Ctrl+A"))
"""Keys that edit and select in the table while it has the focus, though actions of the window have them too."""


class RunsTable(QTableView):
    """Rows that can be sorted, selected together and edited. ``undoAsked`` follows Ctrl+Z while ``undoable``."""

    undoAsked = Signal()

    def __init__(self, model: QAbstractItemModel) -> None:
        super().__init__()
        self.undoable = False
        self.setModel(model)
        self.setSortingEnabled(True)
        self.sortByColumn(WHEN, Qt.SortOrder.DescendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        explain(header)
        explain(self, "run", menu=False)
        SortArrow(header)
        # only rows that are visible are measured
        header.setResizeContentsPrecision(0)

    @property
    def editing(self) -> bool:
        """Whether a text is being typed into a cell."""
        return self.state() == QAbstractItemView.State.EditingState

    def fit_columns(self) -> None:
        """Make each column as wide as its title and the visible texts, within the limit of the column."""
        header, mark = self.horizontalHeader(), self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize)
        for number, column in enumerate(COLUMNS):
            if header.sectionResizeMode(number) == QHeaderView.ResizeMode.Interactive:
                wanted = max(self.sizeHintForColumn(number), header.sectionSizeHint(number) + mark)
                header.resizeSection(number, max(column.least, min(column.widest, wanted)))

    def event(self, event: QEvent) -> bool:
        """Qt: keys of the table come before the same keys of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = QKeySequence(event.keyCombination())
            if keys in OWN_KEYS or (keys == UNDO and self.undoable):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: undo, or what the table does with other keys."""
        if self.undoable and QKeySequence(event.keyCombination()) == UNDO:
            self.undoAsked.emit()
        else:
            super().keyPressEvent(event)
