"""All values of a layer. The arithmetic of each is computed on demand, without another pass through the network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.answers.value import Value, ValueOf, value
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.questions import NodeQuestion

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network

_MOST_RECENT = 8
"""Values whose arithmetic is kept for the next view that asks for them."""


@dataclass(frozen=True, eq=False)
class Values:
    """The output of a node, and the inputs from which it was computed. One thread at a time may use it.

    ``output``: float32 (C, H, W) or (n,).
    """

    node: str
    output: Array
    _look: Look
    _recent: dict[Place, Value | None] = field(default_factory=dict)
    """The values that :meth:`at` has returned most recently: several views show the same value."""

    def at(self, place: Place) -> Value | None:
        """The value at a place of this node, with its arithmetic; None if the node has no such place."""
        if place not in self._recent:
            if len(self._recent) >= _MOST_RECENT:
                self._recent.clear()
            self._recent[place] = self._at(place)
        return self._recent[place]

    def _at(self, place: Place) -> Value | None:
        question = ValueOf(place)
        if place.node != self.node or not question.possible(self._look.moment):
            return None
        return value(self._look, question)

    def strongest(self, channel: int | None = None) -> Place:
        """The place of the value farthest from 0 in the map ``channel``, or in all maps if there is no such map."""
        first, values = 0, self.output
        if channel is not None and values.ndim > 1 and 0 <= channel < len(values):
            first, values = channel, values[channel : channel + 1]
        at = np.unravel_index(int(np.argmax(np.nan_to_num(np.abs(values)))), values.shape)
        return Place(self.node, first + int(at[0]), *map(int, at[1:]))


@dataclass(frozen=True)
class ValuesOf(NodeQuestion[Values]):
    """Asks for all values of a node's output for the sample, with their arithmetic on demand."""

    node: str

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.node, *network.inputs.get(self.node, ()))


def values(look: Look, question: ValuesOf) -> Values:
    """Answer the question: keep the outputs that the arithmetic needs; it is computed later, by :meth:`Values.at`."""
    node = question.node
    outputs = {name: look.outputs[name] for name in question.outputs(look.moment.network)}
    return Values(node, look.outputs[node], replace(look, outputs=outputs))
