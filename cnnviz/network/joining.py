"""Finds layers that bring the inputs of a merging layer (Add, Multiply, Concat) to shapes that it can join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from cnnviz.network.layers import (
    AdaptiveAvgPool2d,
    Concat,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Reshape,
    Upsample,
    ZeroPad2d,
)
from cnnviz.network.layers.shaping import MOST_TIMES

if TYPE_CHECKING:
    from cnnviz.network.layers.base import Pair
    from cnnviz.network.shape import Shape

T = TypeVar("T")
Ports = Mapping[int, tuple[Layer, ...]]
"""For each input number the layers to insert into its wire, in order."""

MOST_BORDER = 1024
"""The most that a ZeroPad2d adds on one side, and the largest maps of an adaptive pooling."""


def joined(layer: Layer, shapes: Sequence[Shape]) -> Iterator[Ports]:
    """For inputs that are all flat or all maps: ways to bring them to one size, and to one number of channels if the
    layer needs that. The number is the most frequent one, of several the first.

    Add and Multiply broadcast inputs (C, 1, 1) and (1, H, W): these keep their size, or their single channel.
    """
    if isinstance(layer, Concat):
        yield from _sized(shapes, None)
    elif len(shapes[0]) == 1:
        count = _most_frequent([shape[0] for shape in shapes])
        yield {at: (Dense(count),) for at, shape in enumerate(shapes) if shape[0] != count}
    else:
        maps = {at: shape for at, shape in enumerate(shapes) if shape[1:] != (1, 1)} or dict(enumerate(shapes))
        channels = _most_frequent([shape[0] for shape in maps.values() if shape[0] > 1] or [1])
        gates = {
            at: (Conv2d(channels, (1, 1)),)
            for at, shape in enumerate(shapes)
            if at not in maps and shape[0] != channels
        }
        for ports in _sized(list(maps.values()), channels):
            yield {**gates, **{at: ports[index] for index, at in enumerate(maps) if index in ports}}


def _sized(shapes: Sequence[Shape], channels: int | None) -> Iterator[Ports]:
    """Ways to bring maps to one size, and to ``channels`` (maps with one channel keep it; None leaves all as is)."""
    sizes = [(shape[1], shape[2]) for shape in shapes]
    heights, widths = zip(*sizes, strict=True)
    smallest, largest = (min(heights), min(widths)), (max(heights), max(widths))
    usual = _most_frequent(sizes)
    for size in dict.fromkeys((usual, smallest, largest)):
        ports = {at: _layers_between(shape, size, channels) for at, shape in enumerate(shapes)}
        if all(layers is not None for layers in ports.values()):
            yield {at: layers for at, layers in ports.items() if layers}


def mixed(layer: Layer, shapes: Sequence[Shape]) -> Iterator[Ports]:
    """For inputs of which some are flat and some are maps: ways to bring them to shapes that fit."""
    maps = {at: shape for at, shape in enumerate(shapes) if len(shape) == 3}
    flat = {at: shape[0] for at, shape in enumerate(shapes) if len(shape) == 1}
    if isinstance(layer, Concat):
        yield dict.fromkeys(maps, (Flatten(),))
        yield dict.fromkeys(maps, (GlobalAvgPool2d(),))
        return
    usual_count = _most_frequent(list(flat.values()))
    dense = {at: (Dense(usual_count),) for at, count in flat.items() if count != usual_count}
    (channels, height, width) = _most_frequent(list(maps.values()))
    if set(maps.values()) == {(channels, height, width)}:
        gate = Reshape((channels, 1, 1))
        yield {at: (gate,) if count == channels else (Dense(channels), gate) for at, count in flat.items()}
        if {channels} == set(flat.values()):
            yield dict.fromkeys(maps, (GlobalAvgPool2d(),))
    for summary in (Flatten(), GlobalAvgPool2d()):
        counts = {at: summary.infer((shape,)).output[0] for at, shape in maps.items()}
        yield {
            **dense,
            **{
                at: (summary,) if count == usual_count else (summary, Dense(usual_count))
                for at, count in counts.items()
            },
        }


def _layers_between(shape: Shape, size: Pair, channels: int | None) -> tuple[Layer, ...] | None:
    """Layers that bring maps of ``shape`` to another size and number of channels; None if there is no way."""
    change_channels = () if channels in (None, shape[0]) or shape[0] == 1 else (Conv2d(channels or shape[0], (1, 1)),)
    size_before = (shape[1], shape[2])
    if size_before == size:
        return change_channels
    stride = (max(1, size_before[0] // size[0]), max(1, size_before[1] // size[1]))
    if change_channels and ((size_before[0] - 1) // stride[0] + 1, (size_before[1] - 1) // stride[1] + 1) == size:
        return (Conv2d(channels or shape[0], (1, 1), stride),)
    missing = (size[0] - size_before[0], size[1] - size_before[1])
    if min(missing) < 0:
        return (AdaptiveAvgPool2d(size), *change_channels) if max(size) <= MOST_BORDER else None
    rest = (size[0] % size_before[0], size[1] % size_before[1])
    times = (size[0] // size_before[0], size[1] // size_before[1])
    if rest == (0, 0) and max(times) <= MOST_TIMES:
        return (Upsample(times), *change_channels)
    top, left = missing[0] // 2, missing[1] // 2
    border = (left, missing[1] - left, top, missing[0] - top)
    return (ZeroPad2d(border), *change_channels) if max(border) <= MOST_BORDER else None


def _most_frequent(values: Sequence[T]) -> T:
    """The most frequent value; the first of several that are equally frequent."""
    return Counter(values).most_common(1)[0][0]
