"""One value of a layer: its arithmetic, and the pixels that it depends on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cnnviz.inspection.arithmetic.terms import quietly
from cnnviz.inspection.questions import Array, Question
from cnnviz.network.paths import seen_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.inspection.arithmetic.forms import Arithmetic
    from cnnviz.inspection.arithmetic.terms import Place
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.graph import Network
    from cnnviz.network.paths import Frame
    from cnnviz.network.report import Shapes


@dataclass(frozen=True, eq=False)
class Value:
    """One value of a node, as torch has computed it, and its arithmetic.

    ``map``: float32 (H, W), the whole map that the value is in, or (n,) for a vector. ``inputs``: for each node that
    is read its output, float32 (C, H, W) or (n,).
    """

    place: Place
    value: float
    map: Array
    inputs: Mapping[str, Array]
    arithmetic: Arithmetic
    _moment: Moment

    @cached_property
    def frames(self) -> Mapping[str, Frame]:
        """The values that this one depends on, of each node up to its own; nodes without any are absent."""
        moment, place = self._moment, self.place
        return seen_by(moment.network, moment.shapes, place.node, place.index)

    @property
    def shapes(self) -> Shapes:
        """The shapes of all nodes at that moment."""
        return self._moment.shapes

    @property
    def seen(self) -> tuple[int, int, int, int] | None:
        """First row, first column, row and column behind the last of the bounding box of the pixels that the value
        depends on; None where there are none."""
        frame = self.frames.get(self._moment.shapes.used[0])
        return None if frame is None else (frame.rows.start, frame.columns.start, frame.rows.stop, frame.columns.stop)


@dataclass(frozen=True)
class ValueOf(Question[Value]):
    """One value of a node's output for the sample."""

    place: Place

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.place.node, *network.inputs.get(self.place.node, ()))

    def possible(self, moment: Moment) -> bool:
        """The place may lie outside the maps since the network was edited."""
        return has_place(moment.shapes, self.place)


def has_place(shapes: Shapes, place: Place) -> bool:
    """Whether there is such a value: its node takes part, and the place lies inside its output."""
    if place.node not in shapes.taking_part:
        return False
    shape = shapes.nodes[place.node].output
    if shape is None:
        return False
    sizes = shape if len(shape) == 3 else (*shape, 1, 1)
    return all(0 <= index < size for index, size in zip(place.index, sizes, strict=True))


@quietly
def value(look: Look, question: ValueOf) -> Value:
    """The answer: the value and its arithmetic."""
    # not at the top of the file: a window that shows no value needs none of it
    from cnnviz.inspection.arithmetic.table import ARITHMETIC

    place = question.place
    output = look.outputs[place.node]
    network = look.moment.network
    layer = network[place.node]
    at = place.index[: output.ndim]
    return Value(
        place,
        float(output[at]),
        output[place.channel] if output.ndim > 1 else output,
        {source: look.outputs[source] for source in network.inputs[place.node]},
        ARITHMETIC[type(layer)](look, layer, place),
        look.moment,
    )
