"""How often numbers are shown anew while training: who reads them cannot follow ten changes a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network

SECONDS = 0.19
"""A little less than the time of two snapshots."""


class Calm:
    """Numbers of a training that goes on are shown every :data:`SECONDS`; those of another sample, of a recorded moment
    or of a training that stands still at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._shown_at = clock, 0.0
        self._about: tuple[Sample | None, Network | None, int] = (None, None, 0)

    def due(self, snapshot: Snapshot) -> bool:
        """Whether the numbers of a snapshot are to be shown; then they are taken as shown."""
        now, about = self._clock(), (snapshot.sample, snapshot.network, snapshot.run)
        moment = snapshot.moment
        moving = not snapshot.settled and moment is not None and not moment.recorded
        if moving and about == self._about and now - self._shown_at < SECONDS:
            return False
        self._shown_at, self._about = now, about
        return True
