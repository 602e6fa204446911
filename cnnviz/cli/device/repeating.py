"""Reproducibility: a training that is repeated, or stopped, stored and continued in another process."""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch

from cnnviz.cli.device.apart import gone_on, parting
from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.forms import computing
from cnnviz.cli.device.kinds import FACTS, networks
from cnnviz.cli.device.watched import session
from cnnviz.cli.digest import digest
from cnnviz.data.catalogue import load
from cnnviz.network.check import check
from cnnviz.network.graph import Edge, insert
from cnnviz.network.layers import Dropout
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.device import Placement, place
from cnnviz.training.images import Images, TrainingData
from cnnviz.training.loop import BatchDone, train
from cnnviz.training.state import start

if TYPE_CHECKING:
    from pathlib import Path

HALF, QUICK_HALF = 300, 4
"""Batches before and after the stop; an epoch has 430."""
STEPS, QUICK_STEPS = 6, 2
"""Steps of a training of a single kind of layer."""
BATCH, QUICK_BATCH = 128, 8
"""Images of each of these steps."""
LONGEST_WARNING = 120


def run(setting: Setting) -> Finding:
    """Check that repeatable trainings have equal bits, and report whether others have."""
    half = QUICK_HALF if setting.quick else HALF
    exact, usual = (_training(setting, each, half) for each in (True, False))
    unequal, warned = _kinds(setting)
    good = all(exact.values()) and not unequal
    if find_spec("pydantic") is None:
        exact["another_process"] = usual["another_process"] = None
    sentence = (
        f"Of a repeatable training {_in_words(exact)}. Without that setting {_in_words(usual)}."
        f" {len(networks()) - len(unequal)} of {len(networks())} layers repeat their bits"
        + (f"; not {', '.join(unequal)}." if unequal else ".")
    )
    figures: dict[str, Any] = {"repeatable": exact, "usual": usual, "batches": 2 * half}
    figures |= {"unequal": unequal, "warned": warned}
    if exact["another_process"] is False:
        project = project_with_chance(repeatable=True)
        figures["parting"] = parting(project, setting.device, _folder(setting, True), half, half)
    return Finding(good, sentence, figures)


def project_with_chance(*, repeatable: bool) -> Project:
    """``fast`` with augmentation and dropout; without ``repeatable`` in the precision of the machine."""
    project = TEMPLATES["fast"].project()
    network = insert(project.network, Edge("flatten", "fc1"), "drop", Dropout(0.25))
    return replace(project, network=network, recipe=replace(project.recipe, repeatable=repeatable, seed=1))


def _training(setting: Setting, repeatable: bool, half: int) -> dict[str, bool | None]:
    """Whether the weights are equal if a training is stopped half-way, or continued in another process."""
    project = project_with_chance(repeatable=repeatable)
    folder = _folder(setting, repeatable)
    with session(project, setting.device) as watched:
        watched.train(2 * half)
        straight = watched.digest()
    with session(project, setting.device) as watched:
        watched.train(half)
        if find_spec("pydantic") is not None:
            watched.save(folder)
        watched.train(half)
        stopped = watched.digest()
    found: dict[str, bool | None] = {"stopped": stopped == straight}
    if folder.exists():
        found["another_process"] = gone_on(folder, setting.device, half) == straight
    return found


def _folder(setting: Setting, repeatable: bool) -> Path:
    """The folder of a training stored after half of its batches."""
    return setting.folder / f"repeating-{repeatable}"


def _in_words(found: dict[str, bool | None]) -> str:
    words = {True: "equal", False: "not equal", None: "not tried, as pydantic is not installed"}
    parts = {"stopped": "one that stopped is", "another_process": "one that went on in another process is"}
    return ", ".join(f"{parts[name]} {words[value]}" for name, value in found.items())


def _kinds(setting: Setting) -> tuple[list[str], dict[str, list[str]]]:
    """The layers whose bits differ despite deterministic algorithms, and torch's warnings by layer."""
    placement = place(setting.device, "float32", None)
    steps, batch = (QUICK_STEPS, QUICK_BATCH) if setting.quick else (STEPS, BATCH)
    train_split = load("mnist").train
    images = torch.tensor(train_split.images[: 2 * batch]).to(placement.device)
    labels = torch.tensor(train_split.labels[: 2 * batch]).to(placement.device)
    none = Images(images[:0], labels[:0])
    data = TrainingData(Images(images, labels), none, none)
    recipe = Recipe("sgd", 0.05, 0.9, batch_size=batch, epochs=steps)
    unequal: list[str] = []
    warned: dict[str, list[str]] = {}
    with computing("repeatable"), warnings.catch_warnings(record=True) as warnings_seen:
        warnings.simplefilter("always")
        for name, network in networks().items():
            project = Project(network, recipe=recipe)
            first, again = (_trained(project, data, placement, steps) for _ in range(2))
            if first != again:
                unequal.append(name)
            if warnings_seen:
                warned[name] = sorted(
                    {f"{each.message}".partition(" does not")[0][:LONGEST_WARNING] for each in warnings_seen}
                )
                warnings_seen.clear()
    return unequal, warned


def _trained(project: Project, data: TrainingData, placement: Placement, steps: int) -> str:
    state = start(project, check(project.network, FACTS), placement)
    moments = (moment for moment in train(state, data) if isinstance(moment, BatchDone))
    for _ in range(steps):
        next(moments)
    return digest({name: each.detach().cpu().contiguous() for name, each in state.module.state_dict().items()})
