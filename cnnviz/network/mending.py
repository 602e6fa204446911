"""Candidates for fixes that depend on the nodes before and after the one with the problem."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.network import graph
from cnnviz.network.fixes import insertion, insertions, removal, replacement
from cnnviz.network.joining import joined, mixed
from cnnviz.network.layers import (
    Concat,
    Dense,
    Dropout,
    Dropout2d,
    Flatten,
    GlobalAvgPool2d,
    Input,
    Layer,
    LayerNorm,
    Output,
    Reshape,
)
from cnnviz.network.problems import AddLayer, Connect, Fix, InsertBefore, RemoveNode, SetParameter, Step, Together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Facts, NodeReport
    from cnnviz.network.shape import Shape

MOST_SOURCES = 3
"""So many places are tried to connect an input from, the nearest first."""
MOST_SIDES = 3
"""In so many ways a vector is tried to be cut into maps."""


@dataclass(frozen=True)
class Mending:
    """Finds candidates for fixes from the reports of the ``nodes``; they have to be tried before they are offered."""

    network: Network
    nodes: Mapping[str, NodeReport]
    facts: Facts

    def of(self, name: str, code: str) -> Iterator[Fix]:
        """Candidates for a problem of the kind ``code`` at a node."""
        find = _FINDERS.get(code)
        return iter(()) if find is None else find(self, name)

    def shapes(self, name: str) -> list[Shape]:
        """The known shapes of the inputs of a node."""
        return [shape for shape in self.nodes[name].inputs if shape is not None]

    @cached_property
    def fed(self) -> frozenset[str]:
        """The Inputs, and all that they feed."""
        starts = self.network.of_kind(Input)
        return frozenset(starts).union(*(self.network.descendants(start) for start in starts))

    @cached_property
    def loose(self) -> list[str]:
        """The ends of the network that no Output reads: of what the Inputs feed, else of all."""
        ends = [
            one for one in self.network.order if not self.network.outputs[one] and self.network[one].kind != "Output"
        ]
        return [one for one in ends if one in self.fed] or ends

    def ended(self) -> Fix:
        """An Output, behind the loose end where there is one alone, with the layers between that it needs."""
        network, after = self.network, self.loose[0] if len(self.loose) == 1 else None
        layers = [*([] if after is None else _between(self, after, Output())), Output()]
        steps: list[Step] = []
        names: list[str] = []
        for layer in layers:
            steps.append(AddLayer(layer, after))
            after = graph.free_id(network, layer, names)
            names.append(after)
        edit = steps[0] if len(steps) == 1 else Together(tuple(steps))
        return Fix("add", edit, {"kind": tuple(layer.caption() for layer in layers)})

    def redirected(self, end: str) -> Iterator[Fix]:
        """Connect an Output to the loose end instead that gives one number for each class, where there is one alone."""
        fitting = [one for one in self.loose if self.nodes[one].output == (self.facts.classes,)]
        if len(fitting) == 1:
            yield Fix("connect", Connect(fitting[0], end), {"source": fitting[0]})

    def fewer(self, names: tuple[str, ...]) -> Iterator[Fix]:
        """Of several Inputs or Outputs: remove an unconnected one; else remove one and let another feed what it fed."""
        network = self.network
        loose = [name for name in names if not network.inputs[name] and not network.outputs[name]]
        for name in loose or names[1:] + names[:1]:
            if fed := network.outputs[name]:
                first = next(other for other in names if other != name)
                wires = [Connect(first, target) for target in fed]
                yield Fix("feed_all", Together((RemoveNode(name), *wires)), {"source": first, "node": name})
            else:
                yield removal(name)


def _answers(mending: Mending, end: str) -> Iterator[Fix]:
    """Another source of an Output that gets maps, or layers between, which give one number for each class."""
    yield from mending.redirected(end)
    (maps,), classes = mending.shapes(end), mending.facts.classes
    if maps[0] == classes:
        yield insertion(end, GlobalAvgPool2d())
    if prod(maps) != classes:
        yield insertion(end, Flatten(), Dense(classes))


def _sources(mending: Mending, name: str) -> Iterator[Fix]:
    """Connect the input of a node: to layers whose output is not read, else to any, the nearest first. Or remove it."""
    network = mending.network
    if not mending.fed:
        return
    beyond = {name, *network.descendants(name), *network.of_kind(Output)}
    near = [one for one in reversed(network.order) if one in mending.fed and one not in beyond]
    loose = [one for one in near if not network.outputs[one]]
    for source in (loose or near)[:MOST_SOURCES]:
        yield _connection(mending, source, name)
    yield removal(name)


def _connection(mending: Mending, source: str, name: str) -> Fix:
    """Connect two nodes, with a Flatten or a Dense between them where the second one needs it."""
    between = _between(mending, source, mending.network[name])
    if not between:
        return Fix("connect", Connect(source, name), {"source": source})
    first, *others = between
    steps: list[Step] = [Connect(source, name, first), *(InsertBefore(name, 0, one) for one in others)]
    values = {"source": source, "kind": tuple(one.caption() for one in between)}
    return Fix("connect_through", steps[0] if len(steps) == 1 else Together(tuple(steps)), values)


def _between(mending: Mending, source: str, layer: Layer) -> list[Layer]:
    """The Flatten and the Dense that a Dense or an Output needs before it to take what a node gives."""
    shape, classes = mending.nodes[source].output, mending.facts.classes
    between: list[Layer] = []
    if shape is not None and len(shape) > 1 and isinstance(layer, Dense | Output):
        between.append(Flatten())
    if shape is not None and prod(shape) != classes and isinstance(layer, Output):
        between.append(Dense(classes))
    return between


def _maps(mending: Mending, name: str) -> Iterator[Fix]:
    """A layer that needs maps, but gets a flat vector."""
    network = mending.network
    flat = _flattening(mending, name)
    needing = next(
        (one for one in _following(network, name) if isinstance(network[one], Dense | Output | Flatten)), None
    )
    if needing is not None and isinstance(network[needing], Flatten):
        needing = None
    if flat is not None:
        yield removal(flat)
        if needing is not None:
            steps = (RemoveNode(flat), InsertBefore(needing, 0, network[flat]))
            yield Fix("move", Together(steps), {"node": flat, "target": needing})
    for layer in (LayerNorm() if network[name].family == "normalization" else None, _plain_dropout(network[name])):
        if layer is not None:
            yield replacement(name, layer)
    if network[name].family in ("pooling", "normalization", "regularization", "shape"):
        yield removal(name)
    ((count,),) = mending.shapes(name)
    before = mending.nodes[flat].inputs[0] if flat is not None else None
    for shape in [before] if before is not None and prod(before) == count else _cut(count):
        reshape = Reshape(shape)
        yield insertion(name, reshape)
        if needing is not None:
            values = {"kind": (reshape.caption(), Flatten().caption())}
            both = (InsertBefore(name, 0, reshape), InsertBefore(needing, 0, Flatten()))
            yield Fix("insert", Together(both), values)


def _flattening(mending: Mending, name: str) -> str | None:
    """The layer that flattened the input of a node, if there are only elementwise layers between both."""
    network = mending.network
    (source,) = network.inputs[name]
    while network[source].elementwise:
        (source,) = network.inputs[source]
    inputs = mending.nodes[source].inputs
    made_flat = len(inputs) == 1 and inputs[0] is not None and len(inputs[0]) == 3
    return source if made_flat and len(mending.nodes[source].output or ()) == 1 else None


def _following(network: Network, name: str) -> Iterator[str]:
    """All nodes that depend on a node, in the order of the network."""
    behind = network.descendants(name)
    return (one for one in network.order if one in behind)


def _plain_dropout(layer: Layer) -> Layer | None:
    return Dropout(layer.p) if isinstance(layer, Dropout2d) else None


def _cut(count: int) -> Iterator[Shape]:
    """Shapes with so many values: square maps with no more rows than maps, the largest first; then 1×1 maps."""
    sides = (side for side in range(64, 1, -1) if count % side**2 == 0 and count // side**2 >= side)
    for side in islice(sides, MOST_SIDES):
        yield count // side**2, side, side
    yield count, 1, 1


def _alike(mending: Mending, name: str) -> Iterator[Fix]:
    """Inputs of a merging layer that differ in their channels or sizes."""
    network, shapes = mending.network, mending.shapes(name)
    concat = isinstance(network[name], Concat)
    for source, shape in zip(network.inputs[name], shapes, strict=True):
        layer = network[source]
        wanted = {one[1:] for one in shapes if one[1:] != shape[1:] and (concat or one[1:] != (1, 1))}
        if layer.family == "convolution" and len(mending.nodes[source].inputs[0] or ()) == 3:
            if getattr(layer, "padding", "same") == "same" or wanted != {(mending.nodes[source].inputs[0] or ())[1:]}:
                continue
            values = {"parameter": f"{source} padding", "value": "same"}
            yield Fix("set", SetParameter(source, "padding", "same"), values)
    for ports in joined(network[name], shapes):
        yield insertions(name, ports)


def _all_flat_or_maps(mending: Mending, name: str) -> Iterator[Fix]:
    """Inputs of a merging layer of which some are flat and some are maps."""
    for ports in mixed(mending.network[name], mending.shapes(name)):
        yield insertions(name, ports)


_FINDERS: Mapping[str, Callable[[Mending, str], Iterator[Fix]]] = MappingProxyType(
    {
        "input_missing": _sources,
        "output_not_flat": _answers,
        "needs_maps": _maps,
        "add_shapes": _alike,
        "concat_shapes": _alike,
        "flat_and_maps": _all_flat_or_maps,
    }
)
