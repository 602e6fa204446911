"""Convolution: a window slides over all input maps at once; each output map has a kernel stack of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import TYPE_CHECKING, Literal

from cnnviz.network.layers.base import Inference, Layer, Mismatch, Pair, Remedy, Window, channels_first, refuse
from cnnviz.network.reach import Axis
from cnnviz.numerals import spell
from cnnviz.parameters import integer, padding, pair, switch
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class Conv2d(Layer):
    """Two-dimensional convolution (cross-correlation: the kernel is not flipped).

    Output size per axis: ``floor((in + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1``
    (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", https://arxiv.org/abs/1603.07285).
    """

    family = "convolution"
    summary = "Slides kernels over all input maps; each output map sums the products of one stack of kernels."
    aliases = ("convolution", "convolutional", "depthwise", "pointwise", "filter")
    formula = (
        "y[o, i, j] = b[o] + Σ(c, u, v) w[o, c, u, v] · x[c, i·s + u·d − p, j·s + v·d − p],"
        " c over the input maps of the group of o"
    )

    out_channels: int = integer(32, 1, 65536, "How many kernels are learned, and so how many maps come out.", "maps")
    kernel_size: Pair = pair((3, 3), 1, 1024, "Height and width of the window.", "pixels")
    stride: Pair = pair((1, 1), 1, 1024, "How far the window moves between two outputs.", "pixels")
    padding: Pair | Literal["same"] = padding((0, 0), 1024, "Zeros added around the input; “same” keeps its size.")
    dilation: Pair = pair(
        (1, 1), 1, 1024, "Distance between the pixels that the window reads; 1 reads them all.", "pixels"
    )
    groups: int = integer(1, 1, 65536, "Into how many groups the maps are split; each is convolved for itself.")
    bias: bool = switch(True, "Whether a learned number is added to each map.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        around, strided = self._padding_total(), self._same_with_stride()
        channels, height, width = channels_first(inputs, [*ungrouped(self.groups, 0, self.out_channels), *strided])
        mismatches = [*ungrouped(self.groups, channels, self.out_channels), *strided]
        size = (height, width)
        spans = tuple(d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))
        out = tuple((n + p - k) // s + 1 for n, p, k, s in zip(size, around, spans, self.stride, strict=True))
        if any(n + p < k for n, p, k in zip(size, around, spans, strict=True)):
            mismatches.append(
                Mismatch("kernel_too_large", self._for_large_kernel(size, spans), {"kernel": spans, "input": size})
            )
        elif not strided and any(axis.has_empty_windows() for axis in self.axes(size, out)):
            remedies = self._without_empty_windows((channels, *size))
            mismatches.append(Mismatch("windows_in_padding", remedies, {"input": size}))
        refuse(mismatches)
        weight = (self.out_channels, channels // self.groups, *self.kernel_size)
        parameters: dict[str, Shape] = {"weight": weight}
        if self.bias:
            parameters["bias"] = (self.out_channels,)
        macs = out[0] * out[1] * weight[0] * weight[1] * weight[2] * weight[3]
        return Inference((self.out_channels, out[0], out[1]), parameters, macs=macs)

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        top_left = tuple(total // 2 for total in self._padding_total())
        return Window(self.kernel_size, self.stride, (top_left[0], top_left[1]), self.dilation)

    def axes(self, size: tuple[int, ...], out: tuple[int, ...]) -> tuple[Axis, ...]:
        """The geometry along height and width, for an input ``size`` and an output size ``out`` (height, width)."""
        border = (total // 2 for total in self._padding_total())
        numbers = zip(size, out, self.kernel_size, self.stride, border, self.dilation, strict=True)
        return tuple(Axis(*each) for each in numbers)

    def brief(self) -> Sentence:
        return unchanged(f"{self.kind} {spell(self.kernel_size)}")

    def _padding_total(self) -> Pair:
        """The zeros added along each axis, at both sides together; "same" adds ``dilation * (kernel - 1)``, as in
        torch."""
        if self.padding == "same":
            return (
                self.dilation[0] * (self.kernel_size[0] - 1),
                self.dilation[1] * (self.kernel_size[1] - 1),
            )
        assert isinstance(self.padding, tuple)
        return 2 * self.padding[0], 2 * self.padding[1]

    def _same_with_stride(self) -> list[Mismatch]:
        if self.padding != "same" or self.stride == (1, 1):
            return []
        half = tuple(total // 2 for total in self._padding_total())
        remedies = (Remedy("set", "stride", (1, 1)), Remedy("set", "padding", half))
        return [Mismatch("same_with_stride", remedies, {"stride": self.stride})]

    def _for_large_kernel(self, size: Pair, spans: tuple[int, ...]) -> tuple[Remedy, ...]:
        """More padding, or a smaller kernel, for a kernel whose ``spans`` are larger than the padded input."""
        assert isinstance(self.padding, tuple)
        needed = tuple(max(p, -((n - k) // 2)) for p, n, k in zip(self.padding, size, spans, strict=True))
        half = tuple(max(p, k // 2) for p, k in zip(needed, spans, strict=True))
        fitting = [
            min(k, (n + 2 * p - 1) // d + 1)
            for k, n, p, d in zip(self.kernel_size, size, self.padding, self.dilation, strict=True)
        ]
        smaller = [tuple(-(-k // share) for k in fitting) for share in (1, 2, 4, 8)]
        paddings = [Remedy("set", "padding", value) for value in (needed, half)]
        return (*paddings, *(Remedy("set", "kernel_size", value) for value in smaller))

    def _without_empty_windows(self, shape: tuple[int, int, int]) -> tuple[Remedy, ...]:
        """Less padding, a larger kernel, or no dilation, each with the smallest change that helps; else removing it."""
        around, spans = self.padding, self.kernel_size
        remedies: list[Remedy] = []
        if isinstance(around, tuple):
            smaller = [(min(around[0], most), min(around[1], most)) for most in range(max(around) - 1, -1, -1)]
            remedies += [Remedy("set", "padding", value) for value in smaller]
            larger = [(max(spans[0], least), max(spans[1], least)) for least in (max(around) + 1, 2 * max(around) + 1)]
            remedies += [Remedy("set", "kernel_size", value) for value in larger]
        remedies.append(Remedy("set", "dilation", (1, 1)))
        found: dict[str, Remedy] = {}
        for remedy in remedies:
            if remedy.parameter not in found and self._fits(remedy, shape):
                found[remedy.parameter] = remedy
        return tuple(found.values()) or (Remedy("remove"),)

    def _fits(self, remedy: Remedy, shape: tuple[int, int, int]) -> bool:
        changed = replace(self, **{remedy.parameter: remedy.value})
        size = shape[1:]
        spans = [d * (k - 1) + 1 for k, d in zip(changed.kernel_size, changed.dilation, strict=True)]
        ranges = [n + p - k for n, p, k in zip(size, changed._padding_total(), spans, strict=True)]
        out = tuple(length // s + 1 for length, s in zip(ranges, changed.stride, strict=True))
        if changed == self or min(ranges) < 0:
            return False
        return not any(axis.has_empty_windows() for axis in changed.axes(size, out))


def ungrouped(groups: int, channels: int, out_channels: int) -> list[Mismatch]:
    """Reasons for a misfit if the input or output channels of a convolution cannot be split into equal groups.

    ``channels`` is 0 if the number of input channels is not known.
    """
    sides = (("groups_in", channels), ("groups_out", out_channels))
    shared = (Remedy("set", "groups", gcd(groups, channels, out_channels)),)
    return [Mismatch(code, shared, {"groups": groups, "channels": count}) for code, count in sides if count % groups]
