"""Transposed convolution: each value of the input spreads a kernel over the output, which makes maps larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Mismatch, Pair, Remedy, Window, channels_first, refuse
from cnnviz.network.layers.convolution import ungrouped
from cnnviz.network.reach import Axis
from cnnviz.numerals import spell
from cnnviz.parameters import integer, pair, switch
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class ConvTranspose2d(Layer):
    """Transposed convolution, the gradient of a convolution with respect to its input (``torch.nn.ConvTranspose2d``).

    Output size per axis: ``(in − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1``
    (Dumoulin and Visin, https://arxiv.org/abs/1603.07285, chapter 4; Zeiler et al., CVPR 2010).
    """

    family = "convolution"
    summary = (
        "Spreads a kernel over the output for each input value and adds up, which enlarges the maps by the stride."
    )
    aliases = ("deconv", "deconvolution", "transposed convolution", "upconv", "conv2dtranspose")
    formula = "y[o, i·s + u·d − p, j·s + v·d − p] += w[c, o, u, v] · x[c, i, j];  y[o] += b[o]"

    out_channels: int = integer(32, 1, 65536, "How many maps come out.", "maps")
    kernel_size: Pair = pair((2, 2), 1, 1024, "Height and width of what each input value spreads over.", "pixels")
    stride: Pair = pair((2, 2), 1, 1024, "How far two neighbours of the input stand apart in the output.", "pixels")
    padding: Pair = pair((0, 0), 0, 1024, "Border that is cut off the output.", "pixels")
    output_padding: Pair = pair(
        (0, 0), 0, 1024, "Rows and columns added at the bottom and right; less than stride or dilation.", "pixels"
    )
    dilation: Pair = pair((1, 1), 1, 1024, "Distance between the pixels that a kernel writes to.", "pixels")
    groups: int = integer(1, 1, 65536, "Into how many groups the maps are split; each is spread for itself.")
    bias: bool = switch(True, "Whether a learned number is added to each map.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        most = tuple(max(s, d) - 1 for s, d in zip(self.stride, self.dilation, strict=True))
        extra = tuple(min(pair) for pair in zip(self.output_padding, most, strict=True))
        unfit: list[Mismatch] = []
        if extra != self.output_padding:
            values = {"padding": self.output_padding, "stride": self.stride, "dilation": self.dilation}
            remedies = (Remedy("set", "output_padding", extra), Remedy("set", "output_padding", (0, 0)))
            unfit.append(Mismatch("output_padding", remedies, values))
        channels, height, width = channels_first(inputs, [*ungrouped(self.groups, 0, self.out_channels), *unfit])
        mismatches = [*ungrouped(self.groups, channels, self.out_channels), *unfit]
        uncut = self._uncut((height, width), extra)
        out = tuple(n - 2 * p for n, p in zip(uncut, self.padding, strict=True))
        if min(out) < 1:
            fitting = tuple(min(p, (n - 1) // 2) for n, p in zip(uncut, self.padding, strict=True))
            remedies = (Remedy("set", "padding", fitting), Remedy("set", "padding", (0, 0)))
            mismatches.append(Mismatch("padding_too_large", remedies, {"padding": self.padding, "uncut": uncut}))
        elif not unfit and any(axis.has_empty_windows() for axis in self.axes((height, width), out)):
            (top, left), less = self.padding, range(max(self.padding) - 1, -1, -1)
            smaller = tuple(Remedy("set", "padding", (min(top, most), min(left, most))) for most in less)
            mismatches.append(Mismatch("values_cut_off", smaller, {"padding": self.padding}))
        refuse(mismatches)
        weight = (channels, self.out_channels // self.groups, *self.kernel_size)
        parameters: dict[str, Shape] = {"weight": weight}
        if self.bias:
            parameters["bias"] = (self.out_channels,)
        macs = height * width * weight[0] * weight[1] * weight[2] * weight[3]
        return Inference((self.out_channels, out[0], out[1]), parameters, macs=macs)

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        """A convolution over the enlarged input; see Dumoulin and Visin for its padding."""
        around = tuple(d * (k - 1) - p for k, d, p in zip(self.kernel_size, self.dilation, self.padding, strict=True))
        return Window(self.kernel_size, (1, 1), (around[0], around[1]), self.dilation, self.stride)

    def axes(self, size: tuple[int, ...], out: tuple[int, ...]) -> tuple[Axis, ...]:
        """The geometry, along height and width, of the convolution from output to input whose gradient this layer
        is."""
        numbers = zip(out, size, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        return tuple(Axis(*each) for each in numbers)

    def brief(self) -> Sentence:
        return unchanged(f"{self.kind} {spell(self.kernel_size)}")

    def _uncut(self, size: Pair, extra: tuple[int, ...]) -> tuple[int, ...]:
        """Height and width before the padding is cut off; ``extra`` are the added rows and columns."""
        return tuple(
            (n - 1) * s + d * (k - 1) + more + 1
            for n, s, d, k, more in zip(size, self.stride, self.dilation, self.kernel_size, extra, strict=True)
        )
