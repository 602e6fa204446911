"""Training 2N batches, or N, writing, ending the process, reading and training N, gives the same bits."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file
from training_kit import advance, assert_same, data, project, state_of, tensors

from cnnviz.network.graph import chain
from cnnviz.network.layers import (
    KINDS,
    BatchNorm2d,
    Conv2d,
    Dense,
    Dropout,
    Dropout2d,
    Flatten,
    Input,
    Output,
    ReLU,
    StochasticDepth,
)
from cnnviz.network.layers.regularization import RandomDropping
from cnnviz.project.recipe import AUGMENTATIONS, SETTINGS
from cnnviz.training.checkpoint import load, save

if TYPE_CHECKING:
    from warm_python import WarmPython

    from cnnviz.project.project import Project
    from cnnviz.training.state import TrainingState

HALF = 8
"""Batches before and after; an epoch has 5, so both halves cross the end of one and stop inside another."""

RECIPES: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1},
    "rmsprop": {"optimizer": "rmsprop", "momentum": 0.3},
    "adagrad": {"optimizer": "adagrad"},
    "bfloat16": {"optimizer": "adam", "precision": "bfloat16"},
    "bfloat16 sgd": {"momentum": 0.9, "precision": "bfloat16"},
    "step": {"schedule": "step", "step_epochs": 2},
    "cosine": {"schedule": "cosine", "warm_up": 0.7},
    "one-cycle": {"schedule": "one-cycle", "optimizer": "adamw"},
    "plateau": {"schedule": "plateau", "learning_rate": 1.0},
    "clipped": {"clip_norm": 0.1, "label_smoothing": 0.1, "patience": 3},
    "random layers": {"optimizer": "adam"},
    "random layers bfloat16": {"optimizer": "adamw", "precision": "bfloat16"},
    "two threads": {"optimizer": "adam", "shift": 2.0},
    **{name: {name: 0.5, "optimizer": "adam"} for name in AUGMENTATIONS},
    "everything": {
        **dict.fromkeys(AUGMENTATIONS, 0.5), "optimizer": "adam", "precision": "bfloat16", "schedule": "one-cycle",
    },
}  # fmt: skip

RANDOM = chain(
    ("input", Input()),
    ("conv1", Conv2d(4, (3, 3), stride=(3, 3))),
    ("drop1", Dropout2d(0.3)),
    ("depth", StochasticDepth(0.3)),
    ("relu1", ReLU()),
    ("norm1", BatchNorm2d()),
    ("conv2", Conv2d(4, (3, 3))),
    ("drop2", Dropout(0.4)),
    ("drop3", Dropout2d(0.3)),
    ("flatten", Flatten()),
    ("fc1", Dense(10)),
    ("output", Output()),
)


def named(name: str) -> Project:
    """The project of an entry of :data:`RECIPES`."""
    one = project(epochs=9, **RECIPES[name])
    return replace(one, network=RANDOM) if name.startswith("random layers") else one


def begun(name: str) -> TrainingState:
    return state_of(named(name), 2 if name == "two threads" else 1)


SECOND_PROCESS = """
import sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from training_kit import advance, data, tensors
from cnnviz.training.checkpoint import load
images = data()
for folder in map(Path, sys.argv[2:]):
    project, state = load(folder)
    torch.set_num_threads(state.placement.threads)
    advance(state, images, int(sys.argv[1]))
    found = {name: one.contiguous().clone() for name, one in tensors(state).items()}
    rate = torch.tensor(state.optimizer.param_groups[0]["lr"], dtype=torch.float64)
    save_file({**found, "rate": rate}, folder / "after")
"""


def test_nothing_that_a_recipe_or_a_network_draws_by_chance_is_left_out() -> None:
    recipes = [named(name).recipe for name in RECIPES]
    for field in ("optimizer", "schedule"):
        assert {getattr(one, field) for one in recipes} == set(SETTINGS[field].parameter.choices)
    assert {one.precision for one in recipes} == {"float32", "bfloat16"}
    for name in AUGMENTATIONS:
        assert any(getattr(one, name) for one in recipes), name
    random = {kind for kind in KINDS.values() if issubclass(kind, RandomDropping)}
    assert random and random <= {type(RANDOM[name]) for name in RANDOM.order}


def uninterrupted(name: str) -> tuple[dict[str, torch.Tensor], float]:
    state = begun(name)
    advance(state, data(), 2 * HALF)
    return tensors(state), state.optimizer.param_groups[0]["lr"]


def test_going_on_in_another_process_gives_the_same_bits(tmp_path: Path, warm_python: WarmPython) -> None:
    folders = []
    for name in RECIPES:
        state = begun(name)
        advance(state, data(), HALF)
        folders.append(tmp_path / name)
        save(state, named(name), folders[-1])
    here = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    command = [*warm_python.line, "-c", SECOND_PROCESS, str(HALF), *map(str, folders)]
    subprocess.run(command, check=True, timeout=240, env=environment)
    for folder in folders:
        found = load_file(folder / "after")
        expected, rate = uninterrupted(folder.name)
        assert found.pop("rate").item() == rate, folder.name
        for name, tensor in expected.items():
            assert torch.equal(tensor, found[name]), (folder.name, name)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_strides_of_state_are_those_of_its_parameter(tmp_path: Path, optimizer: str) -> None:
    one = project(optimizer=optimizer, momentum=0.5)
    state = state_of(one)
    advance(state, data(), 1)
    save(state, one, tmp_path / "run")
    _, again = load(tmp_path / "run")
    assert_same(tensors(state), tensors(again))
    compared = 0
    for first, second in zip(state.module.parameters(), again.module.parameters(), strict=True):
        assert first.stride() == second.stride()
        own, other = state.optimizer.state[first], again.optimizer.state[second]
        assert own.keys() == other.keys()
        for name, value in own.items():
            if isinstance(value, torch.Tensor):
                assert torch.equal(value, other[name])
                assert value.stride() == other[name].stride() and value.dtype == other[name].dtype
                assert value.device == other[name].device
                compared += 1
    assert compared


def test_before_the_first_step_and_twice_to_one_place(tmp_path: Path) -> None:
    one = project(dropout=0.5)
    state = state_of(one)
    save(state, one, tmp_path / "run")
    read, again = load(tmp_path / "run")
    assert read.recipe == one.recipe and read.network == one.network
    assert_same(tensors(state), tensors(again))
    advance(state, data(), 6)
    save(state, one, tmp_path / "run")
    assert len(list((tmp_path / "run").iterdir())) == 2
    _, again = load(tmp_path / "run")
    assert (again.epoch, again.batch, again.step, again.best_accuracy) == (1, 1, 6, state.best_accuracy)
    assert_same(state.best, again.best)
    advance(state, data(), 3)
    advance(again, data(), 3)
    assert_same(tensors(state), tensors(again))
