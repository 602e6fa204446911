"""The film of a filter: its slices at recorded moments of a run, on one colour scale. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.panels.kernels.stacks import StackForm, stack_form, strengths
from cnnviz.inspection.scales import SMALLEST_LIMIT, largest
from cnnviz.jobs import Job, JobError
from cnnviz.network.drawn_names import named_as
from cnnviz.runs.thinning import spread_steps
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network

MOST_FRAMES = 12


@dataclass(frozen=True, eq=False)
class Frame:
    """A filter at one moment. ``weight``: float32 (slices, height, width); ``form`` is the form of its layer."""

    form: StackForm
    weight: Array


@dataclass(frozen=True, eq=False)
class Film:
    """A filter of a layer at ``steps``. ``stack``: float32 (steps, slices, height, width)."""

    node: str
    filter: int
    form: StackForm
    steps: tuple[int, ...]
    stack: Array

    @cached_property
    def limit(self) -> float:
        """The limit of the colour scale: no weight of the film lies beyond it."""
        return max(SMALLEST_LIMIT, largest(self.stack))

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The slices in displayed order, from the strongest to the weakest at the last moment: intp (slices,)."""
        return np.argsort(-strengths(self.stack[-1]), kind="stable")

    def since_first(self) -> Film:
        """The film of the weights' changes since its first moment."""
        return replace(self, stack=self.stack - self.stack[0])

    def step_at(self, position: int) -> int:
        """The step of a tile."""
        return self.steps[position // self.form.slices]

    def slice_at(self, position: int) -> int:
        """The slice that a tile shows."""
        return int(self.order[position % self.form.slices])

    def tiles(self, positions: NDArray[np.intp]) -> Array:
        """The values of the tiles at positions intp (k,), a row of slices for each step: float32 (k, height, width)."""
        values: Array = self.stack[positions // self.form.slices, self.order[positions % self.form.slices]]
        return values


def chosen_steps(steps: Sequence[int]) -> tuple[int, ...]:
    """The steps that have a frame, at most :data:`MOST_FRAMES`."""
    return spread_steps(steps, MOST_FRAMES)


def film_of(node: str, filter: int, frames: Mapping[int, Frame]) -> Film | None:
    """The film of ``frames``, which are given by step; None without frames.

    A frame is left out if its layer had another form than at the last step.
    """
    if not frames:
        return None
    last = frames[max(frames)]
    alike = {step: frame for step, frame in sorted(frames.items()) if frame.form == last.form}
    return Film(node, filter, last.form, tuple(alike), np.stack([frame.weight for frame in alike.values()]))


def read_frames(
    job: Job[int, dict[int, Frame]],
    folder: Path,
    node: str,
    filter: int,
    steps: Sequence[int],
    drawn: Network | None = None,
) -> dict[int, Frame]:
    """Read a filter at ``steps`` of the run in ``folder``; reports how many steps are done. ``node`` is the name of its
    layer in ``drawn``.

    Moments that cannot be read, or have no such filter, are left out; raises JobError if none is left.
    """
    from cnnviz.runs.folder import RunError, weights

    frames: dict[int, Frame] = {}
    failed: RunError | None = None
    for done, step in enumerate(steps):
        if job.cancelled.is_set():
            break
        job.report(done)
        try:
            project, tensors = weights(folder, step)
        except RunError as error:
            failed = error
            continue
        network, named = (project.network, tensors) if drawn is None else named_as(drawn, project.network, tensors)
        weight = named.get(f"{node}.weight")
        if weight is None or weight.dim() < 2:
            continue
        form = stack_form(network, node, tuple(weight.shape))
        if filter < form.filters:
            # a copy, so that the other weights of the moment are released
            frames[step] = Frame(form, form.stack(weight.numpy())[filter].copy())
    if not frames and not job.cancelled.is_set() and steps:
        raise JobError(
            failed.sentence
            if failed is not None
            else Sentence("No recorded moment has filter {filter}.", filter=filter)
        )
    return frames
