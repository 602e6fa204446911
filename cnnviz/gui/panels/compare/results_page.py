"""What differs in the projects of both sides, and their results and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.compare.figure_table import FigureTable
from cnnviz.gui.panels.compare.figures import columns, figures_of
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.project.differences import differences
from cnnviz.runs.beginnings import beginnings
from cnnviz.runs.live_changes import differing_changes

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.panels.compare.figures import Figure
    from cnnviz.gui.panels.compare.observed import Loaded

BETTER = "✓"
BAR = 16
"""Pixels that the scroll bar beside the table may take."""


class ResultsPage(QWidget):
    """A line for each difference, and a table. ``overlayAsked`` asks for the curves of both sides,
    ``mistakesAsked`` for the images that they get wrong."""

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
        self.table = FigureTable()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(ScrolledColumn(self.table, self.differences, buttons))

    def show_sides(self, a: Loaded | None, b: Loaded | None) -> None:
        """Show both sides; None for a side that is still being loaded."""
        figures = tuple(
            None if side is None else figures_of(side.project, side.history, side.moment) for side in (a, b)
        )
        projects = tuple(None if side is None else side.project for side in (a, b))
        changes = tuple(() if side is None else tuple(side.history.changes) for side in (a, b))
        began = tuple(None if side is None else side.beginning for side in (a, b))
        if (shown := (*figures, *projects, *changes, *began)) == self._shown:
            return
        self._shown = shown
        self.differences.setText(self._said(a, b))
        self.table.show_columns([_texts(figure) for figure in columns(*figures)], self._room())

    def texts(self) -> list[tuple[str, ...]]:
        """The table as texts, column by column."""
        return self.table.texts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the table has another width."""
        super().resizeEvent(event)
        self.table.fit(self._room())

    def _room(self) -> int:
        return self.width() - BAR

    def _said(self, a: Loaded | None, b: Loaded | None) -> str:
        if a is None or b is None:
            return ""
        lines = [text(sentence) for sentence in differences(a.project, b.project)]
        sentences = [text(sentence) for sentence in beginnings(a.beginning, b.beginning)]
        at_a, at_b = a.moment.step, b.moment.step
        # of two moments of one run it is plain
        if at_a != at_b and a.beginning.run != b.beginning.run:
            unequal = self.tr("A was trained for {a} steps, B for {b}: a better figure may come from that alone.")
            sentences.append(unequal.format(a=grouped(at_a), b=grouped(at_b)))
        sentences += [self.tr("From A to B:"), *lines] if lines else [self.tr("Both sides have the same project.")]
        # a change at the moment itself trains the step after it
        happened = [[each for each in side.history.changes if each.step < side.moment.step] for side in (a, b)]
        changes = differing_changes(*happened)
        if changes:
            sentences += [self.tr("Changed while training:"), *map(text, changes)]
        return "\n".join(sentences)


def _texts(figure: Figure) -> tuple[str, ...]:
    """Title and values of a figure, the better one marked."""
    values = (f"{BETTER} {words}" if place == figure.better else words for place, words in enumerate(figure.texts))
    return text(figure.title), *values
