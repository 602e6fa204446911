"""The training speeds of networks, by trial steps and by trainings. No Qt."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.network.graph import Network

Computed = tuple[Network, tuple[object, ...]]
"""The part of a project that determines its training speed: the network, and the settings of a step."""

FAR = 2.0
"""A speed is far lower than another if it is less than a half of it. What trial steps say of a training is nearer."""
LASTING_SECONDS = 60.0
"""A training that is far slower than before for so long is believed: most other programs are busy for a shorter time.
"""
MOST_KNOWN = 16
"""The most networks whose speeds are remembered, for undo."""


class _Known(NamedTuple):
    network: Computed
    latest: float
    best: float


class KnownSpeeds:
    """The speeds, in images per second, of the last networks that were trained or tried."""

    def __init__(self) -> None:
        self._known: list[_Known] = []
        """The newest last."""
        self._slow_since: float | None = None
        """Since when the training is far slower than the best speed of its network."""

    def __len__(self) -> int:
        return len(self._known)

    def get(self, network: Computed) -> float | None:
        """The speed of a network; None if it is not known."""
        known = self._find(network)
        return None if known is None else known.latest

    def set_tried(self, network: Computed, speed: float) -> None:
        """Set the speed by trial steps."""
        self._set(_Known(network, speed, speed))

    def add_measured(self, network: Computed, speed: float, now: float) -> None:
        """Take the speed of a training at the time ``now``, in seconds.

        A speed that is far lower than the best one of the same network is left out until it has lasted: other programs
        can only slow down a training.
        """
        known = self._find(network)
        if known is None or FAR * speed >= known.best:
            self._slow_since = None
            self._set(_Known(network, speed, max(speed, known.best if known else 0.0)))
        elif self._slow_since is None:
            self._slow_since = now
        elif now - self._slow_since >= LASTING_SECONDS:
            self._slow_since = None
            self._set(_Known(network, speed, speed))

    def end_training(self) -> None:
        """The training stands still, or another one begins."""
        self._slow_since = None

    def _find(self, network: Computed) -> _Known | None:
        return next((known for known in reversed(self._known) if known.network == network), None)

    def _set(self, new: _Known) -> None:
        others = [known for known in self._known if known.network != new.network]
        self._known = [*others[1 - MOST_KNOWN :], new]
