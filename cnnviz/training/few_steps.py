"""Measures how long a network takes for an image on this machine, by a few steps of the training loop."""

from __future__ import annotations

import time
from dataclasses import replace
from math import prod
from statistics import fmean
from typing import TYPE_CHECKING

import torch

from cnnviz.network.check import examine
from cnnviz.project.recipe import SETTINGS
from cnnviz.training import loop
from cnnviz.training.comparison import decide_precision
from cnnviz.training.device import free_memory, place_run
from cnnviz.training.estimate import FIRST_IMAGES, Estimate
from cnnviz.training.facts import facts_for
from cnnviz.training.images import Images, TrainingData
from cnnviz.training.state import TrainingState, start
from cnnviz.training.waiting import Neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cnnviz.network.report import Report
    from cnnviz.project.project import Project

    Clocks = tuple[Callable[[], float], Callable[[], float]]

LONGEST_STEP_SECONDS = 0.5
"""In seconds. If a step with a whole batch would take longer, judged by a step with few images, it has fewer images."""
WARM_STEPS = 2
"""The number of first steps that are not counted: they allocate memory and choose algorithms."""
LEAST_STEPS, MOST_STEPS, ENOUGH_SECONDS, MOST_SECONDS = 3, 40, 0.4, 1.5
"""The measurement ends after MOST_STEPS, or after LEAST_STEPS if they took ENOUGH_SECONDS; if they are disturbed, it
goes on up to MOST_SECONDS."""
EVEN = 1.2
"""The steps were disturbed if they take more than this many times as long as they would alone."""
MOST_BYTES = 16_000_000
"""The most memory for the random images; if the steps need more images they see the same ones again."""
TOGETHER = {"cpu": 1, "cuda": 10}
"""How many steps are measured at once: a GPU computes one step while the next one is prepared."""


def image_estimate(
    project: Project,
    device: str,
    threads: int | None,
    interrupted: Callable[[], bool],
    clock: Callable[[], float] = time.perf_counter,
    own_clock: Callable[[], float] = time.thread_time,
) -> Estimate | None:
    """The time of an image in a training step of ``project``, from what it would take alone to what it takes now.

    Other programs make the steps longer; without them both are the same. The time alone is the processor time of this
    thread (``own_clock``), at most the shortest step: the thread has its part in each operation, and keeps its
    processor busy while it waits for a GPU or for another thread.
    None if the network cannot be trained, or if ``interrupted`` becomes true between two steps. The steps train a
    separate module on random images; precision "auto" is settled first, as before a training. Raises what torch raises,
    and DeviceError and DataError.
    """
    placement = place_run(project.recipe, device, threads)
    report = examine(project.network, facts_for(project, free_memory(placement.device)))
    if not report.trainable:
        return None
    # with a learning rate of nearly 0 and no schedule the weights stay finite, whatever the images are
    recipe = replace(
        project.recipe,
        learning_rate=SETTINGS["learning_rate"].parameter.low,
        schedule="constant",
        warm_up=0.0,
        patience=0,
    )
    before = torch.get_num_threads()
    torch.set_num_threads(placement.threads)
    neighbours = Neighbours(placement.threads)
    try:
        state = start(replace(project, recipe=recipe), report, placement)
        neighbours.watch(interrupted)
        comparing = decide_precision(state, project)
        while not interrupted():
            try:
                next(comparing)
            except StopIteration as end:
                state.placement = end.value
                return _timed(state, report, interrupted, (clock, own_clock))
        return None
    finally:
        neighbours.close()
        torch.set_num_threads(before)


def _timed(state: TrainingState, report: Report, interrupted: Callable[[], bool], clocks: Clocks) -> Estimate | None:
    batch = state.recipe.batch_size
    images = min(batch, FIRST_IMAGES)
    steps = _steps(state, report, images, clocks)
    first = min([next(steps)[0] for _ in range(WARM_STEPS + 1)][1:])
    # an upper bound: a small batch takes more time for each image than a large one
    expected = first * batch / images
    images = batch if expected <= LONGEST_STEP_SECONDS else max(images, int(batch * LONGEST_STEP_SECONDS / expected))
    steps = _steps(state, report, images, clocks)
    measured: list[tuple[float, float]] = []
    for number, seconds in enumerate(steps):
        if interrupted():
            return None
        if number >= WARM_STEPS:
            measured.append(seconds)
        if _enough(measured):
            break
    step = _step_estimate(measured)
    return Estimate(step.least / images, step.most / images)


def _enough(measured: Sequence[tuple[float, float]]) -> bool:
    """Whether no more steps are needed to know how long a step takes."""
    if len(measured) < LEAST_STEPS or len(measured) >= MOST_STEPS:
        return len(measured) >= MOST_STEPS
    step, passed = _step_estimate(measured), sum(seconds for seconds, _ in measured)
    return passed > (ENOUGH_SECONDS if step.most <= EVEN * step.least else MOST_SECONDS)


def _step_estimate(measured: Sequence[tuple[float, float]]) -> Estimate:
    """The time of a step, from the measured seconds of steps and what they would have taken alone."""
    # means: other programs make few short steps longer, but those much; and on some systems the clock of a thread goes
    # on by more than a step at once
    now = fmean(seconds for seconds, _ in measured)
    # a thread that waits for another one, which has no processor, keeps its own busy: no step takes that long alone
    shortest = min(seconds for seconds, _ in measured)
    return Estimate(min(shortest, fmean(alone for _, alone in measured)), now)


def _steps(state: TrainingState, report: Report, images: int, clocks: Clocks) -> Iterator[tuple[float, float]]:
    """Train without end, and yield the seconds of a step with ``images`` by both clocks."""
    placement = state.placement
    together = TOGETHER[placement.device.type]
    shape = report.nodes[report.used[0]].output
    assert shape is not None
    generator = torch.Generator().manual_seed(0)
    # an epoch has a batch for each step, or as many as the memory allows
    batches = min(MOST_BYTES // (images * prod(shape)), together * (MOST_STEPS + WARM_STEPS))
    count = images * max(together * LEAST_STEPS, batches)
    drawn = torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=generator)
    data = Images(drawn.to(placement.device), torch.zeros(count, dtype=torch.int64, device=placement.device))
    none = Images(data.images[:0], data.labels[:0])
    # more epochs than are needed, so that the training does not end
    state.recipe, state.epochs, state.batch = replace(state.recipe, batch_size=images), state.epoch + MOST_STEPS, 0
    training = loop.train(state, TrainingData(data, none, none))
    while True:
        began = [clock() for clock in clocks]
        for _ in range(together):
            # an epoch ends with an evaluation of no images
            while not isinstance(next(training), loop.BatchDone):
                pass
        if placement.device.type == "cuda":
            torch.cuda.synchronize(placement.device)
        now, own = ((clock() - before) / together for clock, before in zip(clocks, began, strict=True))
        yield now, own
