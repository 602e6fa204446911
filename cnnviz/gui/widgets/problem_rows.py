"""A list of problems: for each an icon, a sentence, and a button for each fix, which previews and applies it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.after_painting import AfterPainting
from cnnviz.gui.document import fixing
from cnnviz.gui.widgets.problem_row import ProblemRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.theme import Theme
    from cnnviz.network.problems import Fix, Problem

FIRST_ROWS, MORE_ROWS, AFTER_MILLISECONDS = 2, 4, 20
"""With an edit FIRST_ROWS rows are created, then MORE_ROWS rows every AFTER_MILLISECONDS, so that edits stay quick."""
PAGE_ROWS = 40
"""Number of rows shown at first, and added by each click on “more”: Qt lays out all rows again for each new row."""
MOST_SPARE = PAGE_ROWS
"""Number of unused rows that are kept, because creating a row takes longer than checking the network."""


class ProblemRows(QWidget):
    """A column of problems, whose buttons apply their fixes to the project of ``editor``.

    While the pointer or the focus is on a button, the editor previews its fix. ``chosen(problem)`` follows a click on a
    row, ``refused(sentence)`` a fix that could not be applied.
    """

    chosen = Signal(object)
    refused = Signal(str)

    def __init__(self, editor: ProjectEditor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor, self._theme = editor, theme
        self._all_problems: tuple[Problem, ...] = ()
        self._problems: tuple[Problem, ...] = ()
        """The problems to show: the first of all problems."""
        self._most_rows = PAGE_ROWS
        self.rows: list[ProblemRow] = []
        """The rows created so far, in the order of their problems."""
        self._later = AfterPainting(AFTER_MILLISECONDS, self)
        self._later.due.connect(self._make_more)
        self._spare: list[ProblemRow] = []
        self._stops: list[QWidget] = []
        """Rows, buttons and the button “more” in the order of the Tab key, as it was set last."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.more = QPushButton(self)
        self.more.setFlat(True)
        self.more.setAccessibleName(self.tr("Show more problems"))
        self.more.clicked.connect(self._show_more)
        self.more.hide()
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        # one style sheet for all rows: Qt would parse a style sheet for each row
        self.setStyleSheet(
            f"ProblemRow {{ border: 1px solid transparent; border-radius: 6px; }}"
            f"ProblemRow:hover {{ background: {theme.raised}; }}"
            f"ProblemRow:focus {{ border-color: {theme.accent}; }}"
        )
        for row in (*self.rows, *self._spare):
            row.set_theme(theme)

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show problems. Rows of remaining problems are kept, rows of others are reused."""
        if problems == self._all_problems:
            return
        self._all_problems = problems
        if len(problems) <= PAGE_ROWS:
            self._most_rows = PAGE_ROWS
        self._show_first()

    @contextmanager
    def _laid_out_once(self) -> Iterator[None]:
        """Qt lays out all rows whenever a row or a button is shown; in here they are left for the next layout."""
        self._column.setEnabled(False)
        try:
            yield
        finally:
            self._column.setEnabled(True)

    def _show_more(self) -> None:
        first = len(self.rows)
        self._most_rows += PAGE_ROWS
        self._show_first()
        # the button may be hidden now; the focus moves to the first new row
        if first < len(self.rows):
            self.rows[first].setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_more(self) -> None:
        with self._laid_out_once():
            self._make_rows(MORE_ROWS)

    def _show_first(self) -> None:
        """Show rows for the first problems."""
        with self._laid_out_once():
            self._show_rows()

    def _show_rows(self) -> None:
        problems = self._problems = self._all_problems[: self._most_rows]
        rest = len(self._all_problems) - len(problems)
        self.more.setText(self.tr("Show more ({count})").format(count=rest))
        self.more.setVisible(rest > 0)
        unused = self._rows_by_identity()
        kept = []
        for problem in problems:
            if candidates := unused[problem.identity]:
                row = next((row for row in candidates if row.problem.values == problem.values), candidates[0])
                candidates.remove(row)
                kept.append(row)
                if row.problem != problem:
                    row.show_problem(problem)
        for row in (row for rows in unused.values() for row in rows):
            self._column.removeWidget(row)
            row.hide()
            self._spare.append(row)
        self.rows = kept
        self._make_rows(FIRST_ROWS)
        for row in self._spare[MOST_SPARE:]:
            row.deleteLater()
        del self._spare[MOST_SPARE:]

    def _rows_by_identity(self) -> dict[tuple[str | None, str], list[ProblemRow]]:
        rows: dict[tuple[str | None, str], list[ProblemRow]] = defaultdict(list)
        for row in self.rows:
            rows[row.problem.identity].append(row)
        return rows

    def _make_rows(self, most: int) -> None:
        """Create rows for at most ``most`` problems without a row, and for the others later."""
        missing = 0
        unused = self._rows_by_identity()
        self.rows = []
        for problem in self._problems:
            candidates = unused[problem.identity]
            row = next((row for row in candidates if row.problem == problem), None)
            if row is not None:
                candidates.remove(row)
            else:
                missing += 1
                if missing > most:
                    continue
                row = self._row(problem)
            if self._column.indexOf(row) != len(self.rows):
                self._column.removeWidget(row)
                self._column.insertWidget(len(self.rows), row)
            # shown at once; otherwise the layout would show a new row after the window has been painted
            if row.isHidden():
                row.show()
            self.rows.append(row)
        if missing > most:
            self._later.start()
        stops: list[QWidget] = [*(stop for row in self.rows for stop in (row, *row.buttons)), self.more]
        if stops != self._stops:
            self._stops = stops
            for stop, following in pairwise(stops):
                QWidget.setTabOrder(stop, following)

    def _row(self, problem: Problem) -> ProblemRow:
        """A spare row, or else a new one."""
        if self._spare:
            row = self._spare.pop()
            row.show_problem(problem)
            return row
        row = ProblemRow(problem, self._theme, self)
        row.chosen.connect(lambda: self.chosen.emit(row.problem))
        row.fixChosen.connect(self._apply)
        row.fixPointed.connect(self._preview)
        row.stepped.connect(lambda step: self._step(row, step))
        return row

    def _step(self, row: ProblemRow, step: int) -> None:
        target = self.rows.index(row) + step
        if 0 <= target < len(self.rows):
            self.rows[target].setFocus(Qt.FocusReason.TabFocusReason)
        elif step > 0 and self.more.isVisible():
            self.more.setFocus(Qt.FocusReason.TabFocusReason)

    def _apply(self, fix: Fix) -> None:
        if refusal := fixing.apply(self._editor, fix):
            self.refused.emit(refusal)

    def _preview(self, fix: Fix | None) -> None:
        fixing.preview(self._editor, fix)

    def changeEvent(self, event: QEvent) -> None:
        """Update the heights of wrapped sentences for another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
