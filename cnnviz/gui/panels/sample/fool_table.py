"""The probabilities of some classes for the sample and for its changed image, as lines of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from cnnviz.gui.localized import percent
from cnnviz.gui.panels.sample.fool_state import ROWS
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from cnnviz.gui.panels.sample.fool_state import Row

SPACE = 8
"""Pixels between two columns."""


class FoolTable(QGridLayout):
    """``lines`` of three labels each: the heads, and :data:`ROWS` lines for classes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [[ElidedLabel(), PlainLabel(), PlainLabel()] for _ in range(ROWS + 1)]
        self.setHorizontalSpacing(SPACE)
        self.setVerticalSpacing(1)
        self.setColumnStretch(0, 1)
        for number, labels in enumerate(self.lines):
            for place, label in enumerate(labels):
                label.setProperty("role", "muted")
                if place:
                    label.setAlignment(Qt.AlignmentFlag.AlignRight)
                self.addWidget(label, number, place)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows, at most :data:`ROWS`."""
        heads = self.tr("class"), self.tr("before"), self.tr("after")
        texts = [heads, *((row.name, percent(row.before), percent(row.after)) for row in rows)]
        for number, labels in enumerate(self.lines):
            for label, text in zip(labels, texts[number] if number < len(texts) else ("", "", ""), strict=True):
                label.setText(text)
