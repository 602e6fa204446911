"""Explanations that were made before, kept with the moment and the sample that they belong to. No torch."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.studies.explanation import Asked, Explanation
    from cnnviz.network.graph import Network

KEPT = 48
"""The most explanations that are kept."""
Key = tuple["Path | None", int, int, bytes, "Asked"]


class KeptExplanations:
    """The last explanations. They are found by the run and the step, so that no weights are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Network, Explanation]] = OrderedDict()

    def find(self, folder: Path | None, moment: Moment, sample: Sample, asked: Asked) -> Explanation | None:
        """The explanation at a moment of the run in ``folder`` (None: the present run), if it is kept."""
        network, found = self._kept.get(_key(folder, moment, sample, asked), (None, None))
        return found if network == moment.network else None

    def keep(self, folder: Path | None, moment: Moment, sample: Sample, found: Explanation) -> None:
        """Keep an explanation."""
        self._kept[_key(folder, moment, sample, found.asked)] = moment.network, found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _key(folder: Path | None, moment: Moment, sample: Sample, asked: Asked) -> Key:
    return folder, moment.run, moment.step, sample.image.tobytes(), asked
