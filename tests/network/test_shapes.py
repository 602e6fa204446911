"""What check predicts is what torch computes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import pytest
import torch
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st
from networks import MOST_VALUES, facts, headed, spoiled_networks, valid_networks, wild_networks
from oracle import BATCH, module_of, modules_of, run, run_network

from cnnviz.network.check import check
from cnnviz.network.graph import Network, remove, set_layer
from cnnviz.network.layers import KINDS, Conv2d, Input, Layer, MaxPool2d
from cnnviz.network.layers.base import Misfit
from cnnviz.network.report import Facts
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape

pytestmark = pytest.mark.usefixtures("one_torch_thread")

shapes_of_maps = st.tuples(st.integers(1, 4), st.integers(1, 8), st.integers(1, 8))
shapes_of_vectors = st.tuples(st.integers(1, 12))


@given(valid_networks())
def test_outputs_and_parameters_of_a_valid_network_are_those_of_torch(network: Network) -> None:
    report = check(network, facts(network))
    assert report.trainable, [problem.sentence() for problem in report.problems]
    modules = modules_of(network, {name: _known(report.nodes[name].inputs) for name in network.order})
    values = run_network(network, modules, torch.rand(BATCH, *facts(network).image))
    for name, node in report.nodes.items():
        assert node.output == tuple(values[name].shape[1:])
        module = modules.get(name)
        if module is not None:
            assert node.parameters == {key: tuple(one.shape) for key, one in module.named_parameters()}
            assert node.buffers == {key: tuple(one.shape) for key, one in module.named_buffers()}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"Input"}))
@given(data=st.data())
def test_a_layer_fits_exactly_where_torch_accepts_its_input(kind: str, data: st.DataObject) -> None:
    layer = data.draw(layers(kind))
    count = data.draw(st.integers(2, 3)) if layer.most_inputs is None else 1
    shapes = tuple(data.draw(st.one_of(shapes_of_maps, shapes_of_vectors)) for _ in range(count))
    try:
        inference = layer.infer(shapes)
    except Misfit as misfit:
        if not _stricter_than_torch(layer, misfit, shapes):
            # torch looks at the groups of all images together: what is wrong with them shows at one image
            images = 1 if misfit.code == "one_value_per_group" else BATCH
            with pytest.raises((RuntimeError, ValueError, IndexError, AssertionError)):
                _output(layer, shapes, images)
        return
    assert _output(layer, shapes) == inference.output


@given(st.one_of(wild_networks(), spoiled_networks()))
def test_every_shape_told_of_any_network_is_torchs(network: Network) -> None:
    report = check(network, Facts((1, 8, 8), 10))
    for name, node in report.nodes.items():
        if node.output is None or prod(node.output) > MOST_VALUES or not network.inputs[name]:
            continue
        assert _output(network[name], _known(node.inputs)) == node.output


@given(st.one_of(wild_networks(), spoiled_networks()))
def test_shapes_inferred_without_a_dataset_are_those_that_check_tells(network: Network) -> None:
    images = [layer.shape for layer in map(network.__getitem__, network.order) if isinstance(layer, Input)]
    shapes = infer(network)
    report = check(network, Facts(images[0] if images else (1, 1, 1), 10))
    assert (shapes.nodes, shapes.used) == (report.nodes, report.used)


def test_shapes_inferred_without_a_dataset_are_of_the_images_of_the_input() -> None:
    network = headed(Conv2d(6, (5, 5)), MaxPool2d((2, 2)))
    network = set_layer(network, "input", Input((3, 20, 12)))
    shapes = infer(network)
    assert [shapes.nodes[name].output for name in network.order[:3]] == [(3, 20, 12), (6, 16, 8), (6, 8, 4)]
    assert not any(node.output for name, node in infer(remove(network, ["input"])).nodes.items())


@given(st.data())
def test_macs_are_the_products_that_a_convolution_adds_up(data: st.DataObject) -> None:
    layer = data.draw(layers("Conv2d"))
    shape = data.draw(shapes_of_maps)
    try:
        inference = layer.infer((shape,))
    except Misfit:
        return
    weight = inference.parameters["weight"]
    values_out = prod(inference.output)
    assert inference.macs == values_out * prod(weight[1:])


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [("keras-tutorial", 121_930, 2_528_000), ("pytorch-tutorial", 225_034, 2_631_040), ("fast", 29_178, 1_924_992)],
)
def test_the_templates_have_the_parameters_they_are_known_for(name: str, parameters: int, macs: int) -> None:
    report = check(TEMPLATES[name].project().network, Facts((1, 28, 28), 10))
    assert (report.problems, report.parameters, report.macs) == ((), parameters, macs)


def _known(inputs: tuple[Shape | None, ...]) -> tuple[Shape, ...]:
    assert None not in inputs
    return tuple(shape for shape in inputs if shape is not None)


def _output(layer: Layer, inputs: tuple[Shape, ...], batch: int = BATCH) -> Shape:
    assert not isinstance(layer, Input)
    images = [torch.rand(batch, *shape) for shape in inputs]
    module = module_of(layer, inputs)
    return tuple(run(layer, None if module is None else module.eval(), images).shape[1:])


def _stricter_than_torch(layer: Layer, misfit: Misfit, inputs: tuple[Shape, ...]) -> bool:
    """torch adds a Linear to the last axis, broadcasts a sum, lets a window hang over the edge in ceil mode or lie
    in the padding, and gives maps without a pixel where a padding cuts off all there is."""
    if misfit.code in ("windows_in_padding", "values_cut_off"):
        return True
    if misfit.code in ("needs_flat", "output_not_flat", "add_shapes", "flat_and_maps", "padding_too_large"):
        return True
    if misfit.code == "needs_maps":
        # a vector of a batch looks to torch's pooling and padding like one map
        return layer.family == "pooling" or layer.kind in ("ZeroPad2d", "GroupNorm", "Dropout2d")
    return misfit.code == "window_too_large" and bool(getattr(layer, "ceil_mode", False))
