"""Learning rates above which hardly any network learns."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.project.recipe import OptimizerName, Recipe

HIGHEST_RATES: Mapping[OptimizerName, float] = MappingProxyType(
    {"sgd": 4.0, "adam": 1.0, "adamw": 1.0, "rmsprop": 0.3, "adagrad": 3.0}
)
"""Above these rates no template that was tried learned in 200 steps, with two exceptions that are kept allowed:

- Plain descent was dead from 1 on, but large batches are trained at 3.2 (Goyal et al., 2017,
  https://arxiv.org/abs/1706.02677), and short trainings at 3 (Smith and Topin, 2017, https://arxiv.org/abs/1708.07120).
- Adagrad at 3 still learned with batch normalization, because its steps shrink soon.

The first steps of the other optimizers change each weight by about the rate, of RMSprop by ten times the rate. An
initial weight of a layer with n inputs is at most about 1 / sqrt(n). The search of a rate suggested at most 0.4 for
plain descent, 0.017 for Adam, 0.004 for RMSprop and 0.06 for Adagrad.
"""


def is_far_too_high(recipe: Recipe) -> bool:
    """Whether hardly any network learns at the learning rate of ``recipe``."""
    return recipe.learning_rate > HIGHEST_RATES[recipe.optimizer]
