"""Layers that change the shape of their input; they have no weights."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Misfit, Pair, Remedy, Window, channels_first
from cnnviz.parameters import choice, pair, shape, sides
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape

MOST_TIMES = 64
"""The largest factor of an Upsample."""


@dataclass(frozen=True)
class _Shaping(Layer):
    family = "shape"
    keeps_sign = True


@dataclass(frozen=True)
class Flatten(_Shaping):
    """Maps written out as one vector, channel by channel, row by row (https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html)."""

    summary = "Writes all maps out as one vector, channel by channel, row by row."
    aliases = ("vectorize",)
    formula = "y[(c·H + i)·W + j] = x[c, i, j]"
    sees_all = True

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference((prod(inputs[0]),))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "flat_already" if len(inputs[0]) == 1 else ""


@dataclass(frozen=True)
class Reshape(_Shaping):
    """The same values in the same order as maps of another shape (Keras ``Reshape``;
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html).
    """

    summary = "Cuts the same values, in the same order, into maps of another shape."
    aliases = ("view", "unflatten")
    formula = "y[c, i, j] = x[(c·H + i)·W + j], x written out as one vector"
    sees_all = True

    shape: Shape = shape((1, 28, 28), 1_000_000_000, "Channels, height and width that come out.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        count, needed = prod(inputs[0]), prod(self.shape)
        if count != needed:
            _, height, width = self.shape
            fitting = (count // (height * width), height, width) if count % (height * width) == 0 else (count, 1, 1)
            remedies = (Remedy("set", "shape", fitting), Remedy("remove"))
            raise Misfit("reshape_count", remedies, count=count, wanted=needed, shape=self.shape)
        return Inference(self.shape)

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "shape_already" if inputs[0] == self.shape else ""


@dataclass(frozen=True)
class Upsample(_Shaping):
    """Maps enlarged by a whole number ("bilinear" with ``align_corners=False``;
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html).
    """

    summary = "Enlarges each map: repeats its values, or draws straight lines between them."
    aliases = ("interpolate", "resize", "upsampling2d")
    formula = "y[c, i, j] = x[c, ⌊i / s⌋, ⌊j / s⌋];  bilinear: weighted mean of the four nearest"

    scale_factor: Pair = pair((2, 2), 1, MOST_TIMES, "How many times higher and wider the maps become.")
    mode: str = choice("nearest", ("nearest", "bilinear"), "Whether values are repeated or blended.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        return Inference((channels, height * self.scale_factor[0], width * self.scale_factor[1]))

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        """The window of a convolution over the enlarged input: a box kernel for "nearest", a triangle for
        "bilinear"."""
        high, wide = self.scale_factor
        if self.mode == "nearest":
            return Window((high, wide), (1, 1), (high - 1, wide - 1), enlarged=(high, wide))
        tent = (2 * high - high % 2, 2 * wide - wide % 2)
        return Window(tent, (1, 1), ((3 * high - 2) // 2, (3 * wide - 2) // 2), enlarged=(high, wide))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "scale_of_one" if self.scale_factor == (1, 1) else ""

    def brief(self) -> Sentence:
        high, wide = self.scale_factor
        return unchanged(f"Upsample ×{high}" if high == wide else "Upsample")


@dataclass(frozen=True)
class ZeroPad2d(_Shaping):
    """A border of zeros, each side by itself (https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html)."""

    summary = "Adds rows and columns of zeros around each map, each side by itself."
    aliases = ("padding", "zeropadding2d")
    formula = "y[c, i, j] = x[c, i − top, j − left] inside;  0 in the border"

    padding: tuple[int, int, int, int] = sides((1, 1, 1, 1), 1024, "Zeros added at the left, right, top and bottom.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        left, right, top, bottom = self.padding
        return Inference((channels, height + top + bottom, width + left + right))

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        left, _, top, _ = self.padding
        return Window((1, 1), (1, 1), (top, left))

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "" if any(self.padding) else "no_border"
