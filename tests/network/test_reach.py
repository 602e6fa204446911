"""Which weights and windows meet values: beside a count position by position, and beside torch's gradients."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnviz.network.check import check
from cnnviz.network.fixes import applied
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, ConvTranspose2d, Dense, Flatten, Input, Layer, Output, ReLU
from cnnviz.network.reach import Axis
from cnnviz.network.report import Facts

small = st.integers(1, 5)


@given(st.builds(Axis, st.integers(1, 6), small, small, small, st.integers(0, 8), small))
def test_an_axis_counts_as_one_does_position_by_position(axis: Axis) -> None:
    values = range(axis.size)
    meets = {
        (window, weight)
        for window in range(axis.steps)
        for weight in range(axis.kernel)
        if window * axis.stride + weight * axis.dilation - axis.padding in values
    }
    assert axis.used_weights() == sorted({weight for _, weight in meets})
    assert axis.has_idle_weights() == (len({weight for _, weight in meets}) < axis.kernel)
    assert axis.has_empty_windows() == (len({window for window, _ in meets}) < axis.steps)


@given(st.booleans(), *[st.tuples(small, small)] * 4, st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_weights_that_meet_nothing_have_no_gradient_in_torch(
    transposed: bool,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int],
) -> None:
    layer: Conv2d | ConvTranspose2d
    module: nn.Conv2d | nn.ConvTranspose2d
    if transposed:
        layer = ConvTranspose2d(1, kernel, stride, padding, dilation=dilation)
        module = nn.ConvTranspose2d(1, 1, kernel, stride, padding, bias=False, dilation=dilation)
    else:
        layer = Conv2d(1, kernel, stride, padding, dilation)
        module = nn.Conv2d(1, 1, kernel, stride, padding, dilation, bias=False)
    nn.init.ones_(module.weight)
    images = torch.ones(1, 1, *size, dtype=torch.float64, requires_grad=True)
    try:
        output = module.double()(images)
    except RuntimeError:
        return
    torch.autograd.backward(output.sum())
    assert module.weight.grad is not None and images.grad is not None
    axes = layer.axes(size, tuple(output.shape[2:]))
    used = module.weight.grad[0, 0] != 0
    rows, columns = (axis.used_weights() for axis in axes)
    # a weight is used where both its row and its column are
    assert used.nonzero().tolist() == [[row, column] for row in rows for column in columns]
    empty = images.grad[0, 0] == 0 if transposed else output.detach()[0, 0] == 0
    assert any(axis.has_empty_windows() for axis in axes) == bool(empty.all(0).any() or empty.all(1).any())


def test_six_convolutions_with_a_stride_are_told_where_they_run_out_of_pixels() -> None:
    layers: list[tuple[str, Layer]] = []
    for at in range(1, 7):
        layers += [(f"conv{at}", Conv2d(8, (3, 3), (2, 2), (1, 1))), (f"relu{at}", ReLU())]
    network = chain(("input", Input()), *layers, ("flatten", Flatten()), ("fc", Dense(10)), ("output", Output()))
    report = check(network, Facts((1, 28, 28), 10))
    assert report.trainable
    (fifth, sixth) = report.problems
    assert sixth.sentence().startswith("Of each 3×3 kernel of “conv6” only 1×1 weights meet its 1×1 input")
    assert [fix.label() for fix in fifth.fixes] == ["Set kernel_size 2, padding 0"]
    assert [fix.label() for fix in sixth.fixes] == ["Set kernel_size 1, padding 0", "Remove conv6"]
    for problem in report.problems:
        network = applied(network, problem.fixes[0].edit)
    assert check(network, Facts((1, 28, 28), 10)).problems == ()
    assert check(network, Facts((1, 28, 28), 10)).nodes["conv6"].output == (8, 1, 1)


def test_a_padding_wider_than_the_kernel_gets_less_padding_or_a_larger_kernel() -> None:
    network = chain(
        ("input", Input()), ("conv", Conv2d(8, padding=(3, 3))), ("relu", ReLU()), ("flatten", Flatten()),
        ("fc", Dense(10)), ("output", Output()),
    )  # fmt: skip
    (problem,) = check(network, Facts((1, 28, 28), 10)).problems
    assert problem.code == "windows_in_padding"
    assert [fix.label() for fix in problem.fixes] == ["Set padding 2", "Set kernel_size 4"]
