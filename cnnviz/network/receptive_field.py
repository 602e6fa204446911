"""Receptive fields: the region of the image that one output value of a layer depends on.

Rows and columns are computed separately. After convolutions and poolings the regions of neighbouring outputs have equal
distances (Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019). After a
layer that enlarges its input their sizes and distances differ, but repeat after a few outputs; a :class:`Sweep`
describes such a periodic sequence of regions.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd, inf, lcm
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cnnviz.network.layers.base import Pair, Reading
    from cnnviz.network.shape import Shape

Fractions = tuple[int | Fraction, int | Fraction]
"""(height, width)"""

LONGEST_PERIOD = 4096
"""If regions do not repeat within this many outputs, one region that contains all of them is used; no map is as
large."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The regions that the outputs along one axis see, in pixels.

    Output ``i`` sees the pixels from ``starts[i]`` up to, not including, ``ends[i]``. After ``len(starts)`` outputs the
    pattern repeats, ``shift`` pixels further on. For an output that sees no pixel, the start is infinity and the end
    minus infinity.
    """

    shift: int = 1
    starts: tuple[float, ...] = (0,)
    ends: tuple[float, ...] = (1,)

    def region(self, at: int) -> tuple[float, float]:
        """The first pixel that output ``at`` sees, and the first pixel after its region. ``at`` may be negative, for a
        position in the padding of the next layer."""
        times, place = divmod(at, len(self.starts))
        return self.starts[place] + times * self.shift, self.ends[place] + times * self.shift


Axis = tuple[Sweep, ...]
"""The sweeps of all paths to a layer along one axis: one for each distance between regions, the largest last."""


@dataclass(frozen=True)
class ReceptiveField:
    """The regions of the image that the outputs of a layer see, in pixels, padding included.

    ``axes`` are (height, width). ``positions`` are the height and width of the output, (1, 1) if it is flat.
    """

    axes: tuple[Axis, Axis] = ((Sweep(),), (Sweep(),))
    positions: Pair = (1, 1)

    def region(self, axis: int, at: int) -> tuple[float, float]:
        """The first row (``axis`` 0) or column (1) that output ``at`` sees, and the first one after the region."""
        regions = [sweep.region(at) for sweep in self.axes[axis]]
        return min(start for start, _ in regions), max(end for _, end in regions)

    @cached_property
    def size(self) -> Pair:
        """Height and width of the largest region that an output sees."""
        return self._largest(0), self._largest(1)

    @cached_property
    def step(self) -> Fractions:
        """The mean distance between the regions of two neighbouring outputs; (0, 0) if each output sees all positions.

        If paths with different distances meet, it is the largest.
        """
        return self._distance(0), self._distance(1)

    @cached_property
    def start(self) -> Pair:
        """The top left pixel of the first region; negative if it is in the padding."""
        return self._first(0), self._first(1)

    def holds(self, axis: int) -> bool:
        """Whether all outputs see the same region along an axis."""
        return self.axes[axis][-1].shift == 0

    def _largest(self, axis: int) -> int:
        sweeps, count = self.axes[axis], self.positions[axis]
        if len(sweeps) == 1 and len(sweeps[0].starts) == 1:
            return max(0, int(sweeps[0].ends[0] - sweeps[0].starts[0]))
        # among outputs a period apart the size is largest at an end: region ends are convex, region starts concave
        period = min(count, LONGEST_PERIOD, lcm(*(len(sweep.starts) for sweep in sweeps)))
        edges = {*range(period), *range(max(0, count - period), count)}
        sizes = [end - start for start, end in (self.region(axis, at) for at in edges)]
        return int(max(0, *sizes))

    def _distance(self, axis: int) -> int | Fraction:
        fastest = max(Fraction(sweep.shift, len(sweep.starts)) for sweep in self.axes[axis])
        return fastest.numerator if fastest.denominator == 1 else fastest

    def _first(self, axis: int) -> int:
        starts = [start for sweep in self.axes[axis] for start in sweep.starts if start != inf]
        return int(min(starts, default=0))


def of_image(shape: Shape) -> ReceptiveField:
    """The receptive field of the pixels of an image (C, H, W): each sees itself."""
    return ReceptiveField(positions=(shape[1], shape[2]))


def through(seen: ReceptiveField, readings: tuple[Reading, Reading], output: Shape) -> ReceptiveField:
    """The receptive field of a layer that reads maps with the receptive field ``seen``; ``output`` is (C, H, W)."""
    rows = tuple([_through(sweep, readings[0], seen.positions[0]) for sweep in seen.axes[0]])
    columns = tuple([_through(sweep, readings[1], seen.positions[1]) for sweep in seen.axes[1]])
    return ReceptiveField((rows, columns), (output[1], output[2]))


@lru_cache(maxsize=4096)
def _through(sweep: Sweep, reading: Reading, positions: int) -> Sweep:
    period, count = len(sweep.starts), len(reading.inputs)
    rounds = period // gcd(period, reading.shift)
    if rounds * count > LONGEST_PERIOD:
        return _together([sweep], positions)
    starts, ends = [], []
    for at in range(rounds * count):
        inputs, first = reading.inputs[at % count], at // count * reading.shift
        # a region one period later starts and ends no earlier
        starts.append(min([sweep.region(first + place)[0] for place in inputs[:period]], default=inf))
        ends.append(max([sweep.region(first + place)[1] for place in inputs[-period:]], default=-inf))
    return Sweep(reading.shift * rounds // period * sweep.shift, tuple(starts), tuple(ends))


def whole(seen: ReceptiveField, image: Shape, output: Shape) -> ReceptiveField:
    """The receptive field of a layer whose outputs all read every position, limited to the image (height, width)."""
    rows, columns = (_cut(seen, axis, image[axis]) for axis in (0, 1))
    return ReceptiveField(((rows,), (columns,)), _positions(output))


def join(fields: Sequence[ReceptiveField], image: Shape, output: Shape) -> ReceptiveField | None:
    """The receptive field of a layer whose outputs read all these inputs at their own position, such as Add.

    Along an axis where one input sees everything, or is broadcast to the positions of ``output``, all outputs see the
    same.
    """
    positions = _positions(output)
    if len(fields) == 1 and fields[0].positions == positions:
        return fields[0]
    if not fields:
        return None
    axes: list[Axis] = []
    for axis in (0, 1):
        if all(field.positions[axis] == positions[axis] and not field.holds(axis) for field in fields):
            axes.append(_merged(sweep for field in fields for sweep in field.axes[axis]))
        else:
            axes.append((_together([_cut(field, axis, image[axis]) for field in fields], 1),))
    return ReceptiveField((axes[0], axes[1]), positions)


def _positions(output: Shape) -> Pair:
    return (output[1], output[2]) if len(output) == 3 else (1, 1)


def _cut(seen: ReceptiveField, axis: int, side: int) -> Sweep:
    """The region that all positions of a map see together along an axis, limited to the image."""
    sweep = _together(seen.axes[axis], seen.positions[axis])
    first = min(max(0, sweep.starts[0]), side - 1)
    return Sweep(0, (first,), (max(first + 1, min(sweep.ends[0], side)),))


def _together(sweeps: Iterable[Sweep], count: int) -> Sweep:
    """A sweep in which every output sees the region that the first ``count`` outputs see together."""
    edges = [
        sweep.region(at)
        for sweep in sweeps
        for period in [min(count, len(sweep.starts))]
        for at in (*range(period), *range(count - period, count))
    ]
    return Sweep(0, (min(start for start, _ in edges),), (max(end for _, end in edges),))


def _merged(sweeps: Iterable[Sweep]) -> Axis:
    """Combine the sweeps with the same distance between regions into one."""
    every = tuple(sweeps)
    if len({sweep.shift for sweep in every}) == 1 == max([len(sweep.starts) for sweep in every]):
        start, end = min([sweep.starts[0] for sweep in every]), max([sweep.ends[0] for sweep in every])
        return (Sweep(every[0].shift, (start,), (end,)),)
    different = list(dict.fromkeys(every))
    if len(different) == 1:
        return (different[0],)
    merged: dict[tuple[Fraction, int], Sweep] = {}
    for sweep in different:
        speed = Fraction(sweep.shift, len(sweep.starts))
        other = merged.get((speed, 0), sweep)
        period = lcm(len(sweep.starts), len(other.starts))
        if period > LONGEST_PERIOD:
            merged[speed, len(sweep.starts)] = sweep
            continue
        regions = [(sweep.region(at), other.region(at)) for at in range(period)]
        starts = tuple(min(first[0], second[0]) for first, second in regions)
        ends = tuple(max(first[1], second[1]) for first, second in regions)
        merged[speed, 0] = Sweep(int(speed * period), starts, ends)
    return tuple(merged[key] for key in sorted(merged))
