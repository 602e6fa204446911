"""Maps on a canvas: those that it asks for, and the pixels of their tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.inspection.answers.maps import Maps, MapsOf

if TYPE_CHECKING:
    import numpy as np
    from canvas_kit import Bench
    from numpy.typing import NDArray
    from PySide6.QtCore import QPoint


def strong(channels: tuple[int, ...], total: int) -> tuple[int, ...]:
    """These channels first, then all others."""
    return (*channels, *(channel for channel in range(total) if channel not in channels))


def maps_of(values: NDArray[np.float32], shown: tuple[int, ...], total: int, signed: bool, limit: float = 1.0) -> Maps:
    return Maps(values, shown, total, signed, limit, strong(shown, total))


def asked_maps(b: Bench) -> dict[str, int | None]:
    """How many maps of each node the canvas asks for."""
    return {one.node: one.count for one in b.canvas.questions() if isinstance(one, MapsOf)}


def tiles(b: Bench, node: str) -> dict[int, tuple[QPoint, QPoint]]:
    """For each channel the top left and bottom right pixel of its tile in the viewport."""
    item = b.canvas.node_item(node).below
    assert isinstance(item, MapsItem)
    assert item.plan is not None
    origin = b.canvas.mapFromScene(item.scenePos())
    places = item.places(b.canvas.zoom)
    return {
        channel: (origin + target.topLeft(), origin + target.bottomRight())
        for channel, (_, target) in zip(item.channels, places, strict=True)
    }


def wanted_channels(b: Bench, node: str) -> tuple[int, ...]:
    """As many channels as a node wants, every second one."""
    wanted = asked_maps(b)[node]
    assert wanted is not None
    return tuple(range(1, 2 * wanted, 2))
