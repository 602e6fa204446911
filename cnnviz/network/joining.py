"""What it takes to bring the inputs of a merging layer to shapes that it can join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

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
from cnnviz.network.layers.base import Pair
from cnnviz.network.problems import Shape

T = TypeVar("T")
Ports = Mapping[int, tuple[Layer, ...]]
"""Input number -> the layers to put on its wire, one behind the other."""

MOST_TIMES = 64
"""An Upsample enlarges no further."""
MOST_BORDER = 1024
"""A ZeroPad2d adds no more on one side; an adaptive pooling gives no larger maps."""


def joined(layer: Layer, shapes: Sequence[Shape]) -> Iterator[Ports]:
    """For inputs that are all flat or all maps: ways to bring them to one size, and to one count of channels where the
    layer wants that. The channels are those of most inputs, or of the first.
    """
    channels = None if isinstance(layer, Concat) else _most([shape[0] for shape in shapes])
    if len(shapes[0]) == 1:
        yield {at: (Dense(channels),) for at, shape in enumerate(shapes) if channels and shape[0] != channels}
        return
    sizes = [(shape[1], shape[2]) for shape in shapes]
    heights, widths = zip(*sizes, strict=True)
    smallest, largest = (min(heights), min(widths)), (max(heights), max(widths))
    usual = _most(sizes)
    for size in dict.fromkeys((usual, smallest, largest)):
        ways = {at: _way(shape, size, channels) for at, shape in enumerate(shapes)}
        if all(way is not None for way in ways.values()):
            yield {at: way for at, way in ways.items() if way}


def mixed(layer: Layer, shapes: Sequence[Shape]) -> Iterator[Ports]:
    """For inputs of which some are flat and some are maps."""
    maps = {at: shape for at, shape in enumerate(shapes) if len(shape) == 3}
    flat = {at: shape[0] for at, shape in enumerate(shapes) if len(shape) == 1}
    if isinstance(layer, Concat):
        yield dict.fromkeys(maps, (Flatten(),))
        yield dict.fromkeys(maps, (GlobalAvgPool2d(),))
        return
    wanted = _most(list(flat.values()))
    dense = {at: (Dense(wanted),) for at, count in flat.items() if count != wanted}
    (channels, height, width) = _most(list(maps.values()))
    if {channels} == set(flat.values()) and set(maps.values()) == {(channels, height, width)}:
        if max(height, width) <= MOST_TIMES:
            yield dict.fromkeys(flat, (Reshape((channels, 1, 1)), Upsample((height, width))))
        yield dict.fromkeys(maps, (GlobalAvgPool2d(),))
    for summary in (Flatten(), GlobalAvgPool2d()):
        counts = {at: summary.infer((shape,)).output[0] for at, shape in maps.items()}
        yield {
            **dense,
            **{at: (summary,) if count == wanted else (summary, Dense(wanted)) for at, count in counts.items()},
        }


def _way(shape: Shape, size: Pair, channels: int | None) -> tuple[Layer, ...] | None:
    """Layers that make maps of another size and count of them; None where nothing here does."""
    fewer = () if channels in (None, shape[0]) else (Conv2d(channels or shape[0], (1, 1)),)
    had = (shape[1], shape[2])
    if had == size:
        return fewer
    stride = (max(1, had[0] // size[0]), max(1, had[1] // size[1]))
    if fewer and ((had[0] - 1) // stride[0] + 1, (had[1] - 1) // stride[1] + 1) == size:
        return (Conv2d(channels or shape[0], (1, 1), stride),)
    missing = (size[0] - had[0], size[1] - had[1])
    if min(missing) < 0:
        return (AdaptiveAvgPool2d(size), *fewer) if max(size) <= MOST_BORDER else None
    if size[0] % had[0] == size[1] % had[1] == 0 and max(size[0] // had[0], size[1] // had[1]) <= MOST_TIMES:
        return (Upsample((size[0] // had[0], size[1] // had[1])), *fewer)
    top, left = missing[0] // 2, missing[1] // 2
    border = (left, missing[1] - left, top, missing[0] - top)
    return (ZeroPad2d(border), *fewer) if max(border) <= MOST_BORDER else None


def _most(values: Sequence[T]) -> T:
    """The most frequent of them, the first of those that are equally frequent."""
    return Counter(values).most_common(1)[0][0]
