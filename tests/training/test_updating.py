"""An update is the optimizer's own step, to the bit, and loads no compiler."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, get_args

import pytest
import torch
from torch import Tensor

from cnnviz.project.recipe import OptimizerName, Recipe
from cnnviz.training.state import optimizer_of
from cnnviz.training.updating import update

if TYPE_CHECKING:
    from collections.abc import Callable


def trained(recipe: Recipe, step: Callable[[torch.optim.Optimizer], Any]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    module = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.PReLU(), torch.nn.Linear(7, 3))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    optimizer = optimizer_of(recipe, module)
    for _ in range(4):
        optimizer.zero_grad()
        module(torch.randn(6, 5, generator=generator)).square().sum().backward()
        step(optimizer)
        assert torch.is_grad_enabled()
    return [*module.parameters(), *(one for one in optimizer.state_dict()["state"][0].values())]


@pytest.mark.parametrize("name", get_args(OptimizerName))
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_it_is_the_step_of_the_optimizer_to_the_bit(name: OptimizerName, decay: float) -> None:
    recipe = Recipe(optimizer=name, learning_rate=0.001, weight_decay=decay, momentum=0.9)
    for ours, torchs in zip(trained(recipe, update), trained(recipe, lambda optimizer: optimizer.step()), strict=True):
        assert torch.equal(ours, torchs) and torch.isfinite(ours).all()


def test_a_training_loads_no_compiler() -> None:
    code = (
        "import sys; from training_kit import advance, data, project, state_of;"
        " state = state_of(project()); advance(state, data(), 2); state.optimizer.state_dict();"
        " print([name for name in ('torch._dynamo', 'torch._inductor') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="tests")
    assert said.stdout.strip() == "[]"
