"""Losses over many steps on the device compared with the processor's, from the same weights and batches."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import torch

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.forms import computing, forms
from cnnviz.data.loading import load_choice
from cnnviz.network.check import check
from cnnviz.network.graph import set_parameter
from cnnviz.network.layers import RandomDropping
from cnnviz.project.recipe import AUGMENTATIONS
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.device import Placement, place
from cnnviz.training.facts import facts_of_data
from cnnviz.training.images import TrainingData
from cnnviz.training.loop import BatchDone, train
from cnnviz.training.state import start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.project.project import Project

BATCH = 64
STEPS = {"pytorch-tutorial": 200, "fast": 60, "lenet-5": 60, "instance-norm": 30, "attention": 30, "resnet-18-28": 10}
QUICK_STEPS = {"pytorch-tutorial": 10}
FIRST = {"float32": 1e-4, "TF32": 1e-2, "bfloat16": 5e-2}
"""Largest relative difference of the first loss from the processor's, by precision."""
MEAN = {"float32": 0.02, "TF32": 0.05, "bfloat16": 0.1}
"""Largest relative difference of the mean loss; rounding differences grow from step to step."""


def run(setting: Setting) -> Finding:
    """Train each network for some steps on the processor in float32, and on the device in all its precisions."""
    on_device = place(setting.device, "float32", None)
    on_processor = place("cpu", "float32", None)
    torch.set_num_threads(on_processor.threads)
    figures: dict[str, Any] = {}
    wrong: list[str] = []
    for name, steps in (QUICK_STEPS if setting.quick else STEPS).items():
        project = calm(TEMPLATES[name].project())
        expected = losses(project, on_processor, steps)
        for form, placement in forms(on_device).items():
            with computing(form):
                found = losses(project, placement, steps)
            first = abs(found[0] - expected[0]) / expected[0]
            mean = abs(sum(found) - sum(expected)) / sum(expected)
            largest = max(abs(each - other) for each, other in zip(found, expected, strict=True))
            figures[f"{name}, {form}"] = {"steps": steps, "first": first, "mean": mean, "largest": largest}
            if not (all(map(isfinite, found)) and first <= FIRST[form] and mean <= MEAN[form]):
                wrong.append(f"{name}, {form}")
    worst = max(figures, key=lambda each: figures[each]["mean"])
    sentence = (
        f"{len(figures)} trainings of up to {max(figure['steps'] for figure in figures.values())} steps; the mean"
        f" losses differ by at most {figures[worst]['mean']:.1e} ({worst}) from those of the processor."
    )
    return Finding(not wrong, sentence + (f" Too far: {'; '.join(wrong)}." if wrong else ""), figures)


def calm(project: Project) -> Project:
    """The project without random numbers drawn on the device, with batches of :data:`BATCH`."""
    network = project.network
    for name in network.of_kind(RandomDropping):
        network = set_parameter(network, name, "p", 0.0)
    still: dict[str, Any] = dict.fromkeys(AUGMENTATIONS, 0.0)
    recipe = replace(project.recipe, batch_size=BATCH, **still)
    return replace(project, network=network, recipe=recipe)


def losses(project: Project, placement: Placement, steps: int) -> list[float]:
    """The losses of the first steps."""
    done = batches(project, placement)
    return torch.stack([next(done).loss for _ in range(steps)]).tolist()


def batches(project: Project, placement: Placement) -> Iterator[BatchDone]:
    """The steps of a training on the project's images."""
    return steps_on(TrainingData.of(load_choice(project.dataset), placement.device), project, placement)


def steps_on(data: TrainingData, project: Project, placement: Placement) -> Iterator[BatchDone]:
    """The steps of a training on these images."""
    state = start(project, check(project.network, facts_of_data(project)), placement)
    return (moment for moment in train(state, data) if isinstance(moment, BatchDone))
