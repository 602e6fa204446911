"""The table of recorded runs as a Qt model: one row a run, sorted by the values behind the texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QDateTime,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from cnnviz.gui.localized import fixed, grouped
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.runs.summary import RunSummary

    ValueAndText = tuple[Callable[[RunSummary], Any], Callable[[RunSummary], str]]

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Column:
    """A column: its ``title`` in English, the value that sorts it, and its text."""

    title: str
    value: Callable[[RunSummary], Any]
    text: Callable[[RunSummary], str]
    number: bool = True


def _percent(share: float | None) -> str:
    return "" if share is None else f"{fixed(100 * share, 2)} %"


def _created(run: RunSummary) -> str:
    when = QDateTime.fromSecsSinceEpoch(int(run.facts.created))
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def _seconds(run: RunSummary) -> str:
    return f"{fixed(run.numbers.seconds, 1)} s"


def _megabytes(run: RunSummary) -> str:
    return f"{fixed(run.bytes / 1e6, 1)} MB"


def _count(number: Callable[[RunSummary], int]) -> ValueAndText:
    """Value and text of a column with whole numbers."""
    return number, lambda run: grouped(number(run))


def _share(share: Callable[[RunSummary], float | None]) -> ValueAndText:
    """Value and text of a column with accuracies."""
    return lambda run: -1.0 if share(run) is None else share(run), lambda run: _percent(share(run))


COLUMNS: tuple[Column, ...] = (
    Column(QT_TRANSLATE_NOOP("RunsPanel", "name"), lambda run: run.title.lower(), lambda run: run.title, number=False),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "when"), lambda run: run.facts.created, _created),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "steps"), *_count(lambda run: run.numbers.steps)),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "epochs"), *_count(lambda run: run.numbers.epochs)),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "validation"), *_share(lambda run: run.numbers.validation_accuracy)),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "test"), *_share(lambda run: run.numbers.test_accuracy)),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "time"), lambda run: run.numbers.seconds, _seconds),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "parameters"), *_count(lambda run: run.facts.parameters)),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "moments"), *_count(lambda run: len(run.moments))),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "size"), lambda run: run.bytes, _megabytes),
    Column(QT_TRANSLATE_NOOP("RunsPanel", "notes"), lambda run: run.notes.lower(), lambda run: run.notes, number=False),
)
NAME, NOTES = 0, len(COLUMNS) - 1
"""The columns that the user can edit."""


class RunsModel(QAbstractTableModel):
    """``labelled(run, name, notes)`` follows an edit of a name or of notes."""

    labelled = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunSummary] = []

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Show these runs."""
        if list(runs) != self.runs:
            self.beginResetModel()
            self.runs = list(runs)
            self.endResetModel()

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
        """Qt: the text of a cell, the value that sorts it, or what is said of it."""
        run, column = self.runs[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return column.text(run)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column())
            case Qt.ItemDataRole.ToolTipRole:
                facts = run.facts
                computed = f"{facts.device} · {facts.precision}" if facts.device else ""
                return "\n".join(filter(None, (computed, facts.versions, *map(str, run.missing))))
        return column.value(run) if role == SORT_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt: name and notes can be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in (NAME, NOTES) else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Qt: the user has given a name or notes."""
        run, text = self.runs[index.row()], str(value).strip()
        if role != Qt.ItemDataRole.EditRole or text == COLUMNS[index.column()].text(run):
            return False
        if index.column() == NAME:
            self.labelled.emit(run.id, text, run.notes)
        else:
            self.labelled.emit(run.id, run.name, text)
        return True

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if COLUMNS[column].number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter
