"""The warning below a learning rate that is far too high."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.localized import rounded
from cnnviz.gui.widgets.fonts import small_font
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.parameters import PROPER_NAMES
from cnnviz.project.highest_rates import HIGHEST_RATES, is_far_too_high

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.project.recipe import Recipe
    from cnnviz.training.rate_sweep import Suggestion


class RateWarning(QWidget):
    """A sentence, and a button that calls ``search``, which shows the search of a rate; hidden without a reason."""

    def __init__(self, search: Callable[[], object]) -> None:
        super().__init__()
        self.label = PlainLabel()
        self.label.setWordWrap(True)
        self.label.setProperty("role", "warning")
        self.label.setFont(small_font(self.label.font()))
        self.button = QPushButton(self.tr("Find a rate"))
        self.button.clicked.connect(lambda _: search())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.hide()

    def show_recipe(self, recipe: Recipe, suggested: Suggestion | None) -> None:
        """Warn if the rate of the recipe is far too high, unless a search has ``suggested`` it."""
        too_high = is_far_too_high(recipe) and (suggested is None or not suggested.suits(recipe.learning_rate))
        if too_high:
            sentence = self.tr(
                "With {optimizer}, hardly any network learns at a rate above {highest}: the first steps spoil its"
                " weights."
            ).format(optimizer=PROPER_NAMES[recipe.optimizer], highest=rounded(HIGHEST_RATES[recipe.optimizer]))
            self.label.setText(sentence)
        self.setVisible(too_high)
