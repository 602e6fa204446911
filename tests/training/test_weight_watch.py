"""What the optimizer did with one weight: the numbers are those of the step, and their arithmetic makes the new one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from training_kit import advance, assert_same, data, project, session, state_of, tensors, with_recipe

from cnnviz.network import graph
from cnnviz.training.channels import State
from cnnviz.training.state import optimizer_of
from cnnviz.training.updating import update
from cnnviz.training.weight_watch import WeightWatch

if TYPE_CHECKING:
    from cnnviz.project.project import Project
    from cnnviz.training.state import TrainingState
    from cnnviz.training.weight_step import WeightStep

RECIPES: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd"},
    "sgd decay": {"optimizer": "sgd", "weight_decay": 0.1},
    "sgd momentum": {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.1, "schedule": "one-cycle"},
    "sgd nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "schedule": "cosine"},
    "adam": {"optimizer": "adam", "warm_up": 1.0},
    "adam decay": {"optimizer": "adam", "weight_decay": 0.1, "clip_norm": 0.1},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1, "schedule": "step", "step_epochs": 1},
    "rmsprop": {"optimizer": "rmsprop", "weight_decay": 0.1},
    "rmsprop momentum": {"optimizer": "rmsprop", "momentum": 0.9},
    "adagrad": {"optimizer": "adagrad", "weight_decay": 0.1},
}
WEIGHTS = [
    ("conv1", "weight", (3, 0, 1, 2)),
    ("fc1", "weight", (9, 63)),
    ("fc1", "bias", (9,)),
    ("norm1", "bias", (0,)),
]
EPSILON = float(np.finfo(np.float32).eps)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_numbers_are_those_of_the_step_bit_for_bit(recipe: dict[str, Any], precision: str) -> None:
    one = project(**recipe, precision=precision)
    with session(one) as watched:
        watches = [WeightWatch(watched.session, node, index, name) for node, name, index in WEIGHTS]
        steps = []
        for _ in range(7):
            watched.batches(1)
            steps.append([step_of(watch) for watch in watches])
        last = watched.tensors()
    state, images = state_of(one), data()
    for number, made in enumerate(steps, start=1):
        before = {watch: numbers(state, *watch) for watch in WEIGHTS}
        advance(state, images, 1)
        for watch, step in zip(WEIGHTS, made, strict=True):
            weight, _, kept = numbers(state, *watch)
            gradient = numbers(state, *watch)[1]
            assert (step.run, step.step, step.node, step.parameter, step.index) == (1, number, *watch)
            assert (step.before, step.after, step.gradient) == (before[watch][0], weight, gradient)
            assert (step.state_before, step.state_after) == (before[watch][2], kept)
            assert step.options["lr"] == state.optimizer.param_groups[0]["lr"]
            replays_with_the_same_bits(step, one, state)
            arithmetic_makes_the_new_weight(step)
    assert_same(last, tensors(state))


def test_a_watch_follows_the_run_that_is_trained_and_ends_when_it_is_closed() -> None:
    one = project()
    with session(one) as watched:
        watch, absent = WeightWatch(watched.session, "fc1", (0, 0)), WeightWatch(watched.session, "fc1", (0, 9999))
        gone = WeightWatch(watched.session, "fc7", (0, 0))
        assert watch.latest is None
        watched.batches(2)
        first = step_of(watch)
        assert first.step == 2 and watch.latest is first
        watched.session.reset(with_recipe(one, seed=3))
        watched.until(lambda: watched.session.status.run == 2)
        watched.batches(2)
        assert (step_of(watch).run, step_of(watch).step) == (2, 2)
        changed = graph.set_parameter(one.network, "conv1", "out_channels", 5)
        watched.session.go_on(replace(with_recipe(one, seed=3), network=changed))
        watched.in_state(State.RUNNING)
        watched.session.pause()
        watched.in_state(State.PAUSED)
        watched.batches(1)
        assert step_of(watch).step == watched.session.status.step
        watch.close()
        watched.batches(1)
        assert step_of(watch).step == watched.session.status.step - 1
        assert absent.latest is None and gone.latest is None


def step_of(watch: WeightWatch) -> WeightStep:
    step = watch.latest
    assert step is not None
    return step


def numbers(
    state: TrainingState, node: str, name: str, index: tuple[int, ...]
) -> tuple[float, float, dict[str, float]]:
    """The weight, its gradient, and what the optimizer remembers of it."""
    module = state.module._modules[node]
    assert module is not None
    parameter = module.get_parameter(name)
    kept = state.optimizer.state.get(parameter, {})
    gradient = 0.0 if parameter.grad is None else float(parameter.grad[index])
    return (
        float(parameter.detach()[index]),
        gradient,
        {key: float(one[index] if one.dim() else one) for key, one in kept.items() if one is not None},
    )


def replays_with_the_same_bits(step: WeightStep, one: Project, state: TrainingState) -> None:
    """Torch's optimizer, given these numbers and nothing else of the run, makes the new ones."""
    whole = state.module._modules[step.node]
    assert whole is not None
    like = whole.get_parameter(step.parameter).detach()
    alone = torch.nn.Module()
    parameter = torch.nn.Parameter(torch.full_like(like, step.before))
    alone.register_parameter("one", parameter)
    optimizer = optimizer_of(one.recipe, alone)
    optimizer.param_groups[0]["lr"] = step.options["lr"]
    parameter.grad = torch.full_like(like, step.gradient)
    for name, number in step.state_before.items():
        whole_state = torch.tensor(number) if name == "step" else torch.full_like(like, number)
        optimizer.state[parameter][name] = whole_state
    update(optimizer)
    assert float(parameter.detach()[step.index]) == step.after
    for name, number in step.state_after.items():
        tensor = optimizer.state[parameter][name]
        assert float(tensor[step.index] if tensor.dim() else tensor) == number, name


def arithmetic_makes_the_new_weight(step: WeightStep) -> None:
    """The lines differ from the step by the rounding of a few float32 operations."""
    lines = {line.code: line for line in step.lines}
    assert abs(step.total - step.after) <= 4 * EPSILON * max(abs(step.before), abs(lines["step"].value))
    assert lines["new weight"].value == step.after and lines["gradient"].value == step.gradient
    gradient = lines.get("decayed gradient", lines["gradient"]).value
    before, options = step.state_before, step.options
    expected: dict[str, float] = {}
    if step.optimizer == "sgd" and options["momentum"]:
        expected["velocity"] = options["momentum"] * before.get("momentum_buffer", 0.0) + gradient
    if step.optimizer in ("adam", "adamw"):
        expected["mean"] = options["beta1"] * before.get("exp_avg", 0.0) + (1 - options["beta1"]) * gradient
        square = options["beta2"] * before.get("exp_avg_sq", 0.0)
        expected["square mean"] = square + (1 - options["beta2"]) * gradient**2
    if step.optimizer == "rmsprop":
        square = options["alpha"] * before.get("square_avg", 0.0) + (1 - options["alpha"]) * gradient**2
        expected["square mean"] = square
        if options["momentum"]:
            scaled = gradient / (square**0.5 + options["eps"])
            expected["velocity"] = options["momentum"] * before.get("momentum_buffer", 0.0) + scaled
    if step.optimizer == "adagrad":
        expected["square sum"] = before.get("sum", 0.0) + gradient**2
    for code, value in expected.items():
        kept = next(line for name, line in lines.items() if name == code)
        assert kept.kept and kept.value == pytest.approx(value, rel=1e-5, abs=1e-6 * abs(gradient) + 1e-12), code
