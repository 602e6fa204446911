"""The preview of an edit, drawn over the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.costs import cost_rows
from cnnviz.gui.builder.geometry.facts_plan import FEWEST
from cnnviz.gui.builder.geometry.metrics import AROUND, BELOW, ENDLESS, HEADER, PLAIN_ZOOM, WIDTH, colour
from cnnviz.gui.builder.geometry.routes import is_free, is_level, obstacles
from cnnviz.gui.builder.items.node import NodeItem
from cnnviz.gui.builder.items.wire import Wire
from cnnviz.gui.builder.items.wires import WiresItem
from cnnviz.gui.language import counted
from cnnviz.network.report import UNKNOWN, Report

if TYPE_CHECKING:
    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.gui.document.editor import Preview
    from cnnviz.gui.theme import Theme
    from cnnviz.project.layout import Point
    from cnnviz.project.project import Project

VEIL_Z, MARK_Z, WIRE_Z, NODE_Z = 20.0, 21.0, 22.0, 23.0
"""The order of the items of a preview, above all other items of the scene."""
VEIL_OPACITY, MARK_OPACITY = 175, 60
"""Opacities, 0 to 255, of what dims the network, and of the ground in the frame of a changed node."""


@dataclass(frozen=True)
class Difference:
    """Nodes, by what an edit changes.

    ``touched`` nodes are new, have other settings, or a new input from an unchanged node. ``reshaped`` nodes differ
    only in their output shape, ``moved`` nodes only in their place. ``gone`` nodes are removed.
    """

    touched: frozenset[str]
    reshaped: frozenset[str]
    moved: frozenset[str]
    gone: frozenset[str]


def difference(before: Project, report: Report, preview: Preview) -> Difference:
    """The changes of a preview to the project ``before``; ``report`` is the report on ``before``."""
    old, new = before.network, preview.project.network
    touched = {name for name, node in new.nodes.items() if name not in old.nodes or node != old.nodes[name]}
    # the mark of a touched source shows its new edges too
    touched |= {edge.target for edge in new.edges - old.edges if edge.source not in touched}
    reshaped = {
        name
        for name in new.nodes.keys() - touched
        if report.nodes.get(name, UNKNOWN).output != preview.report.nodes.get(name, UNKNOWN).output
    }
    old_places, new_places = before.layout.positions, preview.project.layout.positions
    moved = {name for name in new.nodes.keys() - touched - reshaped if old_places.get(name) != new_places.get(name)}
    return Difference(
        frozenset(touched), frozenset(reshaped), frozenset(moved), frozenset(old.nodes.keys() - new.nodes.keys())
    )


class _Veil(QGraphicsItem):
    """Dims unchanged nodes, strikes out removed ones, and marks the nodes that an edit changes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.marks: list[Point] = []
        """The places of changed nodes."""
        self.removed: list[Point] = []
        """The places of removed nodes, which are struck out."""
        self.covered: list[QRectF] = []
        """Areas painted opaque, because the preview draws something else there."""
        self.setZValue(VEIL_Z)

    def boundingRect(self) -> QRectF:
        """Qt asks for the area that is painted."""
        return ENDLESS

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        painter.fillRect(option.exposedRect, colour(self.theme.surface, VEIL_OPACITY))
        for area in self.covered:
            painter.fillRect(area, colour(self.theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if painter.worldTransform().m11() < PLAIN_ZOOM:
            painter.setBrush(colour(self.theme.accent))
            for place in self.marks:
                painter.drawRect(QRectF(*place, WIDTH, HEADER))
        pen = QPen(colour(self.theme.error), 2, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place in self.removed:
            area = QRectF(*place, WIDTH, HEADER)
            painter.drawRoundedRect(area, 6, 6)
            painter.drawLine(area.bottomLeft(), area.topRight())


class _Mark(QGraphicsItem):
    """A dashed frame in the accent colour around a node that an edit changes."""

    def __init__(self, place: Point, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setPos(*place)
        self.setZValue(MARK_Z)

    def boundingRect(self) -> QRectF:
        """Qt asks for the area that is painted."""
        return QRectF(-AROUND - 1, -AROUND - 1, WIDTH + 2 * AROUND + 2, HEADER + 2 * AROUND + 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour(self.theme.accent), 2, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(colour(self.theme.accent, MARK_OPACITY))
        painter.drawRoundedRect(self.boundingRect().adjusted(1, 1, -1, -1), 8, 8)


class Ghost:
    """Draws a preview with items of its own; the items of the network below are not changed."""

    def __init__(self, scene: GraphScene) -> None:
        self._scene = scene
        self._items: list[QGraphicsItem] = []
        self.nodes: dict[str, NodeItem] = {}
        """The items of changed nodes, by node."""

    def show(self, before: Project, report: Report, preview: Preview) -> QRectF:
        """Draw a preview; returns the area of the nodes that it changes directly, up to the arcs of new wires."""
        self.clear()
        changes = difference(before, report, preview)
        network, places = preview.project.network, preview.project.layout.positions
        veil = _Veil(self._scene.theme)
        # nodes hidden by a folded block stay hidden; the block itself is marked
        hidden = preview.project.layout.hidden_by
        veil.removed = [item.place for item in map(self._scene.item_of, changes.gone) if item is not None]
        veil.marks = [places[name] for name in (changes.touched | changes.reshaped) - hidden.keys()]
        self._add(veil)
        layout = preview.project.layout
        touched = [layout.place(hidden[name]) if name in hidden else places[name] for name in changes.touched]
        for place in dict.fromkeys(touched):
            self._add(_Mark(place, self._scene.theme))
        drawn = (changes.touched | changes.reshaped | changes.moved) - hidden.keys()
        rows = cost_rows({name: (name,) for name in drawn}, preview.report, preview.project.recipe.batch_size, {})
        facts = self._scene.columns.facts
        for name in drawn:
            item = NodeItem(name, network[name], self._scene.theme, "build")
            item.set_layer(
                network[name], len(network.inputs[name]), bool(network.outputs[name]), network.nodes[name].frozen
            )
            item.set_report(preview.report.nodes.get(name, UNKNOWN), preview.report.at(name))
            item.set_emphasis(name in changes.reshaped or name in changes.touched)
            item.set_place(places[name])
            if self._scene.view_kind == "build":
                item.set_costs(rows.get(name))
                item.set_room(facts.room(FEWEST), facts)
                item.make_below()
                veil.covered.append(self._under(name))
            item.setZValue(NODE_Z)
            self.nodes[name] = item
            self._add(item)
        changed = QRectF()
        for x, y in (*touched, *veil.removed):
            changed = changed.united(QRectF(x, y, WIDTH, HEADER))
        for wire in self._draw_wires(preview):
            # only upwards: a long wire is wider than the view, and the nodes must be in it
            if wire.level and wire.edge not in before.network.edges:
                changed.setTop(min(changed.top(), wire.box.top))
        return changed

    def clear(self) -> None:
        """Remove the preview."""
        for item in self._items:
            self._scene.removeItem(item)
        self._items.clear()
        self.nodes.clear()

    def _under(self, node: str) -> QRectF:
        """The area of the column below a node, in scene coordinates."""
        item = self._scene.item_of(node)
        if item is None:
            return QRectF()
        x, y = item.place
        return QRectF(x, y + HEADER + BELOW / 2, WIDTH, item.height - HEADER - BELOW / 2)

    def _draw_wires(self, preview: Preview) -> list[Wire]:
        """Draw the wires of the changed nodes, and return them."""
        wires: list[Wire] = []
        layout = preview.project.layout
        hidden = layout.hidden_by
        drawn_places = {
            layout.place(hidden[name]) if name in hidden else position for name, position in layout.positions.items()
        }
        among = obstacles(drawn_places)
        item = WiresItem(lambda: wires, self._scene.theme, WIRE_Z)
        for edge in preview.project.network.edges:
            source = self.nodes.get(edge.source) or self._scene.item_of(edge.source)
            target = self.nodes.get(edge.target) or self._scene.item_of(edge.target)
            if source is None or target is None or not (edge.source in self.nodes or edge.target in self.nodes):
                continue
            wire = Wire(edge, item.update)
            start = source.port_place("out", source.output_of(edge))
            end = target.port_place("in", target.input_of(edge))
            wire.set_ends(start, end, is_level(start, end) and is_free(start, end, among))
            wires.append(wire)
        self._add(item)
        return wires

    def _add(self, item: QGraphicsItem) -> None:
        self._items.append(item)
        self._scene.addItem(item)


def caption(before: Report, preview: Preview) -> str:
    """One line about a preview: what the edit does, and how many errors remain."""
    remaining = len(preview.report.errors)
    if not before.errors:
        return preview.label
    if not remaining:
        outcome = QCoreApplication.translate("Canvas", "then it can be trained")
    else:
        outcome = counted("then {count} errors are left", "then 1 error is left", remaining)
    return f"{preview.label} · {outcome}"
