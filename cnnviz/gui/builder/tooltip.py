"""The tooltips of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.trace_words import legend
from cnnviz.gui.widgets.plain import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtCore import QPointF

    from cnnviz.gui.builder.items.below import Below
    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.inspection.tracing import Trace


def _invitation(below: Below, point: QPointF, zoom: float) -> str:
    """What a double click does, where there is a value."""
    if below.value_at(below.mapFromScene(point), zoom) is None:
        return ""
    return QCoreApplication.translate("Canvas", "Double-click: how this value is computed")


def tooltip(
    point: QPointF,
    nodes: Iterable[NodeItem],
    above: NodeItem | None,
    wire: Callable[[], Wire | None],
    trace: Trace | None,
    zoom: float,
) -> str:
    """The text for a ``point`` of the scene; empty if nothing is there.

    The problems of the ``nodes`` there come first; then the map there, below the node ``above``, with the frames of
    ``trace``; then the ``wire`` there.
    """
    sentence = next((text for node in nodes if (text := node.hover_text(zoom))), "")
    if not sentence and above is not None:
        below = above.below
        of_map = below.tooltip_at(below.mapFromScene(point), zoom)
        frames = legend(trace, below.node) if point.y() >= below.scenePos().y() else ""
        sentence = literal("\n".join(text for text in (of_map, _invitation(below, point, zoom), frames) if text))
    if not sentence and (wire_there := wire()) is not None:
        sentence = literal(wire_there.sentences)
    return sentence
