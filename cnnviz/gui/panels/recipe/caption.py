"""The caption of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import rounded
from cnnviz.parameters import PROPER_NAMES

if TYPE_CHECKING:
    from cnnviz.project.recipe import Recipe


def recipe_caption(recipe: Recipe) -> str:
    """A short caption of a recipe, with four digits of the rate: ``Adam · rate 0.002``."""
    rate = QCoreApplication.translate("RecipePanel", "rate {rate}").format(rate=rounded(recipe.learning_rate, 4))
    return f"{PROPER_NAMES[recipe.optimizer]} · {rate}"
