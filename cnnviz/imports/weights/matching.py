"""Matches the tensors of a file with the layers of a network: by name, then by order and shape where that is certain.

A layer is matched as a whole. Where names say nothing, two layers belong together if all layers between two matched
ones have the same shapes in the same order on both sides, or if no other layer of the network or the file has their
shapes. Everything else is left out, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cnnviz.imports.weights.naming import StoredLayer, layers_of, named_pairs
from cnnviz.imports.weights.order import counterparts, ordered_pairs
from cnnviz.imports.weights.plan import Found, Head, LeftOver, Pair, Plan, Unfilled
from cnnviz.imports.weights.stored import without_ones
from cnnviz.imports.weights.torchvision_names import AUXILIARY
from cnnviz.network.layers import Conv2d, Dense, Output
from cnnviz.network.shapes import infer
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.imports.weights.stored import StoredTensor
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes
    from cnnviz.network.shape import Shape

COUNTER = "num_batches_tracked"
"""The batch counter of a normalization, which old files do not have."""
STATISTICS = ("running_mean", "running_var")


@dataclass(frozen=True)
class TargetLayer:
    """A layer of the network that has parameters or buffers: their shapes by name."""

    node: str
    tensors: Mapping[str, Shape]

    @cached_property
    def form(self) -> Shape:
        """The shape of its weight, without axes of 1 at the end."""
        return without_ones(self.tensors.get("weight", ()))

    def fits(self, layer: StoredLayer) -> bool:
        """Whether all parameters and statistics can be those of a layer in a file.

        A missing bias is no obstacle: without it the layer computes the same as with a bias of 0.
        """
        # most layers differ here, and thousands of pairs are compared
        if self.form != layer.form:
            return False
        own, stored = self.tensors.keys() - {COUNTER, "bias"}, layer.tensors.keys() - {COUNTER, "bias"}
        if own != stored or ("bias" in layer.tensors and "bias" not in self.tensors):
            return False
        return all(
            same(layer.tensors[name].shape, shape) for name, shape in self.tensors.items() if name in layer.tensors
        )


def same(stored: Shape, shape: Shape) -> bool:
    """Whether values of one shape can be used in the other as they are: axes of 1 at the end do not count.

    So a Dense and a convolution of 1 x 1 have the same weights.
    """
    return without_ones(stored) == without_ones(shape)


def targets(network: Network, shapes: Shapes) -> list[TargetLayer]:
    """The layers of a network that take part and have parameters or buffers, in the order of its nodes."""
    found = []
    for node in network.nodes:
        if node in shapes.taking_part and (report := shapes.nodes[node]).output is not None:
            tensors = {**report.parameters, **report.buffers}
            if tensors:
                found.append(TargetLayer(node, tensors))
    return found


def match(stored: Mapping[str, StoredTensor], network: Network) -> Plan:
    """The plan for a network and the tensors of a file, in the order of the file's layers."""
    shapes = infer(network)
    target_of = {target.node: target for target in targets(network, shapes)}
    layers, others = layers_of(stored)
    by_name = {layer.name: layer for layer in layers}
    named = named_pairs(layers, target_of.keys(), lambda name, node: target_of[node].fits(by_name[name]))
    ordered = ordered_pairs(
        layers, list(target_of.values()), named, [node for node in network.order if node in target_of]
    )
    planned = _Planned(network)
    for pairs, found in ((named, Found.NAME), (ordered, Found.ORDER)):
        for name, node in pairs.items():
            planned.add(by_name[name], target_of[node], found)
    matched = {**named, **ordered}
    # each of them stands alone between matched layers; their shapes differ, and both get that as their reason
    beside = counterparts(layers, list(target_of.values()), matched)
    for name, node in beside.items():
        planned.add(by_name[name], target_of[node], Found.ORDER)
    matched |= beside
    rest = [layer for layer in layers if layer.name not in matched]
    taken = frozenset(matched.values())
    free = [target for target in target_of.values() if target.node not in taken]
    heads = [(layer, target) for target in free for layer in rest if planned.head_of(layer, target) is not None]
    if len(heads) == 1:
        ((layer, target),) = heads
        planned.add(layer, target, Found.ORDER)
        rest.remove(layer)
        free.remove(target)
    for layer in rest:
        planned.leave(layer, _why_unused(layer, free))
    for target in free:
        planned.keep(target, Sentence("No layer of the file is certain to be this one."))
    for tensor in others:
        planned.left.append(LeftOver(tensor, Sentence("It is no tensor of a layer that this program has.")))
    return planned.plan(stored)


def _why_unused(layer: StoredLayer, free: list[TargetLayer]) -> Sentence:
    if AUXILIARY.fullmatch(f"{layer.name}."):
        return Sentence("It is part of an auxiliary head, which serves training only.")
    alike = tuple(target.node for target in free if target.fits(layer))
    if len(alike) > 1:
        return Sentence(
            "Several layers have its shapes, and names and order do not say which it is: {nodes}.", nodes=alike
        )
    return Sentence("No layer of the network has its name or its shapes.")


class _Planned:
    """Collects the parts of a plan."""

    def __init__(self, network: Network) -> None:
        self.left: list[LeftOver] = []
        self._network, self._last = network, last_layer(network)
        self._pairs: list[Pair] = []
        self._unfilled: list[Unfilled] = []
        self._head: Head | None = None

    def plan(self, order: Iterable[str]) -> Plan:
        """The plan, with the tensors of the file in this ``order`` of their names."""
        places = {name: place for place, name in enumerate(order)}
        pairs = sorted(self._pairs, key=lambda pair: places[pair.stored.name])
        left = sorted(self.left, key=lambda unused: places[unused.stored.name])
        return Plan(tuple(pairs), tuple(left), tuple(self._unfilled), self._head)

    def add(self, layer: StoredLayer, target: TargetLayer, found: Found) -> None:
        """Use a layer of the file for a layer of the network, tensor by tensor."""
        if (head := self.head_of(layer, target)) is not None:
            self._head = head
            reason = Sentence(
                "The file has {there} classes, the network {here}.", there=head.file_classes, here=head.network_classes
            )
            self.leave(layer, reason)
            self.keep(target, reason)
            return
        wrong = next((name for name, shape in target.tensors.items() if not _usable(layer, name, shape)), None)
        if wrong is not None:
            reason = _shapes_differ(layer, target, wrong)
            self.leave(layer, reason)
            self.keep(target, reason)
            return
        for name, shape in target.tensors.items():
            if name in layer.tensors:
                self._pairs.append(Pair(layer.tensors[name], target.node, name, shape, found))
            else:
                self._unfilled.append(_absent(target, name, shape))
        for name, tensor in layer.tensors.items():
            if name not in target.tensors:
                self.left.append(LeftOver(tensor, Sentence("“{node}” has no {tensor}.", node=target.node, tensor=name)))

    def leave(self, layer: StoredLayer, reason: Sentence) -> None:
        self.left += [LeftOver(tensor, reason) for tensor in layer.tensors.values()]

    def keep(self, target: TargetLayer, reason: Sentence) -> None:
        self._unfilled += [Unfilled(target.node, name, shape, reason) for name, shape in target.tensors.items()]

    def head_of(self, layer: StoredLayer, target: TargetLayer) -> Head | None:
        """The head, if the layers are the last ones and differ in the number of classes only."""
        if target.node != self._last:
            return None
        stored, shape = layer.tensors.get("weight"), target.tensors.get("weight")
        if stored is None or shape is None or not stored.shape or not shape:
            return None
        own = self._network[target.node]
        setting = "out_features" if isinstance(own, Dense) else "out_channels"
        groups = own.groups if isinstance(own, Conv2d) else 1
        if stored.shape[0] == shape[0] or not same(stored.shape[1:], shape[1:]) or groups > 1:
            return None
        return Head(target.node, layer.name, shape[0], stored.shape[0], setting)


def last_layer(network: Network) -> str:
    """The Dense or Conv2d whose outputs become the logits; empty if there is none, or if paths join after it."""
    ends = network.of_kind(Output)
    node = ends[0] if len(ends) == 1 else ""
    while node:
        sources = network.inputs[node]
        node = sources[0] if len(sources) == 1 else ""
        if node and isinstance(network[node], Dense | Conv2d):
            return node
    return ""


def _usable(layer: StoredLayer, name: str, shape: Shape) -> bool:
    """Whether a layer of the file has a tensor for this, or need not have one."""
    stored = layer.tensors.get(name)
    return name in (COUNTER, "bias") if stored is None else same(stored.shape, shape)


def _shapes_differ(layer: StoredLayer, target: TargetLayer, name: str) -> Sentence:
    stored = layer.tensors.get(name)
    if stored is None:
        return Sentence("“{layer}” of the file has no {tensor}.", layer=layer.name, tensor=name)
    return Sentence(
        "The {tensor} has the shape {there} in the file, and {here} in the network.",
        tensor=name,
        there=stored.shape,
        here=target.tensors[name],
    )


def _absent(target: TargetLayer, name: str, shape: Shape) -> Unfilled:
    if name == COUNTER:
        return Unfilled(target.node, name, shape, Sentence("Old files do not count batches: it begins at 0."), 0.0)
    return Unfilled(
        target.node, name, shape, Sentence("The layer of the file has no bias; a bias of 0 computes the same."), 0.0
    )
