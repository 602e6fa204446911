"""Answers about a sample that were computed before, by the moment and the sample that they belong to. No torch."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from pathlib import Path

    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.network.graph import Network
    from cnnviz.training.events import Event

F = TypeVar("F")
KEPT = 48
"""The most answers that are kept."""
Key = tuple["Path | None", int, int, bytes, "Hashable"]
"""Folder of the run if it was opened, number of the run, step, pixels of the sample, and request."""


class KeptAnswers(Generic[F]):
    """The last answers. Keys hold the run and the step instead of the moment, so that no weights stay in memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Network, F]] = OrderedDict()

    def find(self, folder: Path | None, moment: Moment, sample: Sample, asked: Hashable) -> F | None:
        """The answer at a moment of the run in ``folder`` (None: the present run), if it is kept."""
        network, found = self._kept.get(_key(folder, moment, sample, asked), (None, None))
        return found if network == moment.network else None

    def keep(self, folder: Path | None, moment: Moment, sample: Sample, asked: Hashable, found: F) -> None:
        """Keep an answer."""
        self._kept[_key(folder, moment, sample, asked)] = moment.network, found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def forget_restarted(self, events: Iterable[Event]) -> set[int]:
        """Forget the answers about runs whose numbers are used again, for other weights; returns these numbers.

        A run without a step leaves its number to the next one.
        """
        started = {event.run for event in events if isinstance(event, RunStarted)}
        for key in [key for key in self._kept if key[0] is None and key[1] in started]:
            del self._kept[key]
        return started


def _key(folder: Path | None, moment: Moment, sample: Sample, asked: Hashable) -> Key:
    return folder, moment.run, moment.step, sample.image.tobytes(), asked
