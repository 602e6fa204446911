"""The recorded runs as a Qt model, a row for each run, and the rows that a search and a filter leave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)

from cnnviz.gui.language import text
from cnnviz.gui.panels.runs.columns import COLUMNS, NAME, NOTES, beginning, difference, found_text
from cnnviz.gui.widgets.plain import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.runs.summary import RunSummary

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole


class RunsModel(QAbstractTableModel):
    """``labelled(run, name, notes)`` follows an edit of a name or of notes."""

    labelled = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunSummary] = []
        self.present: Callable[[], str] = str
        """Gives the id of the present run of this window; empty if it is not recorded."""
        self._marked = ""
        """The id of the run that was marked as the present one last."""

    def set_runs(self, runs: Sequence[RunSummary]) -> bool:
        """Show these runs; returns whether they differ from those that were shown."""
        self.mark_present()
        if list(runs) == self.runs:
            return False
        if [run.id for run in runs] == [run.id for run in self.runs]:
            # a run that grows must not take away the selection or the text being typed
            before, self.runs = self.runs, list(runs)
            for row, (old, new) in enumerate(zip(before, self.runs, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))
            return True
        self.beginResetModel()
        self.runs = list(runs)
        self.endResetModel()
        return True

    def mark_present(self) -> None:
        """Mark the present run, if another one has become it."""
        before, self._marked = self._marked, self.present()
        if before != self._marked:
            for row, run in enumerate(self.runs):
                if run.id in (before, self._marked):
                    self.dataChanged.emit(self.index(row, NAME), self.index(row, NAME))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Qt: how many runs there are."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Qt: how many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: the title of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        title = COLUMNS[section].title
        return QCoreApplication.translate("RunsPanel", title) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: the text of a cell, the value by which it is sorted, or its tooltip."""
        run, column = self.runs[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole if index.column() == NAME and run.id == self.present():
                return QCoreApplication.translate("RunsPanel", "{name} (present run)").format(name=column.text(run))
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return column.text(run)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column())
            case Qt.ItemDataRole.ToolTipRole:
                facts = run.facts
                computed_by = f"{facts.device} · {facts.precision}" if facts.device else ""
                full = self.data(index) if not column.number else ""
                lines = full, beginning(run), difference(run), computed_by, facts.versions, *map(text, run.missing)
                return literal("\n".join(filter(None, lines)))
        return column.value(run) if role == SORT_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt: name and notes can be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in (NAME, NOTES) else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Qt: the user has given a name or notes."""
        run, typed = self.runs[index.row()], str(value).strip()
        if role != Qt.ItemDataRole.EditRole or typed == COLUMNS[index.column()].text(run):
            return False
        # at once: the other of the two may be edited before the list is read again
        run = replace(run, name=typed) if index.column() == NAME else replace(run, notes=typed)
        self.runs[index.row()] = run
        self.labelled.emit(run.id, run.name, run.notes)
        return True

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if COLUMNS[column].number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class FoundRuns(QSortFilterProxyModel):
    """The runs of a model that a search and a filter leave, sorted by a column."""

    def __init__(self, model: RunsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._words: tuple[str, ...] = ()
        self._network: str | None = None
        self._texts: dict[str, tuple[RunSummary, str]] = {}
        """The texts that were searched, by the run's id."""
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)

    def search(self, typed: str) -> None:
        """Leave the runs in which each typed word is somewhere in a column."""
        words = tuple(typed.casefold().split())
        if words != self._words:
            self.beginFilterChange()
            self._words = words
            self.endFilterChange()

    def set_network(self, network: str | None) -> None:
        """Show only runs of the network with this name; None shows the runs of all networks."""
        if network != self._network:
            self.beginFilterChange()
            self._network = network
            self.endFilterChange()

    @property
    def narrowed(self) -> bool:
        """Whether there is a search or a filter."""
        return bool(self._words) or self._network is not None

    def run(self, row: int) -> RunSummary:
        """The run in a row of the table."""
        return self._model.runs[self.mapToSource(self.index(row, 0)).row()]

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Qt: whether a run is left."""
        run = self._model.runs[source_row]
        if self._network is not None and run.facts.network != self._network:
            return False
        if not self._words:
            return True
        entry = self._texts.get(run.id)
        if entry is None or entry[0] is not run:
            entry = self._texts[run.id] = (run, found_text(run))
        return all(word in entry[1] for word in self._words)
