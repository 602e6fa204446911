"""The training in a learning rate trial: the usual training loop, on a copy of the weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cnnviz.data.catalogue import Split
from cnnviz.data.errors import DataError
from cnnviz.data.loading import load_choice
from cnnviz.network.check import examine
from cnnviz.training import loop
from cnnviz.training.comparison import decide_precision
from cnnviz.training.device import DeviceError, free_memory, place_run
from cnnviz.training.facts import facts_for
from cnnviz.training.failure import NotANumber
from cnnviz.training.images import Images, TrainingData
from cnnviz.training.rate_sweep import STEPS, RateTrial, sweep
from cnnviz.training.state import sample_order, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.project.project import Project


def trials(
    project: Project, tensors: Mapping[str, Tensor] | None, device: str, threads: int | None
) -> Iterator[RateTrial]:
    """Yield the measurements of a trial of ``project`` so far, after each step.

    It trains a separate module with a new optimizer. ``tensors``, named and shaped as in ``state_dict`` (float32;
    ``conv1.weight`` is (O, I, kH, kW)), are copied; None means the initial weights. Rate and schedule of the recipe are
    not trained with, but what is suggested depends on the schedule. Sets torch's threads for the calling thread.
    """
    try:
        placement = place_run(project.recipe, device, threads)
        train = load_choice(project.dataset).train
        report = examine(project.network, facts_for(project, free_memory(placement.device)))
    except (DeviceError, DataError) as error:
        yield RateTrial(running=False, failure=error.sentence)
        return
    if not report.trainable:
        yield RateTrial(running=False, failure=report.errors[0].said)
        return
    torch.set_num_threads(placement.threads)
    images = Images.of(_some(train, STEPS * project.recipe.batch_size, project.recipe.seed), placement.device)
    no_images = Images(images.images[:0], images.labels[:0])
    # with few images the trial takes several epochs, and nothing but the number of steps may end it
    recipe = replace(project.recipe, schedule="constant", warm_up=0.0, patience=0)
    state = start(replace(project, recipe=recipe), report, placement)
    state.epochs = STEPS + 1
    if tensors is not None:
        state.module.load(tensors)
    comparing = decide_precision(state, project)
    while True:
        try:
            next(comparing)
        except StopIteration as end:
            state.placement = end.value
            break
        # an empty trial, so that the caller can cancel during the comparison
        yield RateTrial()
    moments = loop.train(state, TrainingData(images, no_images, no_images))

    def step(rate: float) -> float:
        state.recipe = replace(recipe, learning_rate=rate)
        try:
            return next(moment.loss.item() for moment in moments if isinstance(moment, loop.BatchDone))
        except NotANumber:
            return float("nan")

    yield from sweep(step, peak=project.recipe.schedule == "one-cycle")


def _some(split: Split, count: int, seed: int) -> Split:
    """A split of at most ``count`` images, drawn at random with ``seed``."""
    if count >= len(split):
        return split
    chosen = np.sort(sample_order(seed, 0, len(split))[:count].numpy())
    return Split(split.images[chosen], split.labels[chosen])
