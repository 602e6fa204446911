"""The coordinates of the sample among the points of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.questions import Array, NodeQuestion

if TYPE_CHECKING:
    from cnnviz.inspection.axes import Axes
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Moment
    from cnnviz.network.graph import Network


@dataclass(frozen=True)
class PointOf(NodeQuestion[Array]):
    """The coordinates of the output of ``node`` for the sample on ``axes``, float32 (K,)."""

    node: str
    axes: Axes

    def outputs(self, network: Network) -> tuple[str, ...]:
        """See :meth:`Question.outputs`."""
        return (self.node,)

    def possible(self, moment: Moment) -> bool:
        """Whether the network still has the node, and its output has as many values as the axes."""
        return super().possible(moment) and self.axes.fits(moment)


def point(look: Look, question: PointOf) -> Array:
    """The answer, float32 (K,): the output minus the mean of the axes, times each direction."""
    components = question.axes.components
    return frozen(components.directions @ (look.outputs[question.node].ravel() - components.mean))
