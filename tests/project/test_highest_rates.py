"""Rates at which hardly any network learns are known, and no rate that is meant is among them."""

from __future__ import annotations

from typing import get_args

import pytest

from cnnviz.project.highest_rates import HIGHEST_RATES, is_far_too_high
from cnnviz.project.recipe import OptimizerName, Recipe
from cnnviz.project.templates import TEMPLATES


@pytest.mark.parametrize("optimizer", get_args(OptimizerName))
def test_each_optimizer_has_a_bound_of_its_own(optimizer: OptimizerName) -> None:
    assert is_far_too_high(Recipe(optimizer, 5.0))
    assert not is_far_too_high(Recipe(optimizer, HIGHEST_RATES[optimizer]))


def test_no_template_is_above_it() -> None:
    assert [name for name, one in TEMPLATES.items() if is_far_too_high(one.project().recipe)] == []
