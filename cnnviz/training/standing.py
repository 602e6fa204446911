"""The standing of a session: one frozen value that the training thread replaces and any thread may read. No torch."""

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
    """The run that the user can go back to: its number, its last step, and its project.

    ``interrupted`` is True if it was being trained when another run took its place.
    """

    run: int
    step: int
    project: Project
    interrupted: bool = False


@dataclass(frozen=True)
class Standing:
    """The published state of a session at one moment.

    ``project`` is the project that the current run trains; the user may have edited it since. ``previous`` is None if
    there is no run to go back to. ``dropped`` are the layers that edits removed from the current run and whose weights
    are remembered, the newest last.
    """

    status: Status
    project: Project
    previous: PreviousRun | None = None
    dropped: tuple[Learned, ...] = ()


class StandingChannel:
    """Holds the latest :class:`Standing`. To use several of its fields, read :attr:`latest` once and keep the value."""

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
        """Replace the standing, then call ``before_listeners``, then the listeners."""
        self._latest = standing
        if before_listeners is not None:
            before_listeners()
        for callback in self._listeners:
            callback()
