"""The table of results and costs: a line for each side, in as many blocks below each other as the width asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

SPACE, LEAST_SPACE = 14, 8
"""Pixels between two columns: usually, and where all columns have room beside each other only if they are closer."""
GAP = 6
"""Pixels between two blocks."""
ROWS = ("", "A", "B")


class FigureTable(QWidget):
    """Columns of a title and two values, in lines that begin with A and B."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[tuple[PlainLabel, ...]] = []
        """The labels of each column: title, A and B."""
        self._blocks: list[QGridLayout] = []
        self._lines: list[QHBoxLayout] = []
        """The layouts around the blocks."""
        self._names: list[tuple[PlainLabel, ...]] = []
        """The labels with which the lines of each block begin."""
        self._arranged: list[list[int]] = []
        """The columns of each block."""
        self._space = SPACE
        """Pixels between the columns now."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self._add_block()

    def show_columns(self, columns: Sequence[tuple[str, ...]], room: int) -> None:
        """Show these columns, each a title and the values of A and B, in ``room`` pixels."""
        for texts in columns[len(self._cells) :]:
            self._cells.append(self._labels(texts))
        for labels, texts in zip(self._cells, columns, strict=True):
            for label, words in zip(labels, texts, strict=True):
                label.setText(words)
        self.fit(room)

    def fit(self, room: int) -> None:
        """Move the columns closer together where all have room in ``room`` pixels then; else put them into as few
        blocks as they need, about equally wide."""
        begin = max(label.sizeHint().width() for label in self._names[0])
        widths = [max(label.sizeHint().width() for label in labels) for labels in self._cells]
        room -= begin
        spaces = (sum(widths) + len(widths) * space for space in (SPACE, LEAST_SPACE))
        closer = [needed <= room for needed in spaces] == [False, True]
        space = LEAST_SPACE if closer else SPACE
        columns = [space + width for width in widths]
        fewest = len(_blocks(columns, room))
        most = min(room, sum(columns) // fewest)
        while len(blocks := _blocks(columns, most)) > fewest:
            most = min(room, most + SPACE)
        if (blocks, space) != (self._arranged, self._space):
            self._arranged, self._space = blocks, space
            self._arrange()

    def texts(self) -> list[tuple[str, ...]]:
        """The table as texts, column by column; the first are the names of the lines."""
        return [ROWS, *(tuple(label.text() for label in labels) for labels in self._cells)]

    def blocks(self) -> int:
        """How many blocks stand below each other."""
        return len(self._arranged)

    def _arrange(self) -> None:
        while len(self._blocks) < len(self._arranged):
            self._add_block()
        for grid in self._blocks:
            grid.setHorizontalSpacing(self._space)
            for labels in self._cells:
                for label in labels:
                    grid.removeWidget(label)
        for grid, numbers in zip(self._blocks, self._arranged, strict=False):
            for place, number in enumerate(numbers, 1):
                for row, label in enumerate(self._cells[number]):
                    grid.addWidget(label, row, place)
        for place, names in enumerate(self._names):
            for name in names:
                name.setVisible(place < len(self._arranged))
        # Qt tells only the innermost layout that it has lost widgets
        for line in self._lines:
            line.invalidate()
        self._column.invalidate()
        self.updateGeometry()

    def _add_block(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._space)
        grid.setVerticalSpacing(2)
        line = QHBoxLayout()
        line.addLayout(grid)
        line.addStretch(1)
        self._column.addLayout(line)
        names = self._labels(ROWS)
        for row, name in enumerate(names):
            name.setProperty("role", "muted")
            grid.addWidget(name, row, 0)
        self._blocks.append(grid)
        self._lines.append(line)
        self._names.append(names)

    def _labels(self, texts: Sequence[str]) -> tuple[PlainLabel, ...]:
        labels = tuple(PlainLabel() for _ in texts)
        for row, (label, words) in enumerate(zip(labels, texts, strict=True)):
            label.setText(words)
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            if not row:
                label.setProperty("role", "muted")
        return labels


def _blocks(columns: Sequence[int], room: int) -> list[list[int]]:
    """Columns of these widths, by number, in blocks that are at most ``room`` wide if no single column is wider."""
    blocks: list[list[int]] = [[]]
    used = 0
    for number, width in enumerate(columns):
        if blocks[-1] and used + width > room:
            blocks.append([])
            used = 0
        blocks[-1].append(number)
        used += width
    return blocks
