"""Where a session stands: one frozen value, which the training thread replaces and any thread may read. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.project.project import Project
    from cnnviz.training.changes import Learned
    from cnnviz.training.channels import Status


@dataclass(frozen=True)
class PreviousRun:
    """The run before the current one, which can be gone back to: its number, its last step, and what it trains."""

    run: int
    step: int
    project: Project


@dataclass(frozen=True)
class Standing:
    """All that belongs together of a session at one moment.

    ``project`` is what the current run trains, whatever has been edited since. ``previous`` is None where there is no
    run to go back to. ``dropped`` are the layers that changes took away from the current run and whose weights are
    remembered, the newest last.
    """

    status: Status
    project: Project
    previous: PreviousRun | None = None
    dropped: tuple[Learned, ...] = ()


class StandingChannel:
    """The latest :class:`Standing`. Who reads several of its fields keeps one value of :attr:`latest` for them all."""

    def __init__(self, first: Standing) -> None:
        self._latest = first
        self._listeners: list[Callable[[], None]] = []

    @property
    def latest(self) -> Standing:
        """The newest standing."""
        return self._latest

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the training thread after each new standing; it must return at once."""
        self._listeners.append(callback)

    def publish(self, standing: Standing, before_listeners: Callable[[], object] | None = None) -> None:
        """Replace the standing. ``before_listeners`` is called after that, and before the listeners are."""
        self._latest = standing
        if before_listeners is not None:
            before_listeners()
        for callback in self._listeners:
            callback()
