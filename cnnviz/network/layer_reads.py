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
Region = tuple[frozenset[int], frozenset[int], frozenset[int]]
"""A region: channels, rows and columns."""


class Reads(Protocol):
    """How the values of an input and those of an output depend on each other."""

    def back(self, region: Region) -> list[Region]:
        """The regions of the input that a region of the output depends on."""

    def ahead(self, region: Region) -> list[Region]:
        """The regions of the output that depend on a region of the input."""


def sides(shape: Shape) -> Sides:
    """The sides of an output of this shape, (C, H, W) or (n,)."""
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else (shape[0], 1, 1)


def reads_of(layer: Layer, inputs: Sequence[Sides], output: Sides, port: int) -> Reads:
    """How a layer with inputs and an output of these sides reads the input ``port``."""
    read_input = inputs[port]
    if isinstance(layer, layers.Flatten | layers.Reshape):
        return _SameIndex(read_input, output)
    return _ByAxis(
        read_input, output, (_channel_axis(layer, inputs, output, port), *_rows_and_columns(layer, read_input))
    )


@dataclass(frozen=True)
class _ByAxis:
    """Channels, rows and columns depend on each other independently of the other two axes."""

    inputs: Sides
    output: Sides
    axes: tuple[_Axis, _Axis, _Axis]

    def back(self, region: Region) -> list[Region]:
        found = tuple(
            axis.back(positions, size) for axis, positions, size in zip(self.axes, region, self.inputs, strict=True)
        )
        return [(found[0], found[1], found[2])] if all(found) else []

    def ahead(self, region: Region) -> list[Region]:
        found = tuple(
            axis.ahead(positions, size, out)
            for axis, positions, size, out in zip(self.axes, region, self.inputs, self.output, strict=True)
        )
        return [(found[0], found[1], found[2])] if all(found) else []


class _Axis(Protocol):
    def back(self, positions: frozenset[int], size: int) -> frozenset[int]: ...

    def ahead(self, positions: frozenset[int], size: int, out: int) -> frozenset[int]: ...


class _Same:
    """Each position reads the same position; an input with one position is repeated over all."""

    def back(self, positions: frozenset[int], size: int) -> frozenset[int]:
        return frozenset((0,)) if size == 1 else positions

    def ahead(self, positions: frozenset[int], size: int, out: int) -> frozenset[int]:
        return frozenset(range(out)) if size == 1 else positions


class _All:
    """Each position reads all positions."""

    def back(self, _: frozenset[int], size: int) -> frozenset[int]:
        return frozenset(range(size))

    def ahead(self, _: frozenset[int], __: int, out: int) -> frozenset[int]:
        return frozenset(range(out))


@dataclass(frozen=True)
class _Shifted:
    """The positions of the input follow each other in the output, from ``first`` on, as in a Concat."""

    first: int

    def back(self, positions: frozenset[int], size: int) -> frozenset[int]:
        if self.first == 0 and max(positions) < size:
            return positions
        return frozenset(range(size)).intersection([at - self.first for at in positions])

    def ahead(self, positions: frozenset[int], _: int, __: int) -> frozenset[int]:
        return positions if self.first == 0 else frozenset([at + self.first for at in positions])


@dataclass(frozen=True)
class _Ranges:
    """Position ``at`` reads the positions ``read(at)``; positions outside the input do not exist."""

    read: Callable[[int], range]

    def back(self, positions: frozenset[int], size: int) -> frozenset[int]:
        return frozenset(read for at in positions for read in self.read(at) if 0 <= read < size)

    def ahead(self, positions: frozenset[int], _: int, out: int) -> frozenset[int]:
        first, last = min(positions), max(positions)
        return frozenset(at for at in range(out) if _meets(self.read(at), positions, first, last))


@dataclass(frozen=True)
class _Windows:
    """Each position reads the positions that ``reading`` says; positions outside the input do not exist."""

    reading: Reading

    def back(self, positions: frozenset[int], size: int) -> frozenset[int]:
        return _read_back(self.reading, positions, size)

    def ahead(self, positions: frozenset[int], size: int, out: int) -> frozenset[int]:
        return _read_ahead(self.reading, positions, size, out)


@lru_cache(maxsize=4096)
def _read_back(reading: Reading, positions: frozenset[int], size: int) -> frozenset[int]:
    return _ranges(reading).back(positions, size)


@lru_cache(maxsize=4096)
def _read_ahead(reading: Reading, positions: frozenset[int], size: int, out: int) -> frozenset[int]:
    return _ranges(reading).ahead(positions, size, out)


def _meets(read: range, positions: frozenset[int], first: int, last: int) -> bool:
    """Whether ``read`` contains one of ``positions``, whose least is ``first`` and whose greatest is ``last``."""
    if not read or read[-1] < first or last < read[0]:
        return False
    return (
        any(position in read for position in positions)
        if len(positions) < len(read)
        else any(at in positions for at in read)
    )


def _channel_axis(layer: Layer, inputs: Sequence[Sides], output: Sides, port: int) -> _Axis:
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
            return _Shifted(sum(each[0] for each in inputs[:port]))
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


def _rows_and_columns(layer: Layer, inputs: Sides) -> tuple[_Axis, _Axis]:
    if layer.sees_all:
        return _All(), _All()
    readings = layer.readings((inputs,))
    if readings is None:
        return _Same(), _Same()
    return _Windows(readings[0]), _Windows(readings[1])


def _ranges(reading: Reading) -> _Ranges:
    count, shift = len(reading.inputs), reading.shift

    def read(at: int) -> range:
        offset, inputs = at // count * shift, reading.inputs[at % count]
        return range(inputs.start + offset, inputs.stop + offset, inputs.step)

    return _Ranges(read)


@dataclass(frozen=True)
class _SameIndex:
    """Each value reads the value with the same index in channel-first order, as in Flatten and Reshape."""

    inputs: Sides
    output: Sides

    def back(self, region: Region) -> list[Region]:
        return _moved(region, self.output, self.inputs)

    def ahead(self, region: Region) -> list[Region]:
        return _moved(region, self.inputs, self.output)


def _moved(region: Region, before: Sides, after: Sides) -> list[Region]:
    """The regions of ``after`` that hold the same indices as a region of ``before``."""
    if all(len(positions) == size for positions, size in zip(region, before, strict=True)):
        return [(frozenset(range(after[0])), frozenset(range(after[1])), frozenset(range(after[2])))]
    _, height, width = before
    columns: dict[tuple[int, int], set[int]] = {}
    for channel, row, column in product(*region):
        index = (channel * height + row) * width + column
        columns.setdefault((index // (after[1] * after[2]), index // after[2] % after[1]), set()).add(index % after[2])
    # rows with the same columns, then channels with the same rows
    rows: dict[tuple[int, frozenset[int]], set[int]] = {}
    for (channel, row), across in columns.items():
        rows.setdefault((channel, frozenset(across)), set()).add(row)
    channels: dict[tuple[frozenset[int], frozenset[int]], set[int]] = {}
    for (channel, row_columns), down in rows.items():
        channels.setdefault((frozenset(down), row_columns), set()).add(channel)
    return [(frozenset(planes), plane_rows, row_columns) for (plane_rows, row_columns), planes in channels.items()]
