"""The feature maps of a layer: its output for the sample."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.inspection.questions import Array, NodeQuestion, Question

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Sample
    from cnnviz.network.graph import Network


@dataclass(frozen=True, eq=False)
class Maps:
    """The output of one node for the sample, in evaluation mode.

    ``values``: float32 (n, H, W) for maps or (n,) for a vector; ``channels`` are the channels in these rows, ``total``
    is the number of channels that the node has. ``signed`` is True if the output can be negative. ``limit`` > 0 is the
    robust colour scale of the layer: signed values are drawn from -limit to limit, others from 0 to limit, and values
    beyond it in the last colour; no value lies beyond the scale ``full``. Both hardly change while training.
    ``strongest`` are all channels of maps, ordered by their standard deviation when the sample, the network or the run
    last became another one or the user asked for it, largest first; empty for a vector. ``strongest_now`` are all
    channels in the order of the present values; while training runs, of values that are a few seconds old. The first
    order is that at step ``chosen_at`` for the sample ``chosen_for``. ``zeros`` is the share, in [0, 1], of all values
    of the node that are 0.
    """

    values: Array
    channels: tuple[int, ...]
    total: int
    signed: bool
    limit: float
    strongest: tuple[int, ...] = ()
    zeros: float = 0.0
    strongest_now: tuple[int, ...] = ()
    full: float = 0.0
    chosen_at: int = 0
    chosen_for: Sample | None = None


@dataclass(frozen=True)
class MapsOf(NodeQuestion[Maps]):
    """Asks for the maps of a node: the ``count`` strongest, all (None), or none and only the summary (0).

    ``pinned`` channels replace the weakest of the ``count`` strongest.
    """

    node: str
    count: int | None = None
    pinned: tuple[int, ...] = ()

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.node,)

    def covers(self, other: Question[Any]) -> bool:
        """A question for more maps of the same node covers a question for fewer."""
        if not isinstance(other, MapsOf) or other.node != self.node:
            return False
        if self.count is None or other.count == 0:
            return True
        return other.count is not None and other.count <= self.count and other.pinned == self.pinned


def maps(look: Look, question: MapsOf) -> Maps:
    """Answer the question: the output of the node, with the colour scale of its layer."""
    values = look.outputs[question.node]
    total = len(values)
    limit, full = look.scales.limits("maps", question.node, values)
    zeros = np.count_nonzero(values == 0) / max(1, values.size)
    signed = look.signed[question.node]
    chosen = tuple(range(total))
    if values.ndim == 1:
        return Maps(values, chosen, total, signed, limit, zeros=zeros, full=full)
    judge = look.judge and question.count != 0
    order, now = look.scales.orders(question.node, values, look.moment.step, look.sample, judge=judge)
    if question.count is not None:
        chosen = choose(order.channels, question.count, question.pinned)
        values = values.take(chosen, axis=0)
        values.flags.writeable = False
    return Maps(values, chosen, total, signed, limit, order.channels, zeros, now, full, order.step, order.sample)


def choose(strongest: tuple[int, ...], count: int, pinned: tuple[int, ...]) -> tuple[int, ...]:
    """``count`` channels, ascending: the pinned channels, and the strongest of the others."""
    kept = [channel for channel in pinned if channel < len(strongest)][:count]
    others = (channel for channel in strongest if channel not in set(kept))
    return tuple(sorted([*kept, *islice(others, count - len(kept))]))
