"""Fits a network to the images of another dataset: changes its Input, its last layer, and layers that no longer fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz.network import graph
from cnnviz.network.layers import (
    Conv2d,
    ConvTranspose2d,
    Dense,
    Input,
    Layer,
    Output,
    ParameterError,
    Reshape,
    Upsample,
)
from cnnviz.network.layers.base import Misfit
from cnnviz.network.layers.shaping import MOST_TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.problems import UseDataset
    from cnnviz.network.report import Shapes
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class Fitting:
    """The changes that fit a network to a dataset.

    ``layers`` are the changed layers, by node. ``enlarged`` are the Upsample layers to insert after an Input, by Input.
    ``unfit`` are the nodes that do not fit their new inputs. ``resized`` is True if maps of any node change their
    height or width.
    """

    layers: Mapping[str, Layer]
    enlarged: Mapping[str, Upsample]
    unfit: frozenset[str]
    resized: bool

    def of(self, network: Network) -> Network:
        """The network with these changes."""
        for name, layer in self.layers.items():
            network = graph.set_layer(network, name, layer)
        for name, upsample in self.enlarged.items():
            network = graph.add_after(network, name, graph.free_id(network, upsample), upsample)
        return network


def fit(network: Network, edit: UseDataset, shapes: Shapes) -> Fitting:
    """Find the changes that fit a network to a dataset; ``shapes`` are the present shapes of the network.

    The Input takes the new images. If the old images were larger by a whole factor, an Upsample after the Input
    enlarges the new ones. The last Dense or convolution gets as many outputs as there are classes. A layer whose new
    input does not fit, such as a convolution in three groups, takes its first remedy.
    """
    layers: dict[str, Layer] = {}
    enlarged: dict[str, Upsample] = {}
    for name in network.of_kind(Input):
        layer = network[name]
        assert isinstance(layer, Input)
        layers[name] = Input(edit.image, edit.mean, edit.std)
        if factor := _enlargement(layer.shape, edit.image):
            enlarged[name] = Upsample(factor, "bilinear")
    walk = _Walk(network, shapes, layers, enlarged)
    for end in network.of_kind(Output):
        walk.adapt_output(end, edit.classes)
    return Fitting(walk.layers, enlarged, frozenset(walk.unfit), walk.resized)


def _enlargement(old: Shape, new: Shape) -> tuple[int, int] | None:
    """How many times smaller a new image is than the old one, both (C, H, W), by height and by width; None if it has
    the same size, or none that :class:`Upsample` can enlarge to the old one."""
    (height, rows_left), (width, columns_left) = (divmod(was, now) for was, now in zip(old[1:], new[1:], strict=True))
    divides = (rows_left, columns_left) == (0, 0) and (height, width) != (1, 1)
    return (height, width) if divides and 1 <= min(height, width) <= max(height, width) <= MOST_TIMES else None


class _Walk:
    """Infers the shapes again for the nodes whose inputs differ from those ``before``, and changes their layers."""

    def __init__(
        self, network: Network, before: Shapes, layers: dict[str, Layer], enlarged: Mapping[str, Upsample]
    ) -> None:
        self.network, self.before, self.layers, self.enlarged = network, before, layers, enlarged
        self.resized = False
        self.unfit: set[str] = set()
        self.changed: dict[str, Shape | None] = {}
        for name in network.order:
            if name in layers or not self.changed.keys().isdisjoint(network.inputs[name]):
                self._update(name)

    def shape(self, name: str) -> Shape | None:
        """The output shape of a node with the changes; None if it is not known."""
        return self.changed[name] if name in self.changed else self.before.nodes[name].output

    def adapt_output(self, end: str, classes: int) -> None:
        """Make an Output get one number for each class."""
        shape = self.shape(end)
        if shape == (classes,):
            return
        name = end
        while (sources := self.network.inputs[name]) and self._keeps_channels(name):
            name = sources[0]
        layer = self.layers.get(name, self.network[name])
        if isinstance(layer, Dense):
            self.layers[name] = replace(layer, out_features=classes)
        elif isinstance(layer, Conv2d) and shape is not None:
            self.layers[name] = replace(layer, out_channels=classes)
        else:
            self.unfit |= set() if shape is None else {end}
            return
        following_nodes = {name, *self.network.descendants(name)}
        for following in self.network.order:
            if following in following_nodes:
                self._update(following)
        if self.shape(end) not in (None, (classes,)):
            self.unfit.add(end)

    def _keeps_channels(self, name: str) -> bool:
        """Whether a layer has one input and always as many output channels (or numbers) as input channels."""
        (source, *others), output = self.network.inputs[name], self.shape(name)
        input_shape = self.shape(source)
        if others or isinstance(self.network[name], DECIDING):
            return False
        if input_shape is None or output is None:
            return self.network[name].elementwise or isinstance(self.network[name], Output)
        return input_shape[0] == output[0]

    def _update(self, name: str) -> None:
        """Infer the output of a node, and note whether it has changed."""
        self.unfit.discard(name)
        old, new = self.before.nodes[name].output, self._output(name)
        if new == old:
            self.changed.pop(name, None)
        else:
            self.changed[name] = new
            self.resized |= old is None or new is None or old[1:] != new[1:]

    def _output(self, name: str) -> Shape | None:
        layer = self.layers.get(name, self.network[name])
        inputs = [self.shape(source) for source in self.network.inputs[name]]
        shapes = tuple(shape for shape in inputs if shape is not None)
        if len(shapes) < len(inputs) or len(inputs) < layer.least_inputs:
            return None
        for candidate in (layer, *_remedied(layer, shapes)):
            try:
                output = candidate.infer(shapes).output
            except Misfit:
                continue
            if candidate is not layer:
                self.layers[name] = candidate
            upsample = self.enlarged.get(name)
            return output if upsample is None else upsample.infer((output,)).output
        self.unfit.add(name)
        return None


DECIDING = (Dense, Conv2d, ConvTranspose2d, Reshape)
"""Layers whose parameters set the number of output channels."""


def _remedied(layer: Layer, inputs: tuple[Shape, ...]) -> Iterator[Layer]:
    """The layer with one parameter changed by each remedy of its misfits."""
    try:
        layer.infer(inputs)
    except Misfit as misfit:
        for remedy in (remedy for part in misfit.mismatches for remedy in part.remedies if remedy.code == "set"):
            try:
                yield replace(layer, **{remedy.parameter: remedy.value})
            except ParameterError:
                continue
