"""Models of Keras: a Sequential, a functional model, and objects of own classes, with the layers in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.keras.layers import LEFT_OUT
from cnnviz.code.read.follow.keras.tensors import KerasTensor, KerasTrace
from cnnviz.code.read.follow.values import MISSING, Instance, Unknown, Value, no_counterpart
from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

BASES = frozenset({"Model", "Functional", "Layer", "Sequential", "Module", "Network"})
"""Classes from which own models and layers derive."""
MOST_NESTED = 5
"""Layers are looked for in lists and dicts that are nested at most this deep."""


@dataclass
class Stack:
    """The layers of a Sequential, and the shape for which it was built, as it is in the source."""

    layers: list[Value] = field(default_factory=list)
    built: Value = None


@dataclass(frozen=True)
class Graph:
    """The inputs and outputs of a functional model."""

    inputs: Value
    outputs: Value

    def ends(self, line: int) -> tuple[KerasTensor, KerasTensor]:
        """Its only input and output; raises PasteError if there are several, or if they are not known."""
        return _only(self.inputs, "several_inputs", line), _only(self.outputs, "several_results", line)


def _only(value: Value, code: str, line: int) -> KerasTensor:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple) and len(value) == 1:
        (value,) = value
    if isinstance(value, Unknown):
        raise PasteError(value.why())
    if isinstance(value, list | tuple):
        for entry in value:
            if isinstance(entry, Unknown):
                raise PasteError(entry.why())
        raise PasteError(Remark(code, line, {"value": "list"} if code == "several_results" else {}))
    if not isinstance(value, KerasTensor):
        raise PasteError(Remark("no_network"))
    return value


def is_keras(value: Value) -> bool:
    """Whether a value is a layer or a model."""
    return isinstance(value, Instance) and value.foreign is not None and value.foreign.name.startswith("keras.")


def is_network(made: Instance) -> bool:
    """Whether an object is a model, or an object of an own class that computes tensors."""
    if not is_keras(made):
        return False
    return isinstance(made.data, Stack | Graph) or (made.own is not None and made.own.find("call") is not MISSING)


def has_layers(instance: Instance) -> bool:
    """Whether an object is a model with layers that compute something."""
    if isinstance(instance.data, Stack):
        return any(
            not is_keras(layer) or layer.foreign.name.rpartition(".")[2] not in LEFT_OUT
            for layer in instance.data.layers
        )
    return isinstance(instance.data, Graph)


def parts(network: Instance) -> Iterator[Instance]:
    """All layers and models in a network, itself included."""
    waiting, seen = [network], set[int]()
    while waiting:
        instance = waiting.pop()
        if id(instance) in seen:
            continue
        seen.add(id(instance))
        yield instance
        waiting += [inner for _, inner in children(instance)]
        if isinstance(instance.data, Graph):
            for tensor in _tensors(instance.data.outputs):
                waiting += [maker for maker in tensor.trace.called if maker is not network]


def children(instance: Instance) -> Iterator[tuple[str, Instance]]:
    """The layers in an object: its attributes, also in lists and dicts, and those of a Sequential, with their names."""
    if isinstance(instance.data, Stack):
        yield from ((str(place), layer) for place, layer in enumerate(instance.data.layers) if is_keras(layer))
    for name, value in instance.attributes.items():
        yield from _inside(name, value, 0)


def _inside(name: str, value: Value, depth: int) -> Iterator[tuple[str, Instance]]:
    if is_keras(value):
        yield name, value
    elif isinstance(value, list | tuple) and depth < MOST_NESTED:
        for place, entry in enumerate(value):
            yield from _inside(f"{name}.{place}", entry, depth + 1)
    elif isinstance(value, dict) and depth < MOST_NESTED:
        for key, entry in value.items():
            yield from _inside(f"{name}.{key}", entry, depth + 1)


def named(instance: Instance, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Instance]]:
    """An object and all layers in it, each once, with their paths from it."""
    seen = set() if seen is None else seen
    if id(instance) in seen:
        return
    seen.add(id(instance))
    yield path, instance
    for name, child in children(instance):
        yield from named(child, f"{path}.{name}" if path else name, seen)


def _tensors(value: Value) -> list[KerasTensor]:
    entries = value if isinstance(value, list | tuple) else [value]
    return [entry for entry in entries if isinstance(entry, KerasTensor)]


def replayed(graph: Graph, tensor: KerasTensor, node: ast.AST, line: int) -> KerasTensor:
    """A tensor after the layers of a functional model; raises PasteError."""
    first, last = graph.ends(line)
    inner = first.trace
    if last.trace is not inner or first.step != 0 or tensor.shape != first.shape or first.flat != tensor.flat:
        raise no_counterpart(node)
    # images can be scaled before the first layer of a network only
    if len(inner.scales) > 1 or any(scale.scaled_by for scale in inner.scales):
        raise no_counterpart(node)
    return _copied(inner, last, tensor, node)


def _copied(inner: KerasTrace, last: KerasTensor, tensor: KerasTensor, node: ast.AST) -> KerasTensor:
    """Add the steps of ``inner`` up to ``last`` to the trace of ``tensor``, which takes the place of the images."""
    trace = tensor.trace
    # for each step of ``inner``, its step in the trace
    places = {0: tensor.settled(node) if not tensor.flat else tensor.step}
    # for each call of a layer in ``inner``, by layer and number, its number in the trace
    numbers: dict[tuple[int, int], int] = {}
    for place in inner.kept(last.step)[1:]:
        step = inner.steps[place]
        sources = tuple(places[source] for source in step.sources)
        if step.shape is None:
            places[place] = trace.lost(sources, step.line)
        else:
            places[place] = trace.add(step.layer, sources, step.line, step.name)
        if place in inner.makers:
            maker, number = inner.makers[place]
            key = id(maker), number
            if key not in numbers:
                numbers[key] = trace.use(maker)
            trace.makers[places[place]] = maker, numbers[key]
        trace.about += [each._replace(step=places[place]) for each in inner.about if each.step == place]
        if place in inner.arranged:
            trace.arranged.add(places[place])
    end = places[last.step]
    return KerasTensor(trace, end, trace.steps[end].shape, last.order, last.origin)
