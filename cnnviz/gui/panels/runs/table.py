"""The view of the table of runs, and which keys it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QTableView

from cnnviz.gui.panels.runs.columns import BEST, COLUMNS, NOTES, WHEN, none_cut, shared
from cnnviz.gui.panels.runs.visible_part import VisiblePart
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
        self._wanted: list[int] = []
        """The widths of the columns where there is room for them, in pixels."""
        self._labels: object = None
        """The labels for which the columns were fitted last, see :meth:`follow_labels`."""
        self._sharing = self._chosen = False
        """Whether columns are being resized here, and whether the user has resized one."""
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
        self.setItemDelegate(VisiblePart(self))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        explain(header)
        explain(self, "run", menu=False)
        SortArrow(header)
        # only rows that are visible are measured
        header.setResizeContentsPrecision(0)
        header.sectionResized.connect(self._resized)

    @property
    def editing(self) -> bool:
        """Whether a text is being typed into a cell."""
        return self.state() == QAbstractItemView.State.EditingState

    def fit_columns(self) -> None:
        """Make each column as wide as its title and the visible texts, within the limit of the column.

        The columns from the name to the best validation share a narrow table, so that all of them are in sight; the
        notes have their least width as soon as there is a note. No column is cut by the right edge of the table. Widths
        that the user has chosen stay.
        """
        header, mark = self.horizontalHeader(), self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize)
        self._wanted = [
            min(column.widest, max(self.sizeHintForColumn(number), header.sectionSizeHint(number) + mark))
            for number, column in enumerate(COLUMNS)
        ]
        if any(self.model().index(row, NOTES).data() for row in range(self.model().rowCount())):
            self._wanted[NOTES] = max(self._wanted[NOTES], COLUMNS[NOTES].least)
        self._share()

    def follow_labels(self, labels: object) -> None:
        """Fit the columns if the ``labels``, on which widths depend, differ from those at the last call."""
        if labels != self._labels:
            self._labels = labels
            self.fit_columns()

    def _share(self) -> None:
        if self._chosen or not self._wanted:
            return
        least = [column.least or wanted for column, wanted in zip(COLUMNS, self._wanted, strict=True)]
        room = self.viewport().width()
        widths = shared(self._wanted[: BEST + 1], least[: BEST + 1], room) + self._wanted[BEST + 1 :]
        widths = none_cut(widths, BEST + 1, room)
        header, self._sharing = self.horizontalHeader(), True
        for number, width in enumerate(widths):
            if header.sectionResizeMode(number) == QHeaderView.ResizeMode.Interactive:
                header.resizeSection(number, width)
        self._sharing = False

    def _resized(self, *_: int) -> None:
        self._chosen = self._chosen or not self._sharing

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the columns share another width."""
        super().resizeEvent(event)
        self._share()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Qt: texts of columns that the edges cut are drawn anew, since they are elided at the edges."""
        super().scrollContentsBy(dx, dy)
        if dx:
            self.viewport().update()

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
