"""Which values of each layer one value depends on, and which later values it reaches.

Both go from layer to layer with regions: products of a set of channels, one of rows and one of columns. A vector has
its values as channels, in one row and one column. Padding is no part of a region.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.network.layer_reads import Reads, reads_of, sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.layer_reads import Region, Sides
    from cnnviz.network.report import Shapes

Place = tuple[int | None, int, int]
"""(channel, row, column) of a value, of a vector (index, 0, 0); channel None is all channels: a pixel of the image."""

MOST_REGIONS = 64
"""Where more paths with different regions meet, they are taken together as one region that holds them all."""


@dataclass(frozen=True)
class Frame:
    """The bounding box of values of one node. The values in it may be fewer: a dilated kernel leaves rows out, and two
    paths may meet at opposite corners. ``channel_count``: how many of ``channels`` have such values."""

    channels: range
    rows: range
    columns: range
    channel_count: int = field(default=0, compare=False, kw_only=True)


def seen_by(network: Network, shapes: Shapes, node: str, place: Place) -> dict[str, Frame]:
    """For ``node`` and each earlier node the values that the value at ``place`` depends on.

    Nodes without any are absent. ``node`` takes part, see :attr:`~cnnviz.network.report.Shapes.taking_part`, and has
    such a place.
    """
    regions: dict[str, list[Region]] = {node: [_at(place, _sides(shapes, node))]}
    for name in reversed(shapes.used):
        for port, source in enumerate(network.inputs[name] if name in regions else ()):
            reads = _reads(network, shapes, name, port)
            found = [back for region in regions[name] for back in reads.back(region)]
            if found:
                regions[source] = _added(regions.get(source, []), found)
    return _frames(regions)


def reached_from(network: Network, shapes: Shapes, node: str, place: Place) -> dict[str, Frame]:
    """For ``node`` and each later node that takes part the values that depend on the value at ``place``.

    Nodes without any are absent. ``node`` and ``place`` are as in :func:`seen_by`.
    """
    regions: dict[str, list[Region]] = {node: [_at(place, _sides(shapes, node))]}
    for name in shapes.used:
        for port, source in enumerate(network.inputs[name]):
            if source not in regions:
                continue
            reads = _reads(network, shapes, name, port)
            found = [ahead for region in regions[source] for ahead in reads.ahead(region)]
            if found:
                regions[name] = _added(regions.get(name, []), found)
    return _frames(regions)


def _sides(shapes: Shapes, node: str) -> Sides:
    output = shapes.nodes[node].output
    assert output is not None
    return sides(output)


def _reads(network: Network, shapes: Shapes, name: str, port: int) -> Reads:
    inputs = [_sides(shapes, source) for source in network.inputs[name]]
    return reads_of(network[name], inputs, _sides(shapes, name), port)


def _at(place: Place, size: Sides) -> Region:
    channel, row, column = place
    channels = range(size[0]) if channel is None else (channel,)
    return frozenset(channels), frozenset((row,)), frozenset((column,))


def _added(kept: list[Region], found: list[Region]) -> list[Region]:
    """The regions ``kept``, none of which lies in another, and those ``found``, without any that lies in another."""
    regions = list(kept)
    for region in found:
        if not any(_lies_in(region, other) for other in regions):
            regions = [other for other in regions if not _lies_in(other, region)]
            regions.append(region)
    if len(regions) <= MOST_REGIONS:
        return regions
    channels, rows, columns = zip(*regions, strict=True)
    return [(frozenset().union(*channels), frozenset().union(*rows), frozenset().union(*columns))]


def _lies_in(region: Region, other: Region) -> bool:
    return region[0] <= other[0] and region[1] <= other[1] and region[2] <= other[2]


def _frames(regions: Mapping[str, list[Region]]) -> dict[str, Frame]:
    frames = {}
    for name, found in regions.items():
        bounds = [(min(map(min, axis)), max(map(max, axis)) + 1) for axis in zip(*found, strict=True)]
        count = len(frozenset().union(*(channels for channels, _, _ in found)))
        frames[name] = Frame(*(range(first, end) for first, end in bounds), channel_count=count)
    return frames
