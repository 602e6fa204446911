"""The network as an immutable value, and its edits: functions from a network to the next one.

A :class:`Network` is always a directed acyclic graph with valid ids and consecutive input ports; an edit that would
break this raises :class:`GraphError`. Whether the layers fit together is checked by :mod:`cnnviz.network.check`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.network.names import is_id, numbered
from cnnviz.quoting import shortened
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.network.layers.base import Layer


MESSAGES: Mapping[str, str] = {
    "bad_id": "“{id}” cannot be a layer's name: use letters, digits, - and _, starting with a letter or _.",
    "duplicate_id": "There are two layers named “{id}”.",
    "unknown_node": "There is no layer named “{id}”.",
    "cycle": "The wires form a cycle through “{id}”; images could never come out of it.",
    "port_count": "“{id}” has no input number {port}.",
    "port_gap": "The inputs of “{id}” are not numbered one after the other.",
    "no_input": "{kind} “{id}” has no input to connect to.",
    "no_output": "Output “{id}” is the end; nothing follows it.",
    "already_connected": "“{source}” is already connected to “{id}”.",
}


class GraphError(SaidError, ValueError):
    """An edit is not possible. ``code`` is a key of :data:`MESSAGES`."""

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, shortened(values)
        super().__init__(Sentence(MESSAGES[code], **self.values))


@dataclass(frozen=True, slots=True)
class Node:
    """One layer in a network. The id is its name on screen and in code; it contains no dot.

    ``origin`` is the original id of a renamed node, and empty for others; it lets a node keep its weights when it is
    renamed. It is neither compared nor saved. Training does not change the weights of a ``frozen`` node.
    """

    id: str
    layer: Layer
    origin: str = field(default="", compare=False)
    frozen: bool = False

    @property
    def identity(self) -> str:
        """The id with which the node was created."""
        return self.origin or self.id


class Edge(NamedTuple):
    """A wire from the output of ``source`` to input number ``port`` of ``target``."""

    source: str
    target: str
    port: int = 0


@dataclass(frozen=True)
class Network:
    """Nodes by id, and the wires between them. Immutable and compared by value."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: frozenset[Edge] = frozenset()

    def __post_init__(self) -> None:
        nodes = dict(self.nodes)
        object.__setattr__(self, "nodes", MappingProxyType(nodes))
        for name in nodes:
            if not is_id(name):
                raise GraphError("bad_id", id=name)
        for edge in self.edges:
            self._check_ends(edge, nodes)
        for name, edges in self._into.items():
            if [edge.port for edge in edges] != [*range(len(edges))]:
                raise GraphError("port_gap", id=name)
        if len(self.order) < len(self.nodes):
            raise GraphError("cycle", id=next(name for name in self.nodes if name in self.descendants(name)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return self.edges == other.edges and dict(self.nodes) == dict(other.nodes)

    def __hash__(self) -> int:
        return hash((frozenset(self.nodes.values()), self.edges))

    def __getitem__(self, node: str) -> Layer:
        return self.nodes[node].layer

    @cached_property
    def inputs(self) -> Mapping[str, tuple[str, ...]]:
        """For each node the ids of its sources, in the order of its ports."""
        return {name: tuple([edge.source for edge in edges]) for name, edges in self._into.items()}

    @cached_property
    def outputs(self) -> Mapping[str, tuple[str, ...]]:
        """For each node the ids of its targets, in the order of the nodes; twice if two ports of a target read it."""
        following: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, sources in self.inputs.items():
            for source in sources:
                following[source].append(name)
        return {name: tuple(targets) for name, targets in following.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All ids in topological order (Kahn's algorithm, stable in the order of nodes)."""
        waiting = {name: len(sources) for name, sources in self.inputs.items()}
        ready = [name for name, count in waiting.items() if count == 0]
        order: list[str] = []
        for name in ready:
            order.append(name)
            for target in self.outputs[name]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
        return tuple(order)

    @cached_property
    def frozen(self) -> frozenset[str]:
        """The ids of all frozen nodes."""
        return frozenset([name for name, node in self.nodes.items() if node.frozen])

    def of_kind(self, kind: type[Layer]) -> tuple[str, ...]:
        """The ids of all nodes of a layer kind, subclasses included."""
        found = [names for layer_kind, names in self._by_kind.items() if issubclass(layer_kind, kind)]
        if len(found) < 2:
            return found[0] if found else ()
        names = frozenset().union(*found)
        return tuple(name for name in self.nodes if name in names)

    def ancestors(self, node: str) -> frozenset[str]:
        """Every node that feeds ``node``, directly or not; without ``node`` itself."""
        return _reach(node, self.inputs)

    def descendants(self, node: str) -> frozenset[str]:
        """Every node that ``node`` feeds, directly or not; without ``node`` itself."""
        return _reach(node, self.outputs)

    @cached_property
    def _by_kind(self) -> Mapping[type[Layer], tuple[str, ...]]:
        kinds: dict[type[Layer], list[str]] = {}
        for name, node in self.nodes.items():
            kinds.setdefault(type(node.layer), []).append(name)
        return {kind: tuple(names) for kind, names in kinds.items()}

    @cached_property
    def _into(self) -> Mapping[str, list[Edge]]:
        """For each node the wires that enter it, in the order of its ports."""
        into: dict[str, list[Edge]] = {name: [] for name in self.nodes}
        for edge in self.edges:
            into[edge.target].append(edge)
        for edges in into.values():
            if len(edges) > 1:
                edges.sort(key=attrgetter("port"))
        return into

    def _check_ends(self, edge: Edge, nodes: Mapping[str, Node]) -> None:
        source, target, port = edge
        for end in (source, target):
            if end not in nodes:
                raise GraphError("unknown_node", id=end)
        layer = nodes[target].layer
        most = layer.most_inputs
        if most == 0:
            raise GraphError("no_input", id=target, kind=layer.kind)
        if port < 0 or (most is not None and port >= most):
            raise GraphError("port_count", id=target, port=port + 1)
        if nodes[source].layer.kind == "Output":
            raise GraphError("no_output", id=source)


def _reach(start: str, following: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found = dict.fromkeys(following[start])
    waiting = list(found)
    for node in waiting:
        for other in following[node]:
            if other not in found:
                found[other] = None
                waiting.append(other)
    return frozenset(found)


def chain(*nodes: tuple[str, Layer]) -> Network:
    """Nodes connected one after the other."""
    names = [name for name, _ in nodes]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise GraphError("duplicate_id", id=repeated[0])
    edges = frozenset(Edge(source, target) for source, target in pairwise(names))
    return Network({name: Node(name, layer) for name, layer in nodes}, edges)


def free_id(network: Network, layer: Layer, taken: Iterable[str] = ()) -> str:
    """The first unused id for a layer: ``conv1``, ``conv2`` ... The first Input, Output and Flatten have no number."""
    stem = _STEMS.get(layer.kind, layer.kind.lower().removesuffix("2d"))
    used = {*network.nodes, *taken}
    if stem in ("input", "output", "flatten") and stem not in used:
        return stem
    return numbered(stem, used)


_STEMS = {
    "Conv2d": "conv",
    "ConvTranspose2d": "upconv",
    "MaxPool2d": "pool",
    "AvgPool2d": "pool",
    "AdaptiveMaxPool2d": "pool",
    "AdaptiveAvgPool2d": "pool",
    "GlobalMaxPool2d": "pool",
    "GlobalAvgPool2d": "pool",
    "Dense": "fc",
    "BatchNorm2d": "norm",
    "BatchNorm1d": "norm",
    "LayerNorm": "norm",
    "LayerNorm2d": "norm",
    "GroupNorm": "norm",
    "InstanceNorm2d": "norm",
    "LocalResponseNorm": "norm",
    "MultiheadSelfAttention": "attention",
    "ZeroPad2d": "pad",
    "ChannelShuffle": "shuffle",
    "LayerScale": "scale",
    "StochasticDepth": "depth",
}


def add(network: Network, name: str, layer: Layer) -> Network:
    """The network with another node, which is not connected."""
    return _with_node(network, name, layer, network.edges)


def set_layer(network: Network, name: str, layer: Layer) -> Network:
    """The network with another layer at a node; wires to ports that the layer does not have are removed."""
    _require(network, name)
    most = layer.most_inputs
    edges = frozenset(edge for edge in network.edges if edge.target != name or most is None or edge.port < most)
    return replace(network, nodes={**network.nodes, name: replace(network.nodes[name], layer=layer)}, edges=edges)


def set_parameter(network: Network, name: str, parameter: str, value: Any) -> Network:
    """The network with one parameter of one node changed; raises ParameterError for a value out of range."""
    _require(network, name)
    return set_layer(network, name, replace(network[name], **{parameter: value}))


def rename(network: Network, old: str, new: str) -> Network:
    """The network with a node renamed; the node remembers its original id."""
    _require(network, old)
    if new == old:
        return network
    if new in network.nodes:
        raise GraphError("duplicate_id", id=new)
    identity = network.nodes[old].identity
    renamed = replace(network.nodes[old], id=new, origin="" if identity == new else identity)

    def named(name: str) -> str:
        return new if name == old else name

    nodes = {named(name): renamed if name == old else node for name, node in network.nodes.items()}
    edges = frozenset(Edge(named(edge.source), named(edge.target), edge.port) for edge in network.edges)
    return Network(nodes, edges)


def remove(network: Network, names: Iterable[str]) -> Network:
    """The network without these nodes and their wires; later ports of their targets move up."""
    removed = set(names)
    for name in removed:
        _require(network, name)
    nodes = {name: node for name, node in network.nodes.items() if name not in removed}
    edges = {edge for edge in network.edges if edge.source not in removed and edge.target not in removed}
    fed = {edge.target for edge in network.edges if edge.source in removed}
    moving = {edge for edge in edges if edge.target in fed}
    return Network(nodes, frozenset(edges - moving) | _gapless(moving))


def bypass(network: Network, name: str) -> Network:
    """The network without a node; its targets are connected to its first source."""
    _require(network, name)
    sources = network.inputs[name]
    if not sources:
        return remove(network, [name])
    other_edges = (edge for edge in network.edges if edge.target != name)
    edges = [edge._replace(source=sources[0]) if edge.source == name else edge for edge in other_edges]
    nodes = {other: node for other, node in network.nodes.items() if other != name}
    return Network(nodes, _gapless(edges))


def connect(network: Network, source: str, target: str, port: int | None = None) -> Network:
    """The network with a wire from ``source`` to ``target``.

    A wire that is already at ``port`` is replaced. If ``port`` is None, the new wire goes to the next free port, or to
    the last port if all are taken. Raises GraphError if the wire would close a cycle.
    """
    _require(network, source)
    _require(network, target)
    count = len(network.inputs[target])
    most = network[target].most_inputs
    if most == 0:
        raise GraphError("no_input", id=target, kind=network[target].kind)
    if port is None:
        port = count if most is None or count < most else most - 1
    port = min(port, count)
    if source == target or source in network.descendants(target):
        raise GraphError("cycle", id=target)
    new = Edge(source, target, port)
    if new in network.edges:
        raise GraphError("already_connected", source=source, id=target)
    edges = {edge for edge in network.edges if (edge.target, edge.port) != (target, port)}
    return replace(network, edges=frozenset({*edges, new}))


def disconnect(network: Network, edge: Edge) -> Network:
    """The network without one wire; later ports of its target move up."""
    return replace(network, edges=_gapless(other for other in network.edges if other != edge))


def redirect(network: Network, edges: Iterable[Edge], source: str) -> Network:
    """The network with another source for these wires; their targets and ports stay."""
    _require(network, source)
    moved = frozenset(edges)
    for edge in moved:
        if source == edge.target or source in network.descendants(edge.target):
            raise GraphError("cycle", id=edge.target)
    return replace(network, edges=(network.edges - moved) | {edge._replace(source=source) for edge in moved})


def reorder(network: Network, node: str, port: int, to: int) -> Network:
    """The network with the wire at input ``port`` of a node moved to input ``to``; wires between them move by one."""
    _require(network, node)
    count = len(network.inputs[node])
    for number in (port, to):
        if not 0 <= number < count:
            raise GraphError("port_count", id=node, port=number + 1)
    order = list(range(count))
    order.insert(to, order.pop(port))
    new_ports = {before: after for after, before in enumerate(order)}
    edges = frozenset(
        edge._replace(port=new_ports[edge.port]) if edge.target == node else edge for edge in network.edges
    )
    return replace(network, edges=edges)


def insert(network: Network, edge: Edge, name: str, layer: Layer) -> Network:
    """The network with a new node inserted into a wire."""
    edges = {other for other in network.edges if other != edge}
    return _with_node(network, name, layer, {*edges, Edge(edge.source, name), Edge(name, edge.target, edge.port)})


def add_after(network: Network, after: str, name: str, layer: Layer) -> Network:
    """The network with a new node between ``after`` and all targets of it."""
    _require(network, after)
    if layer.most_inputs == 0 or layer.kind == "Output" or network[after].kind == "Output":
        grown = add(network, name, layer)
        return connect(grown, after, name) if layer.kind == "Output" and network[after].kind != "Output" else grown
    edges = {edge._replace(source=name) if edge.source == after else edge for edge in network.edges}
    return _with_node(network, name, layer, {*edges, Edge(after, name)})


def _with_node(network: Network, name: str, layer: Layer, edges: Iterable[Edge]) -> Network:
    if name in network.nodes:
        raise GraphError("duplicate_id", id=name)
    return Network({**network.nodes, name: Node(name, layer)}, frozenset(edges))


def _require(network: Network, name: str) -> None:
    if name not in network.nodes:
        raise GraphError("unknown_node", id=name)


def _gapless(edges: Iterable[Edge]) -> frozenset[Edge]:
    """The edges with the ports of each target renumbered from 0, in the same order."""
    by_target: dict[str, list[Edge]] = {}
    for edge in edges:
        by_target.setdefault(edge.target, []).append(edge)
    return frozenset(
        edge if edge.port == port else edge._replace(port=port)
        for group in by_target.values()
        for port, edge in enumerate(sorted(group, key=attrgetter("port")))
    )
