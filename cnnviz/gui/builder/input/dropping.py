"""Dropping a layer from the palette: into a wire, behind a node, or on the empty canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.gestures import ONTO, CanvasContext
from cnnviz.gui.builder.items.node import NodeItem
from cnnviz.gui.builder.items.wire import Wire
from cnnviz.gui.builder.kinds import MIME
from cnnviz.network.layers import KINDS

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData, QPointF
    from PySide6.QtGui import QDropEvent

    from cnnviz.gui.builder.commands import Commands


def kind_of(data: QMimeData) -> str | None:
    """The layer kind that is dragged; None if something else is dragged."""
    if not data.hasFormat(MIME):
        return None
    kind = bytes(data.data(MIME).data()).decode(errors="replace")
    return kind if kind in KINDS else None


class Dropping:
    """Highlights where a dragged layer would be inserted, and inserts it there."""

    def __init__(self, context: CanvasContext, commands: Commands) -> None:
        self._context, self._commands = context, commands
        self._target: Wire | NodeItem | None = None

    def hover(self, event: QDropEvent) -> bool:
        """Follow a drag over the canvas; returns whether it can be dropped."""
        kind = kind_of(event.mimeData())
        if kind is None:
            return False
        self._mark_target(self._find(kind, self._point(event)))
        return True

    def leave(self) -> None:
        """The drag has left the canvas."""
        self._mark_target(None)

    def drop(self, event: QDropEvent) -> bool:
        """Insert the dropped layer; returns False if no layer was dropped."""
        kind = kind_of(event.mimeData())
        self._mark_target(None)
        if kind is None:
            return False
        point = self._point(event)
        target = self._find(kind, point)
        if isinstance(target, Wire):
            self._commands.add(kind, wire=target)
        elif isinstance(target, NodeItem):
            self._commands.add(kind, after=target.node)
        else:
            self._commands.add(kind, (point.x() - WIDTH / 2, point.y() - HEADER / 2))
        return True

    def _point(self, event: QDropEvent) -> QPointF:
        return self._context.view.mapToScene(event.position().toPoint())

    def _find(self, kind: str, point: QPointF) -> Wire | NodeItem | None:
        if KINDS[kind].most_inputs == 0:
            return None
        wire = None if kind == "Output" else self._context.scene.wire_at(point, ONTO)
        if wire is not None:
            return wire
        node = self._context.scene.node_at(point)
        return node if node is not None and node.outputs else None

    def _mark_target(self, target: Wire | NodeItem | None) -> None:
        if target is not self._target:
            _mark(self._target, on=False)
            self._target = target
            _mark(target, on=True)


def _mark(target: Wire | NodeItem | None, *, on: bool) -> None:
    if isinstance(target, Wire):
        target.set_receiving(on)
    elif target is not None:
        target.set_hovered(on)
