"""At which layer two samples become different. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cnnviz.inspection.answers.distances import Distances
    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network

Measure = Literal["lengths", "cosines"]
LEAST_RISE = 0.02
"""A smaller rise from a layer to the next is not named."""


@dataclass(frozen=True)
class Rise:
    """The layer ``node`` at which the distance rises most, from ``before`` in its inputs to ``after``."""

    node: str
    before: float
    after: float


def values_of(found: Distances, measure: Measure) -> Array:
    """The distances by a measure, float32 (nodes,)."""
    return found.lengths if measure == "lengths" else found.cosines


def steepest(network: Network, found: Distances, measure: Measure) -> Rise | None:
    """The largest rise over all layers; None if the distance rises nowhere by at least :data:`LEAST_RISE`."""
    values = dict(zip(found.nodes, values_of(found, measure).tolist(), strict=True))
    rises = [
        Rise(node, max(values[source] for source in sources), values[node])
        for node in found.nodes
        if (sources := [source for source in network.inputs[node] if source in values])
    ]
    largest = max(rises, key=lambda rise: rise.after - rise.before, default=None)
    return None if largest is None or largest.after - largest.before < LEAST_RISE else largest
