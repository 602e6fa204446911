"""The receptive field both ways: what one value depends on, and what one pixel of the sample reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.inspection.answers.value import has_place
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.network.paths import reached_from, seen_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.paths import Frame
    from cnnviz.network.report import Shapes


@dataclass(frozen=True)
class Pixel:
    """A pixel of the sample, with all its channels."""

    row: int
    column: int


Target = Place | Pixel
"""The traced value. A value of the Input stands for its pixel."""


@dataclass(frozen=True)
class Trace:
    """``frames``: the values that ``target`` depends on, or those that it reaches where ``ahead``, by node.

    The node of the target is among them, nodes without any are not. ``sides`` is (C, H, W) of each node in ``frames``,
    of a vector (n, 1, 1). ``seen``: first row, first column, row and column behind the last of the pixels that a value
    depends on, None where there are none; of a value of the Input it is its pixel, of a :class:`Pixel` None.
    """

    target: Target
    ahead: bool
    frames: Mapping[str, Frame]
    sides: Mapping[str, tuple[int, int, int]]
    seen: tuple[int, int, int, int] | None


def trace(network: Network, shapes: Shapes, target: Target) -> Trace | None:
    """Trace a value back to the sample, or a pixel ahead to the output; None if there is no such value or pixel.

    ``shapes`` are the shapes of the network's nodes.
    """
    if not shapes.used:
        return None
    image = shapes.used[0]
    place = Place(image, 0, target.row, target.column) if isinstance(target, Pixel) else target
    if not has_place(shapes, place):
        return None
    ahead = place.node == image
    if ahead:
        frames = reached_from(network, shapes, image, (None, place.row, place.column))
    else:
        frames = seen_by(network, shapes, place.node, (place.channel, place.row, place.column))
    frame = None if isinstance(target, Pixel) else frames.get(image)
    seen = None if frame is None else (frame.rows.start, frame.columns.start, frame.rows.stop, frame.columns.stop)
    return Trace(target, ahead, frames, {node: _sides(shapes, node) for node in frames}, seen)


def _sides(shapes: Shapes, node: str) -> tuple[int, int, int]:
    channels, high, wide = (*(shapes.nodes[node].output or ()), 1, 1)[:3]
    return channels, high, wide
