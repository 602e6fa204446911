"""The row above the curves: the measures of a step, and the number of images that its validation got wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.plain import PlainLabel, literal
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.gui.widgets.steady_label import DOT
from cnnviz.gui.widgets.wrong_button import WrongButton
from cnnviz.training.channels import wrong_of

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.theme import Theme
    from cnnviz.training.channels import Evaluation

SPACING = 6
"""Pixels between button and text in a line."""
NUMBER = re.compile(r"(?<=\w) (?=\d)")
"""The space between a word and its number."""
TALL_WIDTH, MOST_WIDTH = 126, 2**24 - 1
"""The width beside the curves, and a width that is no limit, in pixels."""


class WholeLines(PlainLabel):
    """A text of several lines; one that has no room for its whole height is not shown."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: leave a part of a line empty."""
        super().resizeEvent(event)
        self.setContentsMargins(0, 0, 0, self.height() % self.fontMetrics().lineSpacing())


class ReadingRow(QWidget):
    """The measures as text, and the button with the wrong images.

    ``images`` is the number of validation images of the run whose curves are read; 0 if it is not known.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images = 0
        self._text = ElidedLabel()
        self._lines = WholeLines()
        self._lines.setWordWrap(True)
        self._lines.setAlignment(Qt.AlignmentFlag.AlignTop)
        # a text that becomes longer lays out nothing anew
        self._lines.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._lines.hide()
        self.wrong = WrongButton(theme)
        self._row = row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        row.addWidget(self.wrong)
        row.addWidget(self._text, 1)
        row.addWidget(self._lines, 1)
        # room for the button before there is a number: the curves do not move when it comes
        row.addStrut(self.line_height)
        self.set_theme(theme)

    def set_tall(self, tall: bool) -> None:
        """Show the measures in lines below each other, for a place beside the curves, or in a single line."""
        directions = QBoxLayout.Direction
        self._row.setDirection(directions.TopToBottom if tall else directions.LeftToRight)
        self._row.setSpacing(2 if tall else SPACING)
        self.setMinimumWidth(TALL_WIDTH if tall else 0)
        self.setMaximumWidth(TALL_WIDTH if tall else MOST_WIDTH)
        self._text.setHidden(tall)
        self._lines.setVisible(tall)

    @property
    def line_height(self) -> int:
        """The height of the measures in a single line, in pixels."""
        return self.wrong.sizeHint().height()

    def show_step(self, text: str, validation: Evaluation | None, *, past: bool) -> None:
        """Show the measures of a step; ``validation`` is the last evaluation up to it. The measures of the ``past``
        moment that the window shows have the colour of the line through the curves there."""
        self._text.setText(text)
        # a line ends after a part or a comma, and not before a number
        self._lines.setText(NUMBER.sub("\N{NO-BREAK SPACE}", text.replace(DOT, "\n").replace(": ", ":\n")))
        self._lines.setToolTip(literal(text))
        for label in (self._text, self._lines):
            restyle(label, "role", "past values" if past else "")
        self.wrong.set_count(None if validation is None else wrong_of(validation.accuracy, self.images))

    def text(self) -> str:
        """The measures, as text."""
        return self._text.text()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._text.set_ground(theme.surface)
        self.wrong.set_theme(theme)
