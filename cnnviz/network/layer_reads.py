"""Which values of an input each value of a layer reads, axis by axis: channels, rows and columns.

A position on an axis is the number of a channel, a row or a column.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Protocol

from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.network.layers import Layer
    from cnnviz.network.layers.base import Reading
    from cnnviz.network.shape import Shape

Sides = tuple[int, int, int]
"""Channels, height and width; a vector of n values is (n, 1, 1)."""
Sets = tuple[frozenset[int], frozenset[int], frozenset[int]]
"""A region: channels, rows and columns."""


class Reads(Protocol):
    """How the values of an input and those of an output depend on each other."""

    def back(self, region: Sets) -> list[Sets]:
        """The regions of the input that a region of the output depends on."""

    def ahead(self, region: Sets) -> list[Sets]:
        """The regions of the output that depend on a region of the input."""


def sides(shape: Shape) -> Sides:
    """The sides of an output of this shape, (C, H, W) or (n,)."""
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else (shape[0], 1, 1)


def reads_of(layer: Layer, inputs: Sequence[Sides], output: Sides, port: int) -> Reads:
    """How a layer with inputs and an output of these sides reads the input ``port``."""
    own = inputs[port]
    if isinstance(layer, layers.Flatten | layers.Reshape):
        return _SameIndex(own, output)
    return _ByAxis(own, output, (_channels(layer, inputs, output, port), *_positions(layer, own)))


@dataclass(frozen=True)
class _ByAxis:
    """Channels, rows and columns depend on each other independently of the other two axes."""

    inputs: Sides
    output: Sides
    axes: tuple[_Axis, _Axis, _Axis]

    def back(self, region: Sets) -> list[Sets]:
        found = tuple(
            axis.back(places, size) for axis, places, size in zip(self.axes, region, self.inputs, strict=True)
        )
        return [(found[0], found[1], found[2])] if all(found) else []

    def ahead(self, region: Sets) -> list[Sets]:
        found = tuple(
            axis.ahead(places, size, out)
            for axis, places, size, out in zip(self.axes, region, self.inputs, self.output, strict=True)
        )
        return [(found[0], found[1], found[2])] if all(found) else []


class _Axis(Protocol):
    def back(self, places: frozenset[int], size: int) -> frozenset[int]: ...

    def ahead(self, places: frozenset[int], size: int, out: int) -> frozenset[int]: ...


class _Same:
    """Each position reads the same position; an input with one position is repeated over all."""

    def back(self, places: frozenset[int], size: int) -> frozenset[int]:
        return frozenset((0,)) if size == 1 else places

    def ahead(self, places: frozenset[int], size: int, out: int) -> frozenset[int]:
        return frozenset(range(out)) if size == 1 else places


class _All:
    """Each position reads all positions."""

    def back(self, _: frozenset[int], size: int) -> frozenset[int]:
        return frozenset(range(size))

    def ahead(self, _: frozenset[int], __: int, out: int) -> frozenset[int]:
        return frozenset(range(out))


@dataclass(frozen=True)
class _Behind:
    """The positions of the input follow each other in the output, from ``first`` on, as in a Concat."""

    first: int

    def back(self, places: frozenset[int], size: int) -> frozenset[int]:
        if self.first == 0 and max(places) < size:
            return places
        return frozenset(range(size)).intersection([at - self.first for at in places])

    def ahead(self, places: frozenset[int], _: int, __: int) -> frozenset[int]:
        return places if self.first == 0 else frozenset([at + self.first for at in places])


@dataclass(frozen=True)
class _Ranges:
    """Position ``at`` reads the positions ``read(at)``; positions outside the input do not exist."""

    read: Callable[[int], range]

    def back(self, places: frozenset[int], size: int) -> frozenset[int]:
        return frozenset(each for at in places for each in self.read(at) if 0 <= each < size)

    def ahead(self, places: frozenset[int], _: int, out: int) -> frozenset[int]:
        first, last = min(places), max(places)
        return frozenset(at for at in range(out) if _meets(self.read(at), places, first, last))


@dataclass(frozen=True)
class _Windows:
    """Place ``at`` reads the inputs that ``reading`` says of it, as far as there are such."""

    reading: Reading

    def back(self, places: frozenset[int], size: int) -> frozenset[int]:
        return _read_back(self.reading, places, size)

    def ahead(self, places: frozenset[int], size: int, out: int) -> frozenset[int]:
        return _read_ahead(self.reading, places, size, out)


@lru_cache(maxsize=4096)
def _read_back(reading: Reading, places: frozenset[int], size: int) -> frozenset[int]:
    return _ranges(reading).back(places, size)


@lru_cache(maxsize=4096)
def _read_ahead(reading: Reading, places: frozenset[int], size: int, out: int) -> frozenset[int]:
    return _ranges(reading).ahead(places, size, out)


def _meets(read: range, places: frozenset[int], first: int, last: int) -> bool:
    """Whether ``read`` contains one of ``places``, whose least is ``first`` and whose greatest is ``last``."""
    if not read or read[-1] < first or last < read[0]:
        return False
    return any(place in read for place in places) if len(places) < len(read) else any(each in places for each in read)


def _channels(layer: Layer, inputs: Sequence[Sides], output: Sides, port: int) -> _Axis:
    channels = inputs[port][0]
    match layer:
        case layers.Conv2d() | layers.ConvTranspose2d():
            return _grouped(channels, output[0], layer.groups)
        case layers.GroupNorm():
            return _grouped(channels, channels, layer.num_groups)
        case layers.LocalResponseNorm():
            size = layer.size
            return _Ranges(lambda at: range(at - size // 2, at - size // 2 + size))
        case layers.ChannelShuffle():
            return _Ranges(lambda at: _single(layer.source(at, channels)))
        case layers.Chunk():
            first = layer.part(channels).start
            return _Ranges(lambda at: _single(first + at))
        case layers.Concat():
            return _Behind(sum(each[0] for each in inputs[:port]))
        case (
            layers.Dense()
            | layers.Softmax()
            | layers.LayerNorm()
            | layers.LayerNorm2d()
            | layers.MultiheadSelfAttention()
        ):
            return _All()
    return _Same()


def _single(at: int) -> range:
    return range(at, at + 1)


def _grouped(channels: int, out: int, groups: int) -> _Axis:
    if groups == 1:
        return _All()
    part, out_part = channels // groups, out // groups
    return _Ranges(lambda at: range(at // out_part * part, (at // out_part + 1) * part))


def _positions(layer: Layer, inputs: Sides) -> tuple[_Axis, _Axis]:
    if layer.sees_all:
        return _All(), _All()
    readings = layer.readings((inputs,))
    if readings is None:
        return _Same(), _Same()
    return _Windows(readings[0]), _Windows(readings[1])


def _ranges(reading: Reading) -> _Ranges:
    count, shift = len(reading.inputs), reading.shift

    def read(at: int) -> range:
        first, own = at // count * shift, reading.inputs[at % count]
        return range(own.start + first, own.stop + first, own.step)

    return _Ranges(read)


@dataclass(frozen=True)
class _SameIndex:
    """Each value reads the value with the same index in channel-first order, as in Flatten and Reshape."""

    inputs: Sides
    output: Sides

    def back(self, region: Sets) -> list[Sets]:
        return _moved(region, self.output, self.inputs)

    def ahead(self, region: Sets) -> list[Sets]:
        return _moved(region, self.inputs, self.output)


def _moved(region: Sets, before: Sides, after: Sides) -> list[Sets]:
    """The regions of ``after`` that hold the same indices as a region of ``before``."""
    if all(len(places) == size for places, size in zip(region, before, strict=True)):
        return [(frozenset(range(after[0])), frozenset(range(after[1])), frozenset(range(after[2])))]
    _, height, width = before
    columns: dict[tuple[int, int], set[int]] = {}
    for channel, row, column in product(*region):
        index = (channel * height + row) * width + column
        columns.setdefault((index // (after[1] * after[2]), index // after[2] % after[1]), set()).add(index % after[2])
    # rows with the same columns, then channels with the same rows
    rows: dict[tuple[int, frozenset[int]], set[int]] = {}
    for (channel, row), held in columns.items():
        rows.setdefault((channel, frozenset(held)), set()).add(row)
    channels: dict[tuple[frozenset[int], frozenset[int]], set[int]] = {}
    for (channel, across), down in rows.items():
        channels.setdefault((frozenset(down), across), set()).add(channel)
    return [(frozenset(held), down, across) for (down, across), held in channels.items()]
