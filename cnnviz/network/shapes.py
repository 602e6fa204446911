"""Infers the output shape, parameters, operations and receptive field of every node. Never raises."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from cnnviz.network.layers import Input, Layer, Output
from cnnviz.network.layers.base import Inference, Misfit
from cnnviz.network.problem_kind import About
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.network.receptive_field import ReceptiveField, join, of_image, through, whole
from cnnviz.network.report import NodeReport, Shapes

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.layers.base import Mismatch, Reading
    from cnnviz.network.shape import Shape

MOST_VALUES = 10**12
"""An output with more values for one image is refused, and later nodes are not inferred, so that numbers stay
finite."""
STEP = 64
"""The number of nodes that are inferred in one step, which takes a few milliseconds."""


def infer(network: Network) -> Shapes:
    """The shapes of a network for the images of its Input; also for a network with errors."""
    images = [layer.shape for name in network.of_kind(Input) if isinstance(layer := network[name], Input)]
    return ShapeInference(network, images[0] if images else (1, 1, 1)).shapes()


@lru_cache(maxsize=1024)
def _inferred_once(layer: Layer, inputs: tuple[Shape, ...]) -> Inference:
    """:meth:`Layer.infer`, once for all equal layers with equal inputs: many layers of a deep network are."""
    return layer.infer(inputs)


@lru_cache(maxsize=1024)
def _readings_once(layer: Layer, inputs: tuple[Shape, ...]) -> tuple[Reading, Reading] | None:
    """:meth:`Layer.readings`, once for all equal layers with equal inputs."""
    return layer.readings(inputs)


class ShapeInference:
    """Infers the shapes of a network, node by node, for images of shape ``image`` (C, H, W).

    ``before`` are the shapes before an edit: a node takes its report from them if neither it nor its inputs changed.
    Without ``at_once`` the caller runs through :meth:`steps` first.
    ``misfits`` are the nodes that do not fit their inputs, with the reasons, ``too_large`` those with more than
    :data:`MOST_VALUES` values, ``feeding_outputs`` the nodes that an Output depends on, Outputs included.
    """

    def __init__(self, network: Network, image: Shape, before: Shapes | None = None, *, at_once: bool = True) -> None:
        self.network, self.image = network, image
        self.nodes: dict[str, NodeReport] = {}
        self.misfits: dict[str, tuple[Mismatch, ...]] = {}
        self.too_large: list[str] = []
        self._before: Mapping[str, NodeReport] = {}
        self._network_before = network
        if before is not None and before.inferred_for is not None:
            network_before, image_before = before.inferred_for
            if image_before == image:
                self._before, self._network_before = before.nodes, network_before
        self._changed: set[str] = set()
        """The nodes whose report is not that of before the edit."""
        self.ends = network.of_kind(Output)
        self.starts = network.of_kind(Input)
        feeding = {*self.ends}.union(*(network.ancestors(end) for end in self.ends))
        reached = {*self.starts}.union(*(network.descendants(start) for start in self.starts))
        self.feeding_outputs = frozenset(feeding)
        self.used = tuple(name for name in network.order if name in feeding and name in reached)
        if at_once:
            for name in network.order:
                self._infer(name)

    def steps(self) -> Generator[None, None, None]:
        """Infer the shapes; yields after every :data:`STEP` nodes."""
        for index, name in enumerate(self.network.order):
            self._infer(name)
            if not (index + 1) % STEP:
                yield

    def shapes(self) -> Shapes:
        """The result."""
        return Shapes(self.nodes, self.used, (self.network, self.image))

    def _infer(self, name: str) -> None:
        layer, sources, old = self.network[name], self.network.inputs[name], self._before.get(name)
        if (
            old is not None
            and old.output is not None
            and self._changed.isdisjoint(sources)
            and self._network_before.inputs[name] == sources
            and self._network_before[name] is layer
        ):
            self.nodes[name] = old
            return
        inputs = tuple([self.nodes[source].output for source in sources])
        new = self._inferred(name, layer, inputs) or NodeReport(inputs)
        if old is not None and old == new:
            self.nodes[name] = old
        else:
            self.nodes[name] = new
            self._changed.add(name)

    def _layer_before(self, name: str) -> Layer | None:
        node = self._network_before.nodes.get(name)
        return None if node is None else node.layer

    def _inferred(self, name: str, layer: Layer, inputs: tuple[Shape | None, ...]) -> NodeReport | None:
        """The report of a node; None if its output shape cannot be inferred."""
        known = tuple([shape for shape in inputs if shape is not None])
        if len(known) < len(inputs) or len(inputs) < layer.least_inputs:
            self._note_own_misfits(name, layer)
            return None
        old = self._before.get(name)
        if old is not None and old.output is not None and old.inputs == inputs and self._layer_before(name) is layer:
            # only what the inputs see of the image has changed
            inference = Inference(old.output, old.parameters, old.buffers, old.macs)
        else:
            try:
                inference = _inferred_once(layer, known)
            except Misfit as misfit:
                self.misfits[name] = misfit.mismatches
                return None
            if prod(inference.output) > MOST_VALUES:
                self.too_large.append(name)
                return None
        image = self.image[1:]
        sources = [self.nodes[source] for source in self.network.inputs[name]]
        fields = [source.receptive_field for source in sources if source.receptive_field is not None]
        output = inference.output
        field: ReceptiveField | None
        if not sources:
            field = of_image(output)
        elif len(known) == 1 and len(known[0]) == 3 and (readings := _readings_once(layer, known)) is not None:
            field = through(fields[0], readings, output) if fields else None
        elif layer.sees_all and len(known[0]) == 3:
            field = whole(fields[0], image, output) if fields else None
        else:
            field = join(fields, image, output)
        inferred = inference.output, inference.parameters, inference.buffers, inference.macs
        return NodeReport(inputs, *inferred, field, layer.family, image)

    def _note_own_misfits(self, name: str, layer: Layer) -> None:
        """Note the misfits of a node with an unknown input that do not depend on it.

        A layer for maps that gets a flat vector names them along with the vector.
        """
        if layer.family not in ("convolution", "pooling"):
            return
        try:
            layer.infer(((1,),))
        except Misfit as misfit:
            parts = tuple(part for part in misfit.mismatches if PROBLEM_KINDS[part.code].about is About.LAYER)
            if parts:
                self.misfits[name] = parts
