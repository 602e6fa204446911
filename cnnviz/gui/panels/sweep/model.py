"""The trials of a sweep as a Qt model, a row for each trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QFont

from cnnviz.gui.localized import grouped, rounded
from cnnviz.gui.panels.sweep.painting import accuracy_text
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.gui.widgets.plain import literal
from cnnviz.sweeps.results import COMPLETE, FAILED, INTERRUPTED, PRUNED, RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cnnviz.gui.theme import Theme
    from cnnviz.sweeps.results import Result

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole
STATES = {
    RUNNING: QT_TRANSLATE_NOOP("SweepPage", "running"),
    COMPLETE: QT_TRANSLATE_NOOP("SweepPage", "complete"),
    PRUNED: QT_TRANSLATE_NOOP("SweepPage", "pruned"),
    FAILED: QT_TRANSLATE_NOOP("SweepPage", "failed"),
    INTERRUPTED: QT_TRANSLATE_NOOP("SweepPage", "interrupted"),
}


@dataclass(frozen=True)
class Column:
    """A column: its title, the value that sorts it, its text, and the side at which the text stands."""

    title: str
    value: Callable[[Result], Any]
    text: Callable[[Result], str]
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight


def columns(targets: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a sweep that varies ``targets``."""
    translate = QCoreApplication.translate
    return (
        Column(translate("SweepPage", "trial"), lambda each: each.number, lambda each: grouped(each.number)),
        Column(
            translate("SweepPage", "validation"),
            lambda each: -1.0 if each.accuracy is None else each.accuracy,
            lambda each: "" if each.accuracy is None else accuracy_text(each.accuracy),
        ),
        Column(
            translate("SweepPage", "state"),
            lambda each: each.state,
            lambda each: translate("SweepPage", STATES.get(each.state, each.state)),
            Qt.AlignmentFlag.AlignHCenter,
        ),
        Column(translate("SweepPage", "epochs"), lambda each: each.epochs, lambda each: grouped(each.epochs)),
        *(_varied(target) for target in targets),
        Column(
            translate("SweepPage", "why"),
            lambda each: each.reason,
            lambda each: each.reason,
            Qt.AlignmentFlag.AlignLeft,
        ),
    )


def written(value: object) -> str:
    """A value as the page writes it."""
    if isinstance(value, bool):
        # as the command line writes it
        return str(value).lower()
    if not isinstance(value, int | float):
        return "" if value is None else str(value)
    return rounded(value, 4) if isinstance(value, float) else grouped(value)


def _varied(target: str) -> Column:
    def key(each: Result) -> float | str:
        value = each.values.get(target)
        # Qt sorts an empty text first among texts. Among numbers it counts as 0, and no varied number is negative
        return "" if value is None else value if isinstance(value, str) else float(value)

    return Column(target, key, lambda each: written(each.values.get(target)))


class TrialsModel(QAbstractTableModel):
    """The trials; :attr:`best` is the number of the best one, which is bold, :attr:`pointed` the one pointed at."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.results: tuple[Result, ...] = ()
        self.columns: tuple[Column, ...] = ()
        self._targets: tuple[str, ...] = ()
        self.best: int | None = None
        self.pointed: int | None = None
        self._bold = QFont()
        self._bold.setBold(True)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._emit_changed(range(len(self.results)))

    def set_results(self, results: tuple[Result, ...], targets: tuple[str, ...], best: int | None) -> bool:
        """Show these trials; returns whether all rows are new, which takes away the selection."""
        before, was_best = self.results, self.best
        self.best = best
        numbers = [each.number for each in before]
        rows_stay = targets == self._targets and [each.number for each in results[: len(numbers)]] == numbers
        if not before or not rows_stay:
            self.beginResetModel()
            self.results, self._targets, self.columns = results, targets, columns(targets)
            self.endResetModel()
            return True
        if len(results) > len(before):
            self.beginInsertRows(QModelIndex(), len(before), len(results) - 1)
            self.results = results
            self.endInsertRows()
        self.results = results
        repainted = {was_best, best} if was_best != best else set()
        pairs = enumerate(zip(before, results, strict=False))
        self._emit_changed(row for row, (old, new) in pairs if old != new or new.number in repainted)
        return False

    def point(self, number: int | None) -> None:
        """Mark the trial that is pointed at."""
        if number == self.pointed:
            return
        repainted = {number, self.pointed}
        self.pointed = number
        roles = [Qt.ItemDataRole.BackgroundRole]
        self._emit_changed((row for row, each in enumerate(self.results) if each.number in repainted), roles)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Qt: how many trials there are."""
        return 0 if parent.isValid() else len(self.results)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Qt: how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: the title of a column."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return self.columns[section].title if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: the text of a cell, its look, or the value by which it is sorted."""
        each, column = self.results[index.row()], self.columns[index.column()]
        if role == SORT_ROLE:
            return column.value(each)
        best = each.number == self.best
        match role:
            case Qt.ItemDataRole.DisplayRole if index.column() == 0:
                best_mark = QCoreApplication.translate("SweepPage", "best") if best else ""
                own_mark = QCoreApplication.translate("SweepPage", "own") if each.own else ""
                return " · ".join(filter(None, (best_mark, own_mark, column.text(each))))
            case Qt.ItemDataRole.DisplayRole:
                return column.text(each)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column())
            case Qt.ItemDataRole.FontRole if best:
                return self._bold
            case Qt.ItemDataRole.ForegroundRole if best:
                return QColor(self._theme.good)
            case Qt.ItemDataRole.ForegroundRole if each.state in (PRUNED, FAILED, INTERRUPTED):
                return QColor(self._theme.muted)
            case Qt.ItemDataRole.BackgroundRole if each.number == self.pointed:
                return QColor(self._theme.line)
            case Qt.ItemDataRole.ToolTipRole:
                own = QCoreApplication.translate("SweepPage", "It has the values of the project itself.")
                return literal(" ".join(filter(None, (own if each.own else "", each.reason)))) or None
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return self.columns[column].side | Qt.AlignmentFlag.AlignVCenter

    def _emit_changed(self, rows: Iterable[int], roles: Sequence[int] = ()) -> None:
        for row in rows:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1), list(roles))
