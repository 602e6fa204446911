"""Convolutions of the shapes that torch computes wrongly on processors are right here, in both precisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.network.check import check
from cnnviz.network.layers import Conv2d, ConvTranspose2d
from cnnviz.network.report import Facts, NodeReport
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.computation import Computation, computation
from cnnviz.training.device import Placement
from cnnviz.training.loop import precision
from cnnviz.training.modules import BUILDERS

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape

pytestmark = pytest.mark.usefixtures("one_torch_thread")

AS_SET, FLOAT32, UNFOLDED = Computation.AS_SET, Computation.FLOAT32, Computation.UNFOLDED
SHAPES: list[tuple[Conv2d | ConvTranspose2d, Shape, Computation]] = [
    (Conv2d(8, padding=(1, 1)), (4, 14, 14), AS_SET),
    (Conv2d(8, (3, 3), (2, 2), (1, 1)), (4, 14, 14), AS_SET),
    (Conv2d(8, (1, 1)), (4, 1, 1), AS_SET),
    (Conv2d(32, (5, 5)), (16, 5, 5), AS_SET),
    (Conv2d(32, (3, 3), (2, 2), (1, 1)), (32, 1, 1), FLOAT32),
    (Conv2d(32, (3, 3), (1, 1), (1, 1)), (32, 1, 1), FLOAT32),
    (Conv2d(32, (5, 5), (1, 1), "same"), (16, 2, 7), FLOAT32),
    (Conv2d(8, (3, 3), (3, 3), (2, 2), (1, 2), bias=False), (4, 4, 3), FLOAT32),
    (Conv2d(16, (1, 1), (2, 2)), (8, 6, 14), FLOAT32),
    (Conv2d(4, (3, 3), (2, 2), bias=False), (4, 16, 3), FLOAT32),
    (Conv2d(32, (2, 2), (1, 2), (1, 0)), (1, 4, 3), UNFOLDED),
    (Conv2d(4, (5, 4), (1, 3), (1, 0), groups=2), (2, 4, 4), UNFOLDED),
    (Conv2d(16, (2, 5), (1, 3), (1, 0), bias=False), (1, 9, 5), UNFOLDED),
    (ConvTranspose2d(8), (4, 5, 5), AS_SET),
    (ConvTranspose2d(8, (3, 3), (2, 2), (1, 1)), (4, 1, 1), FLOAT32),
    (ConvTranspose2d(4, (1, 1), (2, 1), output_padding=(1, 0)), (2, 2, 9), FLOAT32),
    (ConvTranspose2d(4, (5, 2), (3, 3), (3, 0), (2, 0), (2, 2), 2, bias=False), (8, 16, 1), FLOAT32),
    (ConvTranspose2d(2, (3, 3), (1, 2), groups=2), (6, 4, 1), UNFOLDED),
    (ConvTranspose2d(1, (2, 3), (1, 2), (1, 0), (1, 2), (2, 3)), (3, 4, 1), UNFOLDED),
]


@pytest.mark.parametrize(("layer", "shape", "expected"), SHAPES)
@pytest.mark.parametrize("number_format", ["float32", "bfloat16"])
def test_outputs_and_gradients_are_those_of_float64(
    layer: Conv2d | ConvTranspose2d, shape: Shape, expected: Computation, number_format: str
) -> None:
    node = NodeReport((shape,), layer.infer((shape,)).output)
    assert computation(layer, node) is expected
    placement = Placement(torch.device("cpu"), number_format, 1)  # type: ignore[arg-type]
    for seed in range(3):
        torch.manual_seed(seed)
        module = BUILDERS[type(layer)](layer, node, 0).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        with torch.no_grad():
            for one in module.parameters():
                one.copy_(torch.randn_like(one).bfloat16())
        images = torch.randn(16, *shape).bfloat16().float().contiguous(memory_format=torch.channels_last)
        images.requires_grad_()
        with precision(placement):
            output: Tensor = module(images)
        assert output.dtype is getattr(torch, number_format) and output.shape[1:] == node.output
        upstream = torch.randn_like(output)
        torch.autograd.backward(output, upstream)
        parameters = dict(module.named_parameters())
        exact = {name: one.detach().double().requires_grad_() for name, one in [*parameters.items(), ("x", images)]}
        plain = _plain(layer, exact)
        torch.autograd.backward(plain, upstream.double())
        found = {**{name: one.grad for name, one in parameters.items()}, "x": images.grad}
        share = 1e-5 if number_format == "float32" else 0.02
        for actual, wanted in [(output, plain), *((found[name], one.grad) for name, one in exact.items())]:
            assert actual is not None and wanted is not None
            atol = share * float(wanted.detach().abs().max())
            torch.testing.assert_close(actual.double(), wanted, rtol=share, atol=atol)


def test_ordinary_networks_are_computed_as_set() -> None:
    for name in ("fast", "pytorch-tutorial", "keras-tutorial", "lenet-5", "vgg-16-28"):
        network = TEMPLATES[name].project().network
        report = check(network, Facts((1, 28, 28), 10))
        assert {computation(network[node], report.nodes[node]) for node in network.order} == {AS_SET}


def _plain(layer: Conv2d | ConvTranspose2d, tensors: dict[str, Tensor]) -> Tensor:
    x, weight, bias = tensors["x"], tensors["weight"], tensors.get("bias")
    if isinstance(layer, Conv2d):
        return functional.conv2d(x, weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)
    return functional.conv_transpose2d(
        x, weight, bias, layer.stride, layer.padding, layer.output_padding, layer.groups, layer.dilation
    )
