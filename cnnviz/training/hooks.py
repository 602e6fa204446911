"""Callbacks between two batches, for whoever copies the state of a run at certain steps. No torch."""

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

    ``epoch`` and ``batch`` count what is done, ``step`` all batches of the run. ``evaluated`` names what has just been
    evaluated, as :class:`~cnnviz.training.channels.Evaluation` does ("validation", "test", "test best"); it is empty
    after a batch.
    """

    run: int
    epoch: int
    batch: int
    step: int
    evaluated: str = ""


When = Callable[[Place], bool]
"""Whether a hook is called there. It is asked after each batch, so that it must be quick."""


@dataclass(frozen=True, eq=False)
class Hook:
    """Calls ``callback`` on the training thread wherever ``when`` is true. It may read and clone the state.

    Training waits until it returns. What it keeps of the state itself is changed by the next batch.
    """

    when: When
    callback: Callable[[Place, TrainingState], object]


class Hooks:
    """The hooks of a session; only its training thread calls this."""

    def __init__(self) -> None:
        self._hooks: list[Hook] = []

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def add(self, hook: Hook) -> None:
        """Call ``hook`` from now on, in this run and the next."""
        self._hooks.append(hook)

    def remove(self, hook: Hook) -> None:
        """Call it no more."""
        self._hooks = [one for one in self._hooks if one is not hook]

    def call(self, place: Place, state: TrainingState) -> None:
        """Call those that want it. One that raises is logged and removed; training goes on."""
        for hook in tuple(self._hooks):
            try:
                if hook.when(place):
                    hook.callback(place, state)
            except Exception:
                log.exception("a hook of the training has failed and is removed")
                self.remove(hook)
