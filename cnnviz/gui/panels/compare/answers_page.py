"""What both sides say of their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.gui.panels.compare import words
from cnnviz.gui.widgets.class_bars import ClassBars
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.pixel_image import PixelImage
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.inspection.answers.prediction import NetworkOutput

if TYPE_CHECKING:
    from cnnviz.gui.panels.compare.observed import ObservedSide
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Questions

PICTURE = 84
"""The side of a picture, in pixels."""


class AnswersPage(QWidget):
    """The sample and the bars of each side; marks in the bars of B show the bars of A."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.parts = _Part(theme), _Part(theme)
        for part, name in zip(self.parts, (self.tr("Image for A"), self.tr("Image for B")), strict=True):
            part.image.setAccessibleName(name)
        sides = QWidget()
        row = QHBoxLayout(sides)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        for part in self.parts:
            row.addWidget(part, 1, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(ScrolledColumn(sides))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for part in self.parts:
            part.set_theme(theme)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        for part in self.parts:
            part.set_names(names)

    @staticmethod
    def questions() -> Questions:
        """The question to a side."""
        return frozenset({NetworkOutput()})

    def show_sides(self, a: ObservedSide, b: ObservedSide) -> None:
        """Show the newest answers of both sides."""
        for part, side, other in zip(self.parts, (a, b), (None, a), strict=True):
            part.show_side(side, other)


class _Part(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self.image, self.bars, self.says = PixelImage(theme), ClassBars(theme), PlainLabel()
        self.image.setFixedSize(PICTURE, PICTURE)
        self.says.setWordWrap(True)
        left = QVBoxLayout()
        left.addWidget(self.image)
        left.addWidget(self.says)
        left.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addLayout(left)
        row.addWidget(self.bars, 1)

    def set_theme(self, theme: Theme) -> None:
        self.image.set_theme(theme)
        self.bars.set_theme(theme)

    def set_names(self, names: tuple[str, ...]) -> None:
        self._names = names
        self.bars.set_names(names)
        self.bars.setMinimumHeight(self.bars.sizeHint().height())

    def show_side(self, side: ObservedSide, other: ObservedSide | None) -> None:
        answer = _answer(side)
        snapshot = side.snapshot
        if snapshot is not None:
            self.image.show_pixels(snapshot.sample.image)
        before = None if other is None else _answer(other)
        self.bars.show_answer(answer, before)
        if answer is None:
            self.says.setText(side.failure or self.tr("No prediction yet."))
            return
        label = None if snapshot is None else snapshot.sample.label
        says = words.predicted([probability for probability, _ in answer], self._names)
        self.says.setText(
            says
            if label is None
            else self.tr("label {label}").format(label=class_name(self._names, label)) + "\n" + says
        )


def _answer(side: ObservedSide) -> tuple[tuple[float, float], ...] | None:
    prediction = None if side.snapshot is None else side.snapshot.answer(NetworkOutput())
    if prediction is None:
        return None
    return tuple(zip(prediction.probabilities.tolist(), prediction.logits.tolist(), strict=True))
