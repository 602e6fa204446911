"""The row above the curves: the measures of a step, and the number of images that its validation got wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.gui.widgets.wrong_button import WrongButton
from cnnviz.training.channels import wrong_of

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.training.channels import Evaluation


class ReadingRow(QWidget):
    """The measures as text, and the button with the wrong images.

    ``images`` is the number of validation images of the run whose curves are read; 0 if it is not known.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images = 0
        self._text = ElidedLabel()
        self.wrong = WrongButton(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.wrong)
        row.addWidget(self._text, 1)
        # room for the button before there is a number: the curves do not move when it comes
        row.addStrut(self.wrong.sizeHint().height())
        self.set_theme(theme)

    def show_step(self, text: str, validation: Evaluation | None, *, past: bool) -> None:
        """Show the measures of a step; ``validation`` is the last evaluation up to it. The measures of the ``past``
        moment that the window shows have the colour of the line through the curves there."""
        self._text.setText(text)
        restyle(self._text, "role", "past values" if past else "")
        self.wrong.set_count(None if validation is None else wrong_of(validation.accuracy, self.images))

    def text(self) -> str:
        """The measures, as text."""
        return self._text.text()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._text.set_ground(theme.surface)
        self.wrong.set_theme(theme)
