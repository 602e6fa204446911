"""Finds candidates for fixes that depend on the nodes before and after the node with the problem."""

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
    BatchNorm1d,
    BatchNorm2d,
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
"""How many sources are tried for a missing input, the nearest first."""
MOST_SIDES, LARGEST_SIDE = 3, 64
"""How many square maps are tried for reshaping a vector, and their largest side."""


@dataclass(frozen=True)
class Mending:
    """Finds candidates for fixes from the reports of the ``nodes``; they must be tried before they are offered."""

    network: Network
    nodes: Mapping[str, NodeReport]
    facts: Facts

    def of(self, name: str, code: str) -> Iterator[Fix]:
        """Candidates for fixing the problem ``code`` at a node."""
        find = _FINDERS.get(code)
        return iter(()) if find is None else find(self, name)

    def shapes(self, name: str) -> list[Shape]:
        """The known shapes of the inputs of a node."""
        return [shape for shape in self.nodes[name].inputs if shape is not None]

    @cached_property
    def fed(self) -> frozenset[str]:
        """All nodes that can be reached from an Input, the Inputs included."""
        starts = self.network.of_kind(Input)
        return frozenset(starts).union(*(self.network.descendants(start) for start in starts))

    @cached_property
    def loose(self) -> list[str]:
        """The nodes without targets, Outputs excluded: those that an Input reaches; if there are none, all."""
        network = self.network
        ends = [name for name in network.order if not network.outputs[name] and network[name].kind != "Output"]
        return [name for name in ends if name in self.fed] or ends

    def ended(self) -> Fix:
        """Add an Output; if there is exactly one loose end, after it, with the layers that are needed between."""
        network, after = self.network, self.loose[0] if len(self.loose) == 1 else None
        layers = [*([] if after is None else _between(self, after, Output())), Output()]
        steps: list[Step] = []
        names: list[str] = []
        for layer in layers:
            steps.append(AddLayer(layer, after))
            after = graph.free_id(network, layer, names)
            names.append(after)
        edit = steps[0] if len(steps) == 1 else Together(tuple(steps))
        return Fix("add", edit, {"kind": tuple(layer.brief() for layer in layers)})

    def redirected(self, end: str) -> Iterator[Fix]:
        """Connect an Output to the loose end that gives one number for each class, if there is exactly one."""
        fitting = [name for name in self.loose if self.nodes[name].output == (self.facts.classes,)]
        if len(fitting) == 1:
            yield Fix("connect", Connect(fitting[0], end), {"source": fitting[0]})

    def fewer(self, names: tuple[str, ...]) -> Iterator[Fix]:
        """Of several Inputs or Outputs, remove one: an unconnected one; else any, and another feeds its targets."""
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
    """For an Output that gets maps: another source, or layers before it, that give one number for each class."""
    yield from mending.redirected(end)
    (maps,), classes = mending.shapes(end), mending.facts.classes
    if maps[0] == classes:
        yield insertion(end, GlobalAvgPool2d())
    if prod(maps) != classes:
        yield insertion(end, Flatten(), Dense(classes))


def _sources(mending: Mending, name: str) -> Iterator[Fix]:
    """Connect the input of a node to a loose end, or else to any node, the nearest first. Or remove the node."""
    network = mending.network
    if not mending.fed:
        return
    beyond = {name, *network.descendants(name), *network.of_kind(Output)}
    possible = [other for other in reversed(network.order) if other in mending.fed and other not in beyond]
    loose = [other for other in possible if not network.outputs[other]]
    for source in (loose or possible)[:MOST_SOURCES]:
        yield _connection(mending, source, name)
    yield removal(name)


def _connection(mending: Mending, source: str, name: str) -> Fix:
    """Connect two nodes, with a Flatten or a Dense between them if the target needs it."""
    between = _between(mending, source, mending.network[name])
    if not between:
        return Fix("connect", Connect(source, name), {"source": source})
    first, *others = between
    steps: list[Step] = [Connect(source, name, first), *(InsertBefore(name, 0, layer) for layer in others)]
    values = {"source": source, "kind": tuple(layer.brief() for layer in between)}
    return Fix("connect_through", steps[0] if len(steps) == 1 else Together(tuple(steps)), values)


def _between(mending: Mending, source: str, layer: Layer) -> list[Layer]:
    """The Flatten and the Dense that are needed between a node and a Dense or an Output."""
    shape, classes = mending.nodes[source].output, mending.facts.classes
    between: list[Layer] = []
    if shape is not None and len(shape) > 1 and isinstance(layer, Dense | Output):
        between.append(Flatten())
    if shape is not None and prod(shape) != classes and isinstance(layer, Output):
        between.append(Dense(classes))
    return between


def _maps(mending: Mending, name: str) -> Iterator[Fix]:
    """For a layer that needs maps but gets a flat vector."""
    network = mending.network
    flat = _flattening(mending, name)
    needing = next(
        (other for other in _following(network, name) if isinstance(network[other], Dense | Output | Flatten)), None
    )
    if needing is not None and isinstance(network[needing], Flatten):
        needing = None
    if flat is not None:
        yield removal(flat)
        if needing is not None:
            steps = (RemoveNode(flat), InsertBefore(needing, 0, network[flat]))
            yield Fix("move", Together(steps), {"node": flat, "target": needing})
    for layer in _for_vectors(network[name]):
        yield replacement(name, layer)
    if network[name].family in ("pooling", "normalization", "regularization", "shape"):
        yield removal(name)
    ((count,),) = mending.shapes(name)
    before = mending.nodes[flat].inputs[0] if flat is not None else None
    for shape in [before] if before is not None and prod(before) == count else _cut(count):
        reshape = Reshape(shape)
        yield insertion(name, reshape)
        if needing is not None:
            values = {"kind": (reshape.brief(), Flatten().brief())}
            both = (InsertBefore(name, 0, reshape), InsertBefore(needing, 0, Flatten()))
            yield Fix("insert", Together(both), values)


def _flattening(mending: Mending, name: str) -> str | None:
    """The layer that flattened the input of a node, if only elementwise layers are between them; else None."""
    network = mending.network
    (source,) = network.inputs[name]
    while network[source].elementwise:
        (source,) = network.inputs[source]
    inputs = mending.nodes[source].inputs
    made_flat = len(inputs) == 1 and inputs[0] is not None and len(inputs[0]) == 3
    return source if made_flat and len(mending.nodes[source].output or ()) == 1 else None


def _following(network: Network, name: str) -> Iterator[str]:
    """All descendants of a node, in the order of the network."""
    descendants = network.descendants(name)
    return (other for other in network.order if other in descendants)


def _for_vectors(layer: Layer) -> Iterator[Layer]:
    """Kinds for flat vectors that do what this layer does with maps."""
    if isinstance(layer, BatchNorm2d):
        yield BatchNorm1d(layer.eps, layer.momentum, layer.affine)
    if layer.family == "normalization":
        yield LayerNorm()
    if isinstance(layer, Dropout2d):
        yield Dropout(layer.p)


def _for_maps(mending: Mending, name: str) -> Iterator[Fix]:
    """For a BatchNorm1d that gets maps: a BatchNorm2d, or a Flatten before it; a Dense names its Flatten itself."""
    layer = mending.network[name]
    if isinstance(layer, BatchNorm1d):
        yield replacement(name, BatchNorm2d(layer.eps, layer.momentum, layer.affine))
        yield insertion(name, Flatten())


def _cut(count: int) -> Iterator[Shape]:
    """Shapes with ``count`` values: square maps, largest first, that have at least as many channels as rows; then
    1×1."""
    sides = (side for side in range(LARGEST_SIDE, 1, -1) if count % side**2 == 0 and count // side**2 >= side)
    for side in islice(sides, MOST_SIDES):
        yield count // side**2, side, side
    yield count, 1, 1


def _alike(mending: Mending, name: str) -> Iterator[Fix]:
    """For a merging layer whose inputs differ in their channels or sizes."""
    network, shapes = mending.network, mending.shapes(name)
    concat = isinstance(network[name], Concat)
    for source, shape in zip(network.inputs[name], shapes, strict=True):
        if network[source].family != "convolution" or getattr(network[source], "padding", "same") == "same":
            continue
        # with padding "same" the output of a convolution is as large as its input: as large as the others have to be
        before = mending.nodes[source].inputs[0] or ()
        sizes = {other[1:] for other in shapes if other[1:] != shape[1:] and (concat or other[1:] != (1, 1))}
        if len(before) == 3 and sizes == {before[1:]}:
            values = {"node": source, "parameter": "padding", "value": "same"}
            yield Fix("set_of", SetParameter(source, "padding", "same"), values)
    for ports in joined(network[name], shapes):
        yield insertions(name, ports)


def _all_flat_or_maps(mending: Mending, name: str) -> Iterator[Fix]:
    """For a merging layer with some flat inputs and some maps."""
    for ports in mixed(mending.network[name], mending.shapes(name)):
        yield insertions(name, ports)


_FINDERS: Mapping[str, Callable[[Mending, str], Iterator[Fix]]] = MappingProxyType(
    {
        "input_missing": _sources,
        "output_not_flat": _answers,
        "needs_maps": _maps,
        "needs_flat": _for_maps,
        "add_shapes": _alike,
        "concat_shapes": _alike,
        "flat_and_maps": _all_flat_or_maps,
    }
)
