"""Moments that were copied between two batches and wait until they are written. No torch at the top."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from cnnviz.project.project import Project
    from cnnviz.runs.writer import RunWriter
    from cnnviz.training.channels import Weights
    from cnnviz.training.checkpoint import TrainingCopy
    from cnnviz.training.hooks import Place
    from cnnviz.training.state import TrainingState

MOST_BYTES = 64 * 10**6
"""While waiting copies take this many bytes, no moments are copied, unless training is paused or finished."""


@dataclass(frozen=True, eq=False)
class PendingMoment:
    """A moment that ``write`` writes. It takes ``bytes`` of memory, and copying it took ``seconds``.

    ``first`` are the weights at the beginning of the run if they have not been written yet.
    """

    place: Place
    project: Project
    bytes: int
    exact: bool
    seconds: float
    write: Callable[[RunWriter], None]
    first: Weights | None

    @property
    def run(self) -> int:
        """The number of its run."""
        return self.place.run


class PendingMoments:
    """A queue between the training thread, which adds, and the recorder's thread, which takes and writes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[PendingMoment] = deque()
        self._bytes = 0
        """The memory of the waiting moments and of the moment that is being written."""
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether the waiting moments take too much memory for further copies."""
        return self._bytes >= MOST_BYTES

    @property
    def ended(self) -> bool:
        """Whether the queue is closed and all of its moments are taken."""
        return self._closed and not self._waiting

    def add(self, moment: PendingMoment) -> None:
        """Add a moment. If the queue is full, earlier moments of the same run are dropped from it."""
        with self._changed:
            if self.full:
                moment = self._supersede(moment)
            self._waiting.append(moment)
            self._bytes += moment.bytes
            self._changed.notify()

    def take(self, timeout: float) -> PendingMoment | None:
        """Wait for the next moment; None after ``timeout`` seconds, and at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout)
            return self._waiting.popleft() if self._waiting else None

    def written(self, moment: PendingMoment) -> None:
        """Note that the memory of a moment that was taken is free again."""
        with self._changed:
            self._bytes -= moment.bytes

    def close(self) -> None:
        """Let :meth:`take` return at once after the last moment."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _supersede(self, moment: PendingMoment) -> PendingMoment:
        """Drop the moments of the same run that wait; returns ``moment`` with the first weights that they held."""
        dropped = [other for other in self._waiting if other.run == moment.run]
        self._waiting = deque(other for other in self._waiting if other.run != moment.run)
        self._bytes -= sum(other.bytes for other in dropped)
        first = next((other.first for other in (*dropped, moment) if other.first is not None), None)
        return replace(moment, first=first)


def copied(
    place: Place, state: TrainingState, project: Project, first: Weights | None, *, exact: bool
) -> PendingMoment:
    """A copy of ``state``, a training of ``project``, at a place between two batches; without the optimizer's state and
    the random states unless it is ``exact``."""
    import torch

    from cnnviz.training.checkpoint import copy

    began = time.perf_counter()
    write: Callable[[RunWriter], None]
    tensors: Mapping[str, Tensor]
    if exact:
        training = copy(state, project)
        tensors = training.tensors
        write = partial(_write_exact, place.step, training)
    else:
        # into new tensors: contiguous() keeps the channels_last strides of a weight with one channel
        tensors = {
            name: torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
            for name, tensor in state.module.state_dict().items()
        }
        write = partial(_write_weights, place.step, project, tensors)
    size = sum(tensor.nbytes for tensor in tensors.values())
    return PendingMoment(place, project, size, exact, time.perf_counter() - began, write, first)


def _write_exact(step: int, training: TrainingCopy, writer: RunWriter) -> None:
    writer.write_exact(step, training)


def _write_weights(step: int, project: Project, tensors: Mapping[str, Tensor], writer: RunWriter) -> None:
    writer.write_weights(step, project, tensors)
