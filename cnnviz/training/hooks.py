"""Hooks: callbacks between two batches, for code that copies the state of a run at certain steps. No torch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A place in a run, between two batches.

    ``epoch`` and ``batch`` count what is done, ``step`` counts all batches of the run. ``evaluated`` is the split that
    was just evaluated ("validation", "test", "test best", see :class:`~cnnviz.training.channels.Evaluation`); it is
    empty after a batch. ``settled`` is True where training stands still from here on: it was paused, it has ended, or
    another run begins.
    """

    run: int
    epoch: int
    batch: int
    step: int
    evaluated: str = ""
    settled: bool = False


When = Callable[[Place], bool]
"""Whether a hook is called at a place. It is asked after each batch, so it must be quick."""


@dataclass(frozen=True, eq=False)
class Hook:
    """Has ``callback`` called on the training thread at each place for which ``when`` is true.

    Training waits until ``callback`` returns. It may read and clone the state; it must not keep the tensors themselves,
    which the next batch changes.
    """

    when: When
    callback: Callable[[Place, TrainingState], object]


class Hooks:
    """The hooks of a session. Only its training thread uses this object."""

    def __init__(self) -> None:
        self._hooks: list[Hook] = []

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def add(self, hook: Hook) -> None:
        """Call ``hook`` from now on, in this run and the next."""
        self._hooks.append(hook)

    def remove(self, hook: Hook) -> None:
        """Stop calling ``hook``."""
        self._hooks = [other for other in self._hooks if other is not hook]

    def call(self, place: Place, state: TrainingState) -> None:
        """Call the hooks for this place. A hook that raises is logged and removed; training goes on."""
        for hook in tuple(self._hooks):
            try:
                if hook.when(place):
                    hook.callback(place, state)
            except Exception:
                log.exception("a hook of the training has failed and is removed")
                self.remove(hook)
