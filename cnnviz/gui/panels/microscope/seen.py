"""Which part of each layer before a value depends on, from the image to its own layer. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Frame
    from cnnviz.inspection.answers.value import Value


@dataclass(frozen=True)
class Seen:
    """One layer: its maps are ``size`` = (height, width), and the value depends on the ``frame`` in them.

    ``nodes`` are this layer and those behind it with the same size and frame.
    """

    nodes: tuple[str, ...]
    size: tuple[int, int]
    frame: Frame


def seen_in_layers(value: Value) -> tuple[Seen, ...]:
    """The layers with maps before the value's own, as far as it depends on them, and its own last."""
    found: list[Seen] = []
    for name in value.shapes.used:
        frame, shape = value.frames.get(name), value.shapes.nodes[name].output
        if frame is None or shape is None or len(shape) != 3:
            continue
        box = frame.rows.start, frame.columns.start, frame.rows.stop, frame.columns.stop
        one = Seen((name,), (shape[1], shape[2]), box)
        if found and (found[-1].size, found[-1].frame) == (one.size, one.frame):
            found[-1] = Seen((*found[-1].nodes, name), one.size, box)
        else:
            found.append(one)
    return tuple(found)
