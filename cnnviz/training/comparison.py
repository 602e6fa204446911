"""A short race between float32 and bfloat16, which settles what the precision “auto” means for a network on a machine.

Which one is faster depends on both: convolutions and dense layers gain most from bfloat16, attention may lose by it.
The race runs on the weights of the training, which it leaves as they are, and on random images. Nothing is learned.
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
from cnnviz.training.facts import facts_for
from cnnviz.training.model import CompiledNetwork, build_with

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe
    from cnnviz.training.precision import Resolved
    from cnnviz.training.state import TrainingState

TURN_SECONDS = 0.03
"""A turn has as many steps as fit, and at least one."""
LEAST_ROUNDS, MOST_ROUNDS, LONGEST_SECONDS = 3, 8, 0.7
"""The race ends after the most rounds or seconds; earlier where after the least rounds no turns overlap."""
FIRST_IMAGES, FIRST_SHARE = 8, 8
"""The first step has so many images, or this part of a batch."""
LONGEST_STEP = 3.0
"""Where a step of all images of a batch would take longer, judged by the first one, it has fewer."""


def remembered(placement: Placement, recipe: Recipe, network: Network, report: Report) -> Placement | None:
    """The placement with the precision that the recipe means for a network; None where that has to be measured."""
    if recipe.repeatable or recipe.precision != "auto" or not native_bfloat16(placement.device):
        return placement
    kind = precision.kind_of(network, report, recipe.batch_size)
    faster = precision.known(placement.device, placement.threads, kind)
    return None if faster is None else replace(placement, precision=faster)


def settle(state: TrainingState, project: Project) -> Generator[loop.Comparing, None, Placement]:
    """The placement of ``state``, a training of ``project``, with the precision that “auto” means for it.

    What is not remembered is measured, in about a second; whoever runs this may leave it between any two steps.
    """
    placement, recipe, network = state.placement, project.recipe, project.network
    report = examine(network, facts_for(project, 0))
    known = remembered(placement, recipe, network, report)
    if known is not None:
        return known
    faster = verdict((yield from race(_runners(state, report), recipe.batch_size)))
    kind = precision.kind_of(network, report, recipe.batch_size)
    precision.remember(placement.device, placement.threads, kind, faster)
    return replace(placement, precision=faster)


def verdict(seconds: Mapping[Resolved, Sequence[float]]) -> Resolved:
    """bfloat16 where its median is the lower one; where both are equal float32, which is more exact."""
    return "bfloat16" if median(seconds["bfloat16"]) < median(seconds["float32"]) else "float32"


Runner = Callable[[int], None]
"""Makes one step with so many images, and waits until it is done."""


def race(
    runners: Mapping[Resolved, Runner], batch_size: int, clock: Callable[[], float] = time.perf_counter
) -> Generator[loop.Comparing, None, dict[Resolved, list[float]]]:
    """Seconds of a step by precision, measured in turns on the calling thread."""

    def timed(one: Resolved, images: int) -> float:
        before = clock()
        runners[one](images)
        return clock() - before

    first = min(batch_size, max(FIRST_IMAGES, batch_size // FIRST_SHARE))
    # without the first step of all, which allocates and chooses algorithms, this is no less than a step will take
    expected = timed("float32", first) * batch_size / first
    yield loop.Comparing()
    images = batch_size if expected <= LONGEST_STEP else max(first, round(batch_size * LONGEST_STEP / expected))
    warm = []
    for one in runners:
        warm.append(timed(one, images))
        yield loop.Comparing()
    steps = max(1, round(TURN_SECONDS / max(*warm, 1e-6)))
    found: dict[Resolved, list[float]] = {one: [] for one in runners}
    began = clock()
    while not _decided(found, clock() - began):
        for one in runners:
            turn = 0.0
            for _ in range(steps):
                turn += timed(one, images)
                yield loop.Comparing()
            found[one].append(turn / steps)
    return found


def _decided(found: Mapping[Resolved, Sequence[float]], elapsed: float) -> bool:
    exact, half = found["float32"], found["bfloat16"]
    if not half:
        return False
    apart = max(exact) < min(half) or max(half) < min(exact)
    return elapsed >= LONGEST_SECONDS or len(half) >= (LEAST_ROUNDS if apart else MOST_ROUNDS)


def _runners(state: TrainingState, report: Report) -> dict[Resolved, Runner]:
    twin = _twin(state, report)
    formats: tuple[Resolved, ...] = ("float32", "bfloat16")
    return {one: _Steps(twin, replace(state.placement, precision=one), report) for one in formats}


def _twin(state: TrainingState, report: Report) -> CompiledNetwork:
    """A module around the weights of ``state`` themselves, with buffers and gradients of its own."""
    own = dict(state.module.named_buffers())
    tensors = {name: one.clone() if name in own else one.detach() for name, one in state.module.state_dict().items()}
    twin = build_with(state.module.network, report, tensors).to(state.placement.device)
    return twin.requires_grad_(True).train()


@dataclass
class _Steps:
    """Forward and backward passes of ``module``; what comes after them is float32 in any case."""

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
