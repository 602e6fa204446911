"""A short race between float32 and bfloat16, which settles the precision “auto” on a machine once and for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

import torch

from cnnviz.network.check import examine
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES
from cnnviz.training import loop, precision
from cnnviz.training.device import Placement, native_bfloat16
from cnnviz.training.facts import facts_for
from cnnviz.training.precision import Resolved
from cnnviz.training.state import start

NETWORK = "pytorch-tutorial"
"""Two convolutions with pooling and two dense layers: the kind of network that is trained here."""
WARM_STEPS, STEPS = 3, 3
MOST_ROUNDS, LONGEST_SECONDS = 8, 0.7
IMAGES = 512


def settle(placement: Placement, recipe: Recipe) -> Placement:
    """The placement with the precision that “auto” means here; the first time it is measured, in under a second.

    Another precision of the recipe, and a device without bfloat16 of its own, need no measurement.
    """
    if recipe.repeatable or recipe.precision != "auto" or not native_bfloat16(placement.device):
        return placement
    faster = precision.known(placement.device, placement.threads)
    if faster is None:
        faster = verdict(race(placement))
        precision.remember(placement.device, placement.threads, faster)
    return replace(placement, precision=faster)


def verdict(seconds: Mapping[Resolved, Sequence[float]]) -> Resolved:
    """bfloat16 where its median is the lower one; where both are equal float32, which is more exact."""
    return "bfloat16" if median(seconds["bfloat16"]) < median(seconds["float32"]) else "float32"


def race(placement: Placement, clock: Callable[[], float] = time.perf_counter) -> dict[Resolved, list[float]]:
    """Seconds of :data:`STEPS` steps by precision, measured in turns on the calling thread with random images."""
    formats: tuple[Resolved, ...] = ("float32", "bfloat16")
    runners = {one: _steps(replace(placement, precision=one)) for one in formats}
    found: dict[Resolved, list[float]] = {one: [] for one in formats}
    for runner in runners.values():
        for _ in range(WARM_STEPS):
            next(runner)
    began = clock()
    while len(found["bfloat16"]) < MOST_ROUNDS and (not found["bfloat16"] or clock() - began < LONGEST_SECONDS):
        for one, runner in runners.items():
            _finish(placement)
            before = clock()
            for _ in range(STEPS):
                next(runner)
            _finish(placement)
            found[one].append(clock() - before)
    return found


def _steps(placement: Placement) -> Iterator[None]:
    project = TEMPLATES[NETWORK].project()
    project = replace(project, recipe=replace(project.recipe, epochs=1000))
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (IMAGES, 1, 28, 28), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 10, (IMAGES,), generator=generator)
    some = loop.Images(images.to(placement.device), labels.to(placement.device))
    none = loop.Images(some.images[:0], some.labels[:0])
    state = start(project, examine(project.network, facts_for(project)), placement)
    for moment in loop.train(state, loop.TrainingData(some, none, none)):
        if isinstance(moment, loop.BatchDone):
            yield


def _finish(placement: Placement) -> None:
    if placement.device.type == "cuda":
        torch.cuda.synchronize(placement.device)
