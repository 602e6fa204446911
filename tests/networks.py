"""Hypothesis strategies: networks whose layers fit together, and networks whose layers need not."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from fitting_layers import ANYWHERE, FLAT, layer_on, layers, layers_on, values_of
from hypothesis import strategies as st

from cnnviz.network import graph
from cnnviz.network.graph import Edge, Network, Node, chain
from cnnviz.network.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    Add,
    Conv2d,
    Dense,
    Flatten,
    Input,
    Layer,
    Multiply,
    Output,
    ReLU,
    Sigmoid,
)
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape

MOST_VALUES = 20_000
"""Outputs and weights of a drawn network stay below this, so that torch can compute them at once."""
MOST_MACS = 10**7
CLASSES = 10
ADVICE = {
    "all_frozen",
    "activation_at_end",
    "bias_before_norm",
    "channels_in_order",
    "constant_output",
    "divides_by_one",
    "dropout_zero",
    "flat_already",
    "heavy_dense",
    "wide_dense",
    "linear_convolution",
    "linear_convolutions",
    "linear_pair",
    "narrow_view",
    "no_border",
    "nothing_negative",
    "only_chunk",
    "pool_of_one",
    "pool_to_its_size",
    "repeated_activation",
    "scale_of_one",
    "shape_already",
    "single_input",
    "slope_of_one",
    "unseen_pixels",
    "unused_weights",
}
"""Codes of the warnings about layers that take part."""


def headed(*layers: Layer) -> Network:
    """Layers (``layer0`` …) between an Input for MNIST and an end that fits maps."""
    named = [(f"layer{at}", layer) for at, layer in enumerate(layers)]
    return chain(("input", Input()), *named, ("flatten", Flatten()), ("fc", Dense(10)), ("output", Output()))


def flattened(*layers: Layer) -> Network:
    """Layers (``layer0`` …) between a Flatten and the Output."""
    named = [(f"layer{at}", layer) for at, layer in enumerate(layers)]
    return chain(("input", Input()), ("flatten", Flatten()), *named, ("output", Output()))


def gated() -> Network:
    """Squeeze and excitation (Hu et al., https://arxiv.org/abs/1709.01507) with a mask over the positions besides."""
    network = chain(
        ("input", Input((3, 9, 8), (0.5,), (0.25,))),
        ("conv", Conv2d(4, (3, 3))),
        ("squeeze", AdaptiveAvgPool2d()),
        ("few", Conv2d(2, (1, 1))),
        ("relu", ReLU()),
        ("many", Conv2d(4, (1, 1))),
        ("gate", Sigmoid()),
        ("scale", Multiply()),
        ("shift", Add()),
        ("flatten", Flatten()),
        ("fc", Dense(CLASSES)),
        ("output", Output()),
    )
    network = graph.connect(network, "conv", "scale")
    mask = graph.connect(graph.add(network, "mask", Conv2d(1, (1, 1))), "conv", "mask")
    return graph.connect(mask, "mask", "shift")


@st.composite
def valid_networks(draw: st.DrawFn, most_layers: int = 9) -> Network:
    """Any graph from an Input to an Output of 10 numbers whose layers fit together; some nodes may lead nowhere."""
    sides = st.integers(1, 16)
    start = Input((draw(st.integers(1, 4)), draw(sides), draw(sides)), (0.5,), (0.25,))
    network = graph.chain(("input", start))
    shapes: dict[str, Shape] = {"input": start.shape}
    for _ in range(draw(st.integers(1, most_layers))):
        first = draw(st.sampled_from(list(shapes)[-3:]))
        layer = draw(layers_on(shapes[first]))
        sources = draw(st.permutations([first, *_partners(draw, layer, first, shapes)]))
        inference = layer.infer(tuple(shapes[source] for source in sources))
        sizes = [prod(inference.output), *(prod(shape) for shape in inference.parameters.values())]
        if max(sizes) <= MOST_VALUES and inference.macs <= MOST_MACS:
            network, name = _grown(network, layer, sources)
            shapes[name] = inference.output
    end = draw(st.sampled_from(list(shapes)[-2:]))
    if len(shapes[end]) != 1:
        network, end = _grown(network, Flatten(), [end])
    network, end = _grown(network, Dense(CLASSES), [end])
    return _grown(network, Output(), [end])[0]


@st.composite
def wild_networks(draw: st.DrawFn, most_layers: int = 9) -> Network:
    """Any acyclic graph of any layers, whether they fit together or not."""
    chosen = draw(st.lists(layers(), max_size=most_layers))
    network = Network()
    for layer in chosen:
        network = graph.add(network, graph.free_id(network, layer), layer)
    names = list(network.nodes)
    edges: set[Edge] = set()
    for at, name in enumerate(names):
        sources = [one for one in names[:at] if network[one].kind != "Output"]
        most = network[name].most_inputs
        if sources and most != 0:
            count = draw(st.integers(0, 3 if most is None else most))
            edges |= {Edge(draw(st.sampled_from(sources)), name, port) for port in range(count)}
    return Network(network.nodes, frozenset(edges))


@st.composite
def spoiled_networks(draw: st.DrawFn) -> Network:
    """A network that fitted together before a few of its layers were replaced, taken out, or got another in front."""
    network = draw(valid_networks())
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(list(network.nodes)))
        kind = draw(st.sampled_from(sorted(KINDS.keys() - {"Input", "Output"})))
        layer = draw(layers(kind, most=draw(st.sampled_from([4, 30]))))
        wires = [edge for edge in network.edges if edge.target == name]
        match draw(st.sampled_from(["replace", "replace", "insert", "bypass", "remove"])):
            case "replace" if network.inputs[name] and network.outputs[name]:
                network = graph.set_layer(network, name, layer)
            case "insert" if wires:
                edge = min(wires, key=lambda edge: edge.port)
                network = graph.insert(network, edge, graph.free_id(network, layer), layer)
            case "bypass":
                network = graph.bypass(network, name)
            case "remove":
                network = graph.remove(network, [name])
    return network


@st.composite
def botched_networks(draw: st.DrawFn) -> tuple[Network, str]:
    """A network that fitted together before one parameter of one node was changed; and that node."""
    network = draw(valid_networks())
    choices = [(name, one) for name in network.nodes for one in network[name].parameters() if one.name != "shape"]
    name, parameter = draw(st.sampled_from(choices))
    value = draw(values_of(parameter, draw(st.sampled_from([3, 30]))))
    return graph.set_parameter(network, name, parameter.name, value), name


def facts(network: Network, memory: int | None = None) -> Facts:
    """Facts of a data set that suits the network's Input."""
    starts = network.of_kind(Input)
    layer = network[starts[0]] if starts else Input()
    assert isinstance(layer, Input)
    return Facts(layer.shape, CLASSES, batch_size=2, memory=memory)


def _partners(draw: st.DrawFn, layer: Layer, first: str, shapes: dict[str, Shape]) -> list[str]:
    """What a layer joins with ``first``."""
    if layer.most_inputs == 1:
        return []
    shape = shapes[first]
    if isinstance(layer, Add | Multiply):
        repeated = {shape} if len(shape) == 1 else {shape, (shape[0], 1, 1), (1, *shape[1:])}
        alike = [name for name, other in shapes.items() if other in repeated]
    else:
        alike = [name for name, other in shapes.items() if len(other) == len(shape) and other[1:] == shape[1:]]
    return draw(st.lists(st.sampled_from(alike), max_size=2))


def _grown(network: Network, layer: Layer, sources: list[str]) -> tuple[Network, str]:
    name = graph.free_id(network, layer)
    edges = {Edge(source, name, port) for port, source in enumerate(sources)}
    return Network({**network.nodes, name: Node(name, layer)}, network.edges | edges), name


@st.composite
def networks_with(draw: st.DrawFn, kind: str) -> Network:
    """A convolution, the layer ``one`` of this kind with any parameters that fit, and an end of 10 numbers.

    A kind that joins several inputs gets the convolution's maps, or a part of them that is repeated, up to three times.
    """
    side = st.integers(3, 8)
    start = Input((draw(st.integers(1, 3)), draw(side), draw(side)), (0.5,), (0.25,))
    network = chain(("input", start), ("first", Conv2d(draw(st.integers(2, 6)), (2, 2))))
    shape = network["first"].infer((start.shape,)).output
    shapes = {"input": start.shape, "first": shape}
    if kind in ("Input", "Output"):
        network, end = _grown(network, Flatten(), ["first"])
        network, end = _grown(network, Dense(CLASSES), [end])
        return _grown(network, Output(), [end])[0]
    if kind in FLAT or (kind in ANYWHERE and draw(st.booleans())):
        network, first = _grown(network, Flatten(), ["first"])
        shapes = {first: (prod(shape),)}
    else:
        first = "first"
        parts: list[Layer] = [Conv2d(1, (1, 1)), AdaptiveAvgPool2d()]
        for part in parts if KINDS[kind].most_inputs is None else []:
            network, name = _grown(network, part, [first])
            shapes[name] = part.infer((shape,)).output
    layer = draw(layer_on(kind, shapes[first]))
    sources = draw(st.permutations([first, *_partners(draw, layer, first, shapes)]))
    edges = {Edge(source, "one", port) for port, source in enumerate(sources)}
    network = Network({**network.nodes, "one": Node("one", layer)}, network.edges | edges)
    network, end = _grown(network, Flatten(), ["one"])
    network, end = _grown(network, Dense(CLASSES), [end])
    return _grown(network, Output(), [end])[0]
