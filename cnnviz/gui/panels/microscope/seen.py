"""The regions in earlier layers on which a value depends, from the image to its own layer. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Frame
    from cnnviz.inspection.answers.value import Value


@dataclass(frozen=True)
class Seen:
    """A layer with maps of ``size`` = (height, width), in which the value depends on the region ``frame``.

    ``nodes`` are this layer and the following ones with the same size and frame.
    """

    nodes: tuple[str, ...]
    size: tuple[int, int]
    frame: Frame


def seen_in_layers(value: Value) -> tuple[Seen, ...]:
    """The earlier layers with maps on which a value depends, and its own layer last."""
    seen: list[Seen] = []
    for name in value.shapes.used:
        frame, shape = value.frames.get(name), value.shapes.nodes[name].output
        if frame is None or shape is None or len(shape) != 3:
            continue
        box = frame.rows.start, frame.columns.start, frame.rows.stop, frame.columns.stop
        layer = Seen((name,), (shape[1], shape[2]), box)
        if seen and (seen[-1].size, seen[-1].frame) == (layer.size, layer.frame):
            seen[-1] = Seen((*seen[-1].nodes, name), layer.size, box)
        else:
            seen.append(layer)
    return tuple(seen)
