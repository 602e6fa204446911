"""How far one output value of a layer sees into the image.

The recursion is that of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill
2019, with fractions where a layer enlarges its input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from cnnviz.network.layers.base import Pair, Window
from cnnviz.network.problems import Shape

Fractions = tuple[int | Fraction, int | Fraction]
"""(height, width)"""


@dataclass(frozen=True)
class ReceptiveField:
    """The region of the image that one output value sees, in pixels, (height, width).

    ``start`` is the top left pixel of the region of output (0, 0); padding makes it negative. Each further output moves
    it by ``step``. Behind a layer that enlarges, steps are fractions: regions then move by whole pixels now and then,
    and ``extent`` is their mean size. A value that sees all positions at once (after Flatten) has step (0, 0).
    """

    extent: Fractions = (1, 1)
    step: Fractions = (1, 1)
    start: Fractions = (0, 0)

    @property
    def size(self) -> Pair:
        """Height and width of the largest region that there can be, in whole pixels."""
        return ceil(self.extent[0]), ceil(self.extent[1])


def through(seen: ReceptiveField, window: Window) -> ReceptiveField:
    """What the output of a sliding window sees, where its input sees ``seen``."""
    extent: list[int | Fraction] = []
    step: list[int | Fraction] = []
    start: list[int | Fraction] = []
    for axis in (0, 1):
        span = window.dilation[axis] * (window.kernel[axis] - 1)
        before, padding, enlarged = seen.step[axis], window.padding[axis], window.enlarged[axis]
        # of the values between which an enlarged input has nothing, only those within the span are read
        extent.append(seen.extent[axis] + span // enlarged * before)
        start.append(seen.start[axis] - padding // enlarged * before)
        step.append(_over(before * window.stride[axis], enlarged))
    return ReceptiveField((extent[0], extent[1]), (step[0], step[1]), (start[0], start[1]))


def whole(seen: ReceptiveField, positions: Shape, image: Shape) -> ReceptiveField:
    """What all positions of a map (height, width) see together, cut to the image (height, width)."""
    size, start = [], []
    for axis in (0, 1):
        first = max(0, int(seen.start[axis]))
        last = ceil(seen.start[axis] + seen.extent[axis] + (positions[axis] - 1) * seen.step[axis])
        start.append(first)
        size.append(max(1, min(last, image[axis]) - first))
    return ReceptiveField((size[0], size[1]), (0, 0), (start[0], start[1]))


def join(fields: Sequence[ReceptiveField], shapes: Sequence[Shape], image: Shape) -> ReceptiveField | None:
    """The smallest region that holds those of all inputs of these shapes; where one sees all positions, all do."""
    if not fields:
        return None
    if len(fields) == 1 and fields[0].step != (0, 0):
        return fields[0]
    if any(one.step == (0, 0) for one in fields):
        fields = [
            whole(one, shape[1:], image) if len(shape) == 3 else one for one, shape in zip(fields, shapes, strict=True)
        ]
    start = tuple(min(one.start[axis] for one in fields) for axis in (0, 1))
    end = tuple(max(one.start[axis] + one.extent[axis] for one in fields) for axis in (0, 1))
    step = tuple(max(one.step[axis] for one in fields) for axis in (0, 1))
    return ReceptiveField((end[0] - start[0], end[1] - start[1]), (step[0], step[1]), (start[0], start[1]))


def _over(value: int | Fraction, divisor: int) -> int | Fraction:
    quotient = Fraction(value, divisor) if divisor > 1 else value
    return quotient.numerator if quotient.denominator == 1 else quotient
