"""The inspected value, the questions about it, and the page made from the answers. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnnviz.gui.panels.microscope.backward import gradient_page
from cnnviz.gui.panels.microscope.facts import Activation, Facts
from cnnviz.gui.panels.microscope.page import Scale
from cnnviz.gui.panels.microscope.state import page
from cnnviz.gui.panels.microscope.weights import weight_page
from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.answers.weight_gradient import WeightGradientOf
from cnnviz.inspection.scales import SMALLEST_LIMIT

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.facts import Options
    from cnnviz.gui.panels.microscope.page import Page, WeightAt
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.answers.weight_gradient import WeightGradient
    from cnnviz.inspection.arithmetic.terms import Place
    from cnnviz.inspection.questions import Question, Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network
    from cnnviz.training.weight_step import WeightStep


@dataclass(frozen=True)
class Looking:
    """The inspected object: a value, the ``whole`` map that contains it, or a ``weight`` with which it is computed.

    ``backward``: show how the loss depends on it, instead of how it is computed. A weight is always shown backward.
    """

    place: Place
    whole: bool = False
    backward: bool = False
    weight: WeightAt | None = None


class HeldScales:
    """Limits of colour scales, which only widen until they are reset."""

    def __init__(self) -> None:
        self._limits: dict[str, float] = {}

    def forget(self) -> None:
        """Reset all limits."""
        self._limits.clear()

    def hold(self, name: str, span: float) -> float:
        """The limit of the scale of this name, widened to at least ``span``."""
        limit = max(SMALLEST_LIMIT, span, self._limits.get(name, 0.0))
        self._limits[name] = limit
        return limit


def questions_about(network: Network, looking: Looking) -> Questions:
    """All values of a layer and of its neighbours, so that a click on one is answered at once, their scales, and the
    gradients where these are looked at."""
    place = looking.place
    node = place.node
    nodes = {node, *network.inputs.get(node, ()), *network.outputs.get(node, ())} & network.nodes.keys()
    questions: set[Question[Any]] = {
        KernelsOf(node),
        *(MapsOf(name, 0) for name in nodes),
        *(ValuesOf(name) for name in nodes),
    }
    if looking.weight is not None:
        questions.add(gradient_of(node, looking.weight))
    elif looking.backward:
        questions.add(GradientOf(place))
    return frozenset(questions)


def page_of(
    snapshot: Snapshot, looking: Looking, options: Options, scales: HeldScales, step: WeightStep | None
) -> Page | None:
    """The page of the inspected object; None if the snapshot lacks its answers."""
    if looking.weight is not None:
        of_weight = weight_gradient_at(snapshot, looking)
        return None if of_weight is None else weight_page(of_weight, step, options, scales.hold)
    if looking.backward:
        gradient = snapshot.answer(GradientOf(looking.place))
        return None if gradient is None else gradient_page(gradient, options, scales.hold)
    value = value_at(snapshot, looking.place)
    return None if value is None else page(facts_of(value, snapshot), options)


def value_at(snapshot: Snapshot | None, place: Place | None) -> Value | None:
    """The value at a place; None if the snapshot does not have it."""
    if snapshot is None or place is None or min(place.channel, place.row, place.column) < 0:
        return None
    values = snapshot.answer(ValuesOf(place.node))
    return None if values is None else values.at(place)


def is_gone(snapshot: Snapshot, looking: Looking) -> bool:
    """Whether an edit has kept the layer of the inspected object, but removed its map, value or weight."""
    values = snapshot.answer(ValuesOf(looking.place.node))
    if values is None:
        return False
    if looking.weight is None or snapshot.moment is None:
        return values.at(looking.place) is None
    return not gradient_of(looking.place.node, looking.weight).possible(snapshot.moment)


def gradient_of(node: str, weight: WeightAt) -> WeightGradientOf:
    """The question about the gradient of a weight."""
    return WeightGradientOf(node, weight.index, weight.parameter)


def weight_gradient_at(snapshot: Snapshot | None, looking: Looking | None) -> WeightGradient | None:
    """The gradient of the weight that is looked at; None if there is none, or if the snapshot does not have it."""
    if snapshot is None or looking is None or looking.weight is None:
        return None
    return snapshot.answer(gradient_of(looking.place.node, looking.weight))


def facts_of(value: Value, snapshot: Snapshot) -> Facts:
    """A value with the colour scales in the snapshot, and the activation that follows."""
    network, node = snapshot.network, value.place.node
    scales = {name: Scale(maps.limit, maps.signed) for name, maps in snapshot.by_node(MapsOf).items()}
    kernels = snapshot.answer(KernelsOf(node))
    activation = None
    followers = network.outputs.get(node, ())
    if len(followers) == 1:
        (follower,) = followers
        if network[follower].family == "activation" and network[follower].elementwise:
            activated = value_at(snapshot, replace(value.place, node=follower))
            activation = None if activated is None else Activation(follower, activated.value)
    return Facts(value, network, scales, None if kernels is None else kernels.limit, activation, snapshot.step)
