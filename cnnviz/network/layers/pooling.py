"""Pooling: each map is summarized window by window; nothing is learned."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Mismatch, Pair, Reading, Remedy, Window, channels_first, refuse
from cnnviz.numerals import spell
from cnnviz.parameters import pair, switch
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class WindowPool2d(Layer):
    """A pooling with a sliding window, as a convolution has."""

    family = "pooling"
    keeps_sign = True

    kernel_size: Pair = pair((2, 2), 1, 1024, "Height and width of the window.", "pixels")
    stride: Pair = pair((2, 2), 1, 1024, "How far the window moves between two outputs.", "pixels")
    padding: Pair = pair((0, 0), 0, 512, "Border added around the input, at most half of the window.", "pixels")
    ceil_mode: bool = switch(False, "Whether a last window that hangs over the edge counts too.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        mismatches: list[Mismatch] = []
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            half = tuple(min(p, k // 2) for p, k in zip(self.padding, self.kernel_size, strict=True))
            wide = tuple(max(2 * p, k) for p, k in zip(self.padding, self.kernel_size, strict=True))
            remedies = (Remedy("set", "padding", half), Remedy("set", "kernel_size", wide))
            values = {"padding": self.padding, "kernel": self.kernel_size}
            mismatches.append(Mismatch("pool_padding", remedies, values))
        channels, height, width = channels_first(inputs, mismatches)
        size = (height, width)
        if any(n + 2 * p < k for n, p, k in zip(size, self.padding, self.kernel_size, strict=True)):
            fitting = tuple(min(n + 2 * p, k) for n, p, k in zip(size, self.padding, self.kernel_size, strict=True))
            smaller = tuple(max(2 * p, -(-k // 2)) for p, k in zip(self.padding, fitting, strict=True))
            sizes = [Remedy("set", "kernel_size", size) for size in (fitting, smaller)]
            values = {"kernel": self.kernel_size, "input": size}
            mismatches.append(Mismatch("window_too_large", (*sizes, Remedy("remove")), values))
        refuse(mismatches)
        return Inference((channels, self._steps(height, 0), self._steps(width, 1)))

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        return Window(self.kernel_size, self.stride, self.padding)

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "pool_of_one" if self.kernel_size == (1, 1) and self.infer(inputs).output == inputs[0] else ""

    def brief(self) -> Sentence:
        return unchanged(f"{self.kind} {spell(self.kernel_size)}")

    def _steps(self, size: int, axis: int) -> int:
        kernel, stride, border = self.kernel_size[axis], self.stride[axis], self.padding[axis]
        room = size + 2 * border - kernel
        if not self.ceil_mode:
            return room // stride + 1
        steps = -(-room // stride) + 1
        # torch drops a last window that would start in the padding on the far side
        return steps - 1 if (steps - 1) * stride >= size + border else steps


@dataclass(frozen=True)
class MaxPool2d(WindowPool2d):
    """The largest value of each window, map by map (https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html)."""

    summary = "Keeps the largest value of each window, map by map; learns nothing."
    aliases = ("max pooling", "subsampling", "downsample")
    formula = "y[c, i, j] = max(u, v) x[c, i·s + u − p, j·s + v − p]"


@dataclass(frozen=True)
class AvgPool2d(WindowPool2d):
    """The mean of each window, map by map; padding counts as zeros
    (https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
    """

    summary = "Keeps the mean of each window, map by map; learns nothing."
    aliases = ("average pooling", "mean pooling", "averagepooling2d")
    formula = "y[c, i, j] = 1 / (k_h · k_w) Σ(u, v) x[c, i·s + u − p, j·s + v − p]"


@dataclass(frozen=True)
class _AdaptivePool2d(Layer):
    family = "pooling"
    keeps_sign = True

    output_size: Pair = pair((1, 1), 1, 1024, "Height and width that come out, whatever goes in.", "pixels")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, _, _ = channels_first(inputs)
        return Inference((channels, *self.output_size))

    def readings(self, inputs: tuple[Shape, ...]) -> tuple[Reading, Reading] | None:
        """As in torch, window ``i`` begins at ``floor(i·n/out)`` and ends before ``ceil((i + 1)·n/out)``."""
        _, height, width = channels_first(inputs)
        return _parts(height, self.output_size[0]), _parts(width, self.output_size[1])

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "pool_to_its_size" if self.output_size == inputs[0][1:] else ""

    def brief(self) -> Sentence:
        return Sentence("{kind} to {size}", kind=self.kind, size=self.output_size)


@dataclass(frozen=True)
class AdaptiveAvgPool2d(_AdaptivePool2d):
    """Means over a fixed number of windows (``torch.nn.AdaptiveAvgPool2d``; He et al., https://arxiv.org/abs/1406.4729)."""

    summary = "Keeps the mean of each of as many windows as are wanted, so that any input gives one output size."
    aliases = ("adaptive average pooling",)
    formula = "y[c, i, j] = mean of x[c] over rows ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ and columns likewise"


@dataclass(frozen=True)
class AdaptiveMaxPool2d(_AdaptivePool2d):
    """Maxima over a fixed number of windows (``torch.nn.AdaptiveMaxPool2d``; He et al., https://arxiv.org/abs/1406.4729)."""

    summary = (
        "Keeps the largest value of each of as many windows as are wanted, so that any input gives one output size."
    )
    aliases = ("adaptive max pooling",)
    formula = "y[c, i, j] = max of x[c] over rows ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ and columns likewise"


@dataclass(frozen=True)
class _GlobalPool2d(Layer):
    family = "pooling"
    keeps_sign = True
    sees_all = True

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, _, _ = channels_first(inputs)
        return Inference((channels,))


@dataclass(frozen=True)
class GlobalAvgPool2d(_GlobalPool2d):
    """Global average pooling (Lin, Chen and Yan, "Network in network"); the output is flat.

    https://arxiv.org/abs/1312.4400
    """

    summary = "Keeps one number for each map, its mean; what comes out is flat, ready for Dense."
    aliases = ("gap", "global average pooling", "globalaveragepooling2d")
    formula = "y[c] = (1 / (H · W)) Σ(i, j) x[c, i, j]"


@dataclass(frozen=True)
class GlobalMaxPool2d(_GlobalPool2d):
    """Global max pooling (Oquab et al., CVPR 2015); the output is flat.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
    """

    summary = "Keeps one number for each map, its largest value; what comes out is flat, ready for Dense."
    aliases = ("gmp", "global max pooling")
    formula = "y[c] = max(i, j) x[c, i, j]"


def _parts(size: int, count: int) -> Reading:
    """The windows of an adaptive pooling along an axis: ``size`` values in ``count`` parts, which may overlap by
    one."""
    period = count // gcd(size, count)
    parts = tuple(range(at * size // count, -(-(at + 1) * size // count)) for at in range(period))
    return Reading(parts, size * period // count)
