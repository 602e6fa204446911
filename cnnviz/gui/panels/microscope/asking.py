"""What the microscope asks of a snapshot, and what it takes from one. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.gui.panels.microscope.facts import Facts
from cnnviz.gui.panels.microscope.page import Scale
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.values import ValuesOf

if TYPE_CHECKING:
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.arithmetic.terms import Place
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network


def questions_about(network: Network, node: str) -> Questions:
    """All values of a layer and of its neighbours, so that a click on one is answered at once, and their scales."""
    near = {node, *network.inputs.get(node, ()), *network.outputs.get(node, ())} & network.nodes.keys()
    return frozenset({KernelsOf(node), *(MapsOf(one, 0) for one in near), *(ValuesOf(one) for one in near)})


def value_at(snapshot: Snapshot | None, place: Place | None) -> Value | None:
    """The value at a place; None where the snapshot has none."""
    if snapshot is None or place is None or min(place.channel, place.row, place.column) < 0:
        return None
    values = snapshot.answer(ValuesOf(place.node))
    return None if values is None else values.at(place)


def facts_of(value: Value, snapshot: Snapshot) -> Facts:
    """A value with the scales that the snapshot holds, and what follows it."""
    network, node = snapshot.network, value.place.node
    scales = {name: Scale(maps.limit, maps.signed) for name, maps in snapshot.by_node(MapsOf).items()}
    kernels = snapshot.answer(KernelsOf(node))
    after = None
    followers = network.outputs.get(node, ())
    if len(followers) == 1 and network[followers[0]].family == "activation" and network[followers[0]].elementwise:
        made = value_at(snapshot, replace(value.place, node=followers[0]))
        after = None if made is None else (followers[0], made.value)
    return Facts(value, network, scales, None if kernels is None else kernels.limit, after, snapshot.step)
