"""The maps of a layer: what it gives for the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.inspection.questions import Array, NodeQuestion, Question
from cnnviz.inspection.scales import by_strength, largest

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look
    from cnnviz.network.graph import Network

WITHIN = 0.997
"""Share of a layer's values that its scale spans: a few large ones do not make all others dark."""
MOST_SORTED = 2**16
"""Values that a scale is read from; of more, evenly spaced ones are taken."""


@dataclass(frozen=True, eq=False)
class Maps:
    """The output of one node for the sample, in evaluation mode.

    ``values``: float32 (n, H, W) for maps or (n,) for a flat vector, the rows being those of ``channels``; ``total`` is
    how many channels the node has. ``limit`` > 0 is the layer's scale: signed values are drawn from -limit to limit,
    others from 0 to limit; it holds still while training, and what lies beyond is drawn full. ``strongest`` are all
    channels of maps, those whose values differed most when the sample was chosen first; empty for a vector.
    ``strongest_now`` are all channels in the order of these values; empty while training moves on. ``zeros`` is the
    share in [0, 1] of all values of the node that are 0.
    """

    values: Array
    channels: tuple[int, ...]
    total: int
    signed: bool
    limit: float
    strongest: tuple[int, ...] = ()
    zeros: float = 0.0
    strongest_now: tuple[int, ...] = ()


@dataclass(frozen=True)
class MapsOf(NodeQuestion[Maps]):
    """The maps of a node: ``count`` of the strongest, all of them (None), or only what is said of all together (0)."""

    node: str
    count: int | None = None

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.node,)

    def covers(self, other: Question[Any]) -> bool:
        """More maps of the same node cover fewer of them."""
        if not isinstance(other, MapsOf) or other.node != self.node:
            return False
        return self.count is None or (other.count is not None and other.count <= self.count)


def maps(look: Look, question: MapsOf) -> Maps:
    """The answer: what the node gives, on the scale of its layer."""
    values = look.outputs[question.node]
    total = len(values)
    known = look.scales.known("maps", question.node)
    limit = look.scales.limit("maps", question.node, span(values, known))
    zeros = np.count_nonzero(values == 0) / max(1, values.size)
    strongest: tuple[int, ...] = ()
    now: tuple[int, ...] = ()
    chosen = tuple(range(total))
    if values.ndim > 1:
        strongest = look.scales.strongest(question.node, values)
        now = by_strength(values) if look.moment.settled else ()
        if question.count is not None:
            chosen = tuple(sorted(strongest[: question.count]))
            values = values.take(chosen, axis=0)
            values.flags.writeable = False
    return Maps(values, chosen, total, look.signed[question.node], limit, strongest, zeros, now)


def span(values: Array, known: float = 0.0) -> float:
    """The absolute value that :data:`WITHIN` of the values stay below or reach, or ``known`` where that is no less; of
    a vector the largest one."""
    if values.ndim == 1:
        return largest(values)
    sizes = np.abs(values.ravel()[:: -(-values.size // MOST_SORTED)])
    place = int(WITHIN * (len(sizes) - 1))
    # counting is twenty times faster than sorting, and a scale seldom widens
    if np.count_nonzero(sizes > known) < len(sizes) - place:
        return known
    return float(np.partition(sizes, place)[place])
