"""How often numbers change on screen while training: nobody can read ten of them a second."""

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
        self._subject: tuple[Sample | None, Network | None, int] = (None, None, 0)
        """The sample, network and run of the numbers that were shown last."""

    def take(self, snapshot: Snapshot) -> bool:
        """Returns whether the numbers of a snapshot are to be shown now; if so, notes that they were."""
        now, subject = self._clock(), (snapshot.sample, snapshot.network, snapshot.run)
        moment = snapshot.moment
        moving = not snapshot.settled and moment is not None and not moment.recorded
        if moving and subject == self._subject and now - self._shown_at < SECONDS:
            return False
        self._shown_at, self._subject = now, subject
        return True
