"""What differs in the projects of both sides, and their results and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.language import text
from cnnviz.gui.panels.compare.figures import columns, figures_of
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.project.differences import differences
from cnnviz.runs.live_changes import differing_changes

if TYPE_CHECKING:
    from cnnviz.gui.panels.compare.figures import Figure
    from cnnviz.gui.panels.compare.observed import Loaded

BETTER = "✓"


class ResultsPage(QWidget):
    """A line for each difference, and a table. ``overlayAsked`` follows the wish to see the curves of both,
    ``mistakesAsked`` that to see the images that they get wrong."""

    overlayAsked = Signal()
    mistakesAsked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self.differences = PlainLabel()
        self.differences.setWordWrap(True)
        self.differences.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.differences.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.curves = QPushButton(self.tr("Show the curves of both"))
        self.curves.setToolTip(self.tr("Overlay the curves of the recorded runs on one pair of axes, in Curves"))
        self.curves.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.curves.clicked.connect(self.overlayAsked)
        self.mistakes = QPushButton(self.tr("See what they get wrong"))
        self.mistakes.setToolTip(self.tr("Show the validation images that one side gets wrong, or both"))
        self.mistakes.clicked.connect(self.mistakesAsked)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.curves)
        row.addWidget(self.mistakes)
        row.addStretch(1)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(2)
        self._cells: dict[tuple[int, int], PlainLabel] = {}
        head = QHBoxLayout()
        head.addLayout(self._grid)
        head.addStretch(1)
        table = QWidget()
        table.setLayout(head)
        head.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(ScrolledColumn(table, self.differences, buttons))

    def show_sides(self, a: Loaded | None, b: Loaded | None) -> None:
        """Show both sides; None while one is loaded."""
        figures = tuple(
            None if side is None else figures_of(side.project, side.history, side.moment) for side in (a, b)
        )
        projects = tuple(None if side is None else side.project for side in (a, b))
        changes = tuple(() if side is None else tuple(side.history.changes) for side in (a, b))
        if (shown := (*figures, *projects, *changes)) == self._shown:
            return
        self._shown = shown
        self.differences.setText(self._said(a, b))
        self._fill(0, ("", "A", "B"), None)
        for number, figure in enumerate(columns(*figures), 1):
            self._show_figure(number, figure)

    def texts(self) -> list[tuple[str, ...]]:
        """The table as texts, column by column."""
        return [
            tuple(self._cells[row, column].text() for row in range(3)) for column in range(self._grid.columnCount())
        ]

    def _said(self, a: Loaded | None, b: Loaded | None) -> str:
        if a is None or b is None:
            return ""
        lines = [text(sentence) for sentence in differences(a.project, b.project)]
        said = [self.tr("From A to B:"), *lines] if lines else [self.tr("Both sides have the same project.")]
        # a change at the moment itself trains the step after it
        happened = [[each for each in side.history.changes if each.step < side.moment.step] for side in (a, b)]
        changes = differing_changes(*happened)
        if changes:
            said += [self.tr("Changed while training:"), *map(text, changes)]
        return "\n".join(said)

    def _show_figure(self, column: int, figure: Figure) -> None:
        self._fill(column, (text(figure.title), *figure.texts), figure.better)

    def _fill(self, column: int, texts: tuple[str, ...], better: int | None) -> None:
        for row, words in enumerate(texts):
            if (row, column) not in self._cells:
                label = self._cells[row, column] = PlainLabel()
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
                if not row or not column:
                    label.setProperty("role", "muted")
                self._grid.addWidget(label, row, column)
            marked = better is not None and row == better + 1
            self._cells[row, column].setText(f"{BETTER} {words}" if marked else words)
