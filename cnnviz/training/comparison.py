"""Measures whether a network trains faster in float32 or in bfloat16 on this machine: the meaning of precision "auto".

The answer depends on the network and on the machine: convolutions and dense layers gain most from bfloat16, attention
may be slower. The steps use random images and the weights of the training, which do not change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import cross_entropy

from cnnviz.network.check import examine
from cnnviz.training import loop, precision
from cnnviz.training.device import Placement, native_bfloat16
from cnnviz.training.facts import facts_of_data
from cnnviz.training.model import CompiledNetwork, build_with
from cnnviz.training.pace import kind_of

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe
    from cnnviz.training.precision import Resolved
    from cnnviz.training.state import TrainingState

TURN_SECONDS = 0.03
"""The precisions take turns. A turn has as many steps as fit into this time, and at least one."""
LEAST_ROUNDS, MOST_ROUNDS, LONGEST_SECONDS = 3, 8, 0.7
"""The race ends after MOST_ROUNDS or LONGEST_SECONDS; after LEAST_ROUNDS if each turn of one precision was faster than
all of the other."""
FIRST_IMAGES, FIRST_SHARE = 8, 8
"""The first step has FIRST_IMAGES, or the FIRST_SHARE-th part of a batch if that is more."""
LEAST_SECONDS = 1e-6
"""A step counts for at least so much, so that nothing is divided by 0."""
LONGEST_STEP_SECONDS = 3.0
"""In seconds. If a step with a whole batch would take longer, judged by the first step, the steps have fewer images."""


def remembered(placement: Placement, recipe: Recipe, network: Network, report: Report) -> Placement | None:
    """The placement with its precision decided; None if precision "auto" still has to be measured for this network."""
    if recipe.repeatable or recipe.precision != "auto" or not native_bfloat16(placement.device):
        return placement
    kind = kind_of(network, report, recipe.batch_size)
    faster = precision.known(placement.device, placement.threads, kind)
    return None if faster is None else replace(placement, precision=faster)


def decide_precision(state: TrainingState, project: Project) -> Generator[loop.Comparing, None, Placement]:
    """The placement of ``state``, a training of ``project``, with precision "auto" decided; measured if not known.

    The measurement takes about a second; the caller can abandon the generator between any two steps.
    """
    placement, recipe, network = state.placement, project.recipe, project.network
    report = examine(network, facts_of_data(project))
    decided = remembered(placement, recipe, network, report)
    if decided is not None:
        return decided
    faster = verdict((yield from race(_runners(state, report), recipe.batch_size)))
    kind = kind_of(network, report, recipe.batch_size)
    precision.remember(placement.device, placement.threads, kind, faster)
    return replace(placement, precision=faster)


def verdict(seconds: Mapping[Resolved, Sequence[float]]) -> Resolved:
    """The precision with the lower median; float32, which is more exact, if both are equal."""
    return "bfloat16" if median(seconds["bfloat16"]) < median(seconds["float32"]) else "float32"


Runner = Callable[[int], None]
"""Makes one step with the given number of images, and waits until it is done."""


def race(
    runners: Mapping[Resolved, Runner], batch_size: int, clock: Callable[[], float] = time.perf_counter
) -> Generator[loop.Comparing, None, dict[Resolved, list[float]]]:
    """The seconds of a step in each turn, by precision, measured on the calling thread."""

    def timed(number_format: Resolved, images: int) -> float:
        before = clock()
        runners[number_format](images)
        return clock() - before

    first = min(batch_size, max(FIRST_IMAGES, batch_size // FIRST_SHARE))
    # an upper bound: the very first step also allocates memory and chooses algorithms
    expected = timed("float32", first) * batch_size / first
    yield loop.Comparing()
    images = (
        batch_size
        if expected <= LONGEST_STEP_SECONDS
        else max(first, round(batch_size * LONGEST_STEP_SECONDS / expected))
    )
    warm = []
    for runner in runners:
        warm.append(timed(runner, images))
        yield loop.Comparing()
    steps = max(1, round(TURN_SECONDS / max(*warm, LEAST_SECONDS)))
    seconds: dict[Resolved, list[float]] = {runner: [] for runner in runners}
    began = clock()
    while not _decided(seconds, clock() - began):
        for runner in runners:
            turn = 0.0
            for _ in range(steps):
                turn += timed(runner, images)
                yield loop.Comparing()
            seconds[runner].append(turn / steps)
    return seconds


def _decided(seconds: Mapping[Resolved, Sequence[float]], elapsed: float) -> bool:
    exact, half = seconds["float32"], seconds["bfloat16"]
    if not half:
        return False
    separated = max(exact) < min(half) or max(half) < min(exact)
    return elapsed >= LONGEST_SECONDS or len(half) >= (LEAST_ROUNDS if separated else MOST_ROUNDS)


def _runners(state: TrainingState, report: Report) -> dict[Resolved, Runner]:
    twin = _twin(state, report)
    formats: tuple[Resolved, ...] = ("float32", "bfloat16")
    return {each: _Steps(twin, replace(state.placement, precision=each), report) for each in formats}


def _twin(state: TrainingState, report: Report) -> CompiledNetwork:
    """A module that shares the weights of ``state`` but has its own buffers and gradients."""
    buffers = dict(state.module.named_buffers())
    tensors = {
        name: each.clone() if name in buffers else each.detach() for name, each in state.module.state_dict().items()
    }
    twin = build_with(state.module.network, report, tensors).to(state.placement.device)
    twin.freeze()
    return twin.train()


@dataclass
class _Steps:
    """Forward and backward passes of ``module``. The optimizer is left out: it computes in float32 in any case."""

    module: CompiledNetwork
    placement: Placement
    report: Report
    _images: dict[int, torch.Tensor] = field(default_factory=dict)

    def __call__(self, images: int) -> None:
        if images not in self._images:
            shape = self.report.nodes[self.report.used[0]].output
            assert shape is not None
            generator = torch.Generator().manual_seed(0)
            drawn = torch.randint(0, 256, (images, *shape), dtype=torch.uint8, generator=generator)
            self._images = {images: loop.prepared(drawn.to(self.placement.device), self.placement)}
        x = self._images[images]
        with loop.precision(self.placement):
            logits = self.module.logits(x).float()
        loss = cross_entropy(logits, torch.zeros(images, dtype=torch.int64, device=x.device))
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
            self.module.zero_grad(set_to_none=True)
        if self.placement.device.type == "cuda":
            torch.cuda.synchronize(self.placement.device)
