"""The tooltips of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.items.node import NodeItem
from cnnviz.gui.builder.items.wire import NEAR
from cnnviz.gui.document.trace_words import legend
from cnnviz.gui.widgets.plain import literal

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from cnnviz.gui.builder.scene import GraphScene


def tooltip(scene: GraphScene, at: QPointF) -> str:
    """What is said at a point of the scene: of problems, else of the map there and its frames, else of a wire."""
    nodes = (item for item in scene.items(at) if isinstance(item, NodeItem))
    said = next((text for node in nodes if (text := node.explanation())), "")
    if not said and (node := scene.node_at(at)) is not None and scene.views():
        below = node.below
        map_there = below.said_at(below.mapFromScene(at), scene.views()[0].transform().m11())
        frames = legend(scene.trace, below.node) if at.y() >= below.scenePos().y() else ""
        said = literal("\n".join(text for text in (map_there, frames) if text))
    if not said and (wire := scene.wire_at(at, NEAR)) is not None:
        said = literal(wire.sentences)
    return said
