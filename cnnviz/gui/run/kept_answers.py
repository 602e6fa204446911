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

A = TypeVar("A")
MOST_KEPT = 48
"""The most answers that are kept."""
Key = tuple["Path | None", int, int, bytes, "Hashable"]
"""Folder of the run if it was opened, number of the run, step, pixels of the sample, and request."""


class KeptAnswers(Generic[A]):
    """The last answers. Keys hold the run and the step instead of the moment, so that no weights stay in memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Network, A]] = OrderedDict()

    def find(self, folder: Path | None, moment: Moment, sample: Sample, asked: Hashable) -> A | None:
        """The answer at a moment of the run in ``folder`` (None: the present run), if it is kept."""
        network, answer = self._kept.get(_key(folder, moment, sample, asked), (None, None))
        return answer if network == moment.network else None

    def keep(self, folder: Path | None, moment: Moment, sample: Sample, asked: Hashable, answer: A) -> None:
        """Keep an answer."""
        self._kept[_key(folder, moment, sample, asked)] = moment.network, answer
        while len(self._kept) > MOST_KEPT:
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
