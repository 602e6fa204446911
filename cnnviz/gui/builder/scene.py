"""The scene: items for the nodes and wires of a project. An update changes only the items that differ."""

from __future__ import annotations

from itertools import chain
from math import inf
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtWidgets import QGraphicsScene, QGraphicsSceneHelpEvent, QToolTip

from cnnviz.gui.builder.columns import Columns
from cnnviz.gui.builder.framing import Framing
from cnnviz.gui.builder.geometry.bounds import fitted_bounds
from cnnviz.gui.builder.geometry.drawn import Fold, bundles, folds, summed
from cnnviz.gui.builder.geometry.facts_plan import FEWEST
from cnnviz.gui.builder.geometry.metrics import PLAIN_ZOOM, WIDTH, colour
from cnnviz.gui.builder.items.block import BlockFrame, BlockItem
from cnnviz.gui.builder.items.fact_titles import FactTitles
from cnnviz.gui.builder.items.maps import show_together
from cnnviz.gui.builder.items.node import NodeItem, ViewKind
from cnnviz.gui.builder.items.wire import NEAR, Wire
from cnnviz.gui.builder.overview import Overview
from cnnviz.gui.builder.tooltip import tooltip
from cnnviz.gui.builder.wiring import Wiring
from cnnviz.gui.document.pins import Pins
from cnnviz.gui.widgets.map_scales import MapScale, scale_for
from cnnviz.network.report import UNKNOWN, Report
from cnnviz.training.changes import strongest_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from PySide6.QtGui import QPainter

    from cnnviz.gui.builder.geometry.costs import CostRow, CostRows
    from cnnviz.gui.builder.items.below import Below
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.tracing import Trace
    from cnnviz.network.graph import Edge, Network
    from cnnviz.network.layers import Layer
    from cnnviz.project.layout import Layout
    from cnnviz.project.project import Project
    from cnnviz.training.changes import LayerChange


class GraphScene(QGraphicsScene):
    """All nodes and wires of a project. :meth:`show` updates the items after a change of the project.

    Qt visits each item of a scene in each frame. If a view reports its visible area with :meth:`show_area`, the item
    of a node is added to the scene only when it becomes visible.
    """

    def __init__(self, theme: Theme, view: ViewKind = "maps") -> None:
        super().__init__()
        # no index: it would have to be updated for every item that moves, and an edit moves hundreds of items
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.theme = theme
        self.view_kind: ViewKind = view
        self.nodes: dict[str, NodeItem] = {}
        self._wiring = Wiring(self, theme)
        self._framing = Framing(self, theme)
        self.snapshot: Snapshot | None = None
        self.trace: Trace | None = None
        """Of which frames are drawn, see :class:`TraceFrames`."""
        self.map_scale: MapScale = "layer"
        self.pins = Pins(self)
        self.class_names: tuple[str, ...] = ()
        self.changes: Mapping[str, LayerChange] = {}
        self.blocks: dict[str, BlockItem] = {}
        self._hidden_by: Mapping[str, str] = {}
        self.overview = Overview(lambda: self.units, lambda: self.wires.values(), lambda: self.frames.values(), theme)
        self.columns = Columns()
        self.titles = FactTitles(theme)
        self.addItem(self.titles)
        self._area: QRectF | None = None
        self._bounds: QRectF | None = None
        self._folds: Mapping[str, Fold] = {}
        self._totals: tuple[int, int, int] | None = None
        """The parameters, MACs and values of the whole network."""
        self.far = False
        """Whether the view is zoomed so far out that nodes are plain rectangles, which are all painted at once."""
        self.plan: tuple[frozenset[Edge], list[tuple[str, str]], Layout] | None = None
        """The part of the project that determines the items and their places, as of the last update."""

    def show(self, project: Project, report: Report) -> None:
        """Show a project: create, remove and update the items that differ, and no others."""
        network, layout = project.network, project.layout
        totals = (report.parameters, report.macs, report.values)
        if totals != self._totals or self.far:
            # the share of every node has changed, or no node paints itself; one update of all replaces one for each
            self._totals = totals
            self._paint_all()
        plan = (network.edges, [(name, node.layer.kind) for name, node in network.nodes.items()], layout)
        if rearranged := plan != self.plan:
            self.plan = plan
            self._make_items(network, layout)
        reported = self._show_layers(network, report)
        moved = self._show_places(network, layout) if rearranged else []
        self._wiring.show_wrong(report.by_node)
        self.overview.forget()
        self._surround([*moved, *self._given_room(reported)])
        self._add_visible()

    def _paint_all(self) -> None:
        """Paint everything again."""
        self.update()
        # Qt drops this update if a part of the view is painted before it, as where a note over the canvas is hidden
        for view in self.views():
            view.viewport().update()

    def show_area(self, area: QRectF) -> None:
        """Set the area, in scene coordinates, that the view shows."""
        self._area = area
        self._add_visible()

    def select(self, nodes: Set[str]) -> None:
        """Frame the selected nodes, and the folded blocks whose nodes are all selected."""
        chosen = {self.nodes[name] for name in nodes & self.nodes.keys()}
        chosen.update(block for block in self.blocks.values() if block.members <= nodes)
        for item in chosen ^ {item for item in self.units if item.selected}:
            item.set_selected(item in chosen)
        self._add_visible()

    def _add_visible(self) -> None:
        """Add visible items with their columns to the scene; when zoomed far out, only the selected ones."""
        if self._area is None:
            in_view: Iterable[NodeItem] = self.units
        elif self.far:
            in_view = (item for item in self.units if item.selected)
        else:
            in_view = self.columns.within(self._area)
        if new := [item for item in in_view if item.scene() is None]:
            for item in new:
                self.addItem(item)
                item.make_below()
            self._draw_below(new)

    def _drop(self, item: NodeItem) -> None:
        if item.scene() is not None:
            self.removeItem(item)

    def _make_items(self, network: Network, layout: Layout) -> None:
        """Create and remove items to match the nodes, folded blocks and wires."""
        self._folds, drawn = folds(network, layout), bundles(network, layout)
        self._hidden_by = layout.hidden_by
        for name in self.nodes.keys() - (network.nodes.keys() - layout.hidden_by.keys()):
            self._drop(self.nodes.pop(name))
        for name in self.blocks.keys() - self._folds.keys():
            self._drop(self.blocks.pop(name))
        self._wiring.show(drawn)

    def _show_layers(self, network: Network, report: Report) -> list[NodeItem]:
        """Update layer, report and problems of every node; returns the items with another report."""
        reported: list[NodeItem] = []
        inputs, outputs, problems = network.inputs, network.outputs, report.by_node
        for name, node in network.nodes.items():
            if name in self._hidden_by:
                continue
            item, new_report, wrong = self.nodes.get(name), report.nodes.get(name, UNKNOWN), problems.get(name, ())
            if item is None or not item.shows(node.layer, len(inputs[name]), bool(outputs[name]), node.frozen):
                item = self._show_node(name, node.layer, network)
            if item.report is not new_report:
                reported.append(item)
            if item.report is not new_report or wrong or item.problems:
                item.set_report(new_report, wrong)
        for name, fold in self._folds.items():
            self._show_fold(fold, network)
            inner = tuple(problem for node in fold.nodes for problem in problems.get(node, ()))
            self.blocks[name].set_report(summed(report, fold), inner)
        return [*reported, *self.blocks.values()]

    def _show_places(self, network: Network, layout: Layout) -> list[NodeItem]:
        """Update the places of nodes, wires and frames; returns the items that are new, moved, or have other ports."""
        units = tuple(self.units)
        changed = frozenset([node for item in units if item.ports_changed for node in item.members])
        positions = layout.positions
        for name, item in self.nodes.items():
            item.set_place(positions.get(name, (0.0, 0.0)))
        for name, block in self.blocks.items():
            block.set_place(layout.place(name))
        moved = [item for item in units if item.moved or item.ports_changed]
        for item in moved:
            item.moved = item.ports_changed = False
        members = frozenset([node for item in moved for node in item.members])
        self._wiring.route(members, changed, self._item, frozenset([item.place for item in units]))
        self._framing.show(layout, units)
        self.columns.follow(units, self._framing.above, self._wiring.rails)
        return moved

    def _surround(self, changed: Iterable[NodeItem]) -> None:
        """Update the block frames around items whose place or height has changed."""
        self._framing.surround(changed)
        self._bounds = None

    @property
    def units(self) -> Iterator[NodeItem]:
        """The items of all visible nodes and folded blocks; a folded block replaces the nodes in it."""
        return chain(self.nodes.values(), self.blocks.values())

    @property
    def wires(self) -> Mapping[Edge, Wire]:
        """The wires, by the first of the edges that each represents."""
        return self._wiring.wires

    @property
    def frames(self) -> dict[str, BlockFrame]:
        """The frames of all blocks that are drawn unfolded."""
        return self._framing.frames

    def _item(self, node: str) -> NodeItem:
        """The item of a node that is not hidden in a folded block."""
        return self.nodes.get(node) or self.blocks[self._hidden_by[node]]

    def item_of(self, node: str) -> NodeItem | None:
        """The item that shows a node: its own, or that of the folded block around it; None for an unknown node."""
        return self.nodes.get(node) or self.blocks.get(self._hidden_by.get(node, ""))

    def frame_at(self, point: QPointF) -> BlockFrame | None:
        """The innermost unfolded block whose title is at a point of the scene; None if there is none."""
        return self._framing.frame_at(point)

    def _show_node(self, name: str, layer: Layer, network: Network) -> NodeItem:
        item = self.nodes.get(name)
        if item is not None and item.layer.kind != layer.kind:
            self._drop(self.nodes.pop(name))
            item = None
        if item is None:
            item = self.nodes[name] = NodeItem(name, layer, self.theme, self.view_kind)
            item.set_change(self.changes.get(name))
            item.set_far(self.far)
        item.set_layer(layer, len(network.inputs[name]), bool(network.outputs[name]), network.nodes[name].frozen)
        return item

    def _show_fold(self, fold: Fold, network: Network) -> None:
        item = self.blocks.get(fold.block.id)
        if item is None:
            item = self.blocks[fold.block.id] = BlockItem(fold, network[fold.last], self.theme, self.view_kind)
            item.set_far(self.far)
        followed = any(network.outputs[name] for name in fold.exits)
        item.set_fold(fold, network[fold.last], followed, any(network.nodes[name].frozen for name in fold.nodes))
        item.set_change(strongest_change(self.changes, item.members))

    def set_zoom(self, zoom: float) -> None:
        """Set the zoom: pixels of the screen per scene unit."""
        if (far := zoom < PLAIN_ZOOM) != self.far:
            self.far = far
            self._framing.set_far(far)
            for item in self.units:
                item.set_far(far)

    def set_view(self, view: ViewKind) -> None:
        """Show maps or facts below the nodes."""
        if view == self.view_kind:
            return
        self.view_kind = view
        for item in self.units:
            item.set_view(view)
        self.give_room()
        self._surround(self.units)

    def show_costs(self, rows: Mapping[str, CostRows], totals: tuple[CostRow, ...]) -> None:
        """Show the costs below each node and folded block while building, and totals; ``rows`` is by item key."""
        self.titles.show_rows(totals)
        resized = [item for item in self.units if item.set_costs(rows.get(item.key))]
        lines = max((costs.lines for costs in rows.values()), default=FEWEST)
        if lines != self.columns.lines:
            self.columns.lines = lines
            self.give_room()
        if resized:
            self._surround(resized)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.theme = theme
        self.overview.set_theme(theme)
        for unit in self.units:
            unit.set_theme(theme)
        self._wiring.set_theme(theme)
        self._framing.set_theme(theme)
        self.titles.set_theme(theme)
        self._paint_all()

    def set_changes(self, changes: Mapping[str, LayerChange]) -> None:
        """Mark the layers that differ from the trained network, or that start new."""
        self.changes = changes
        for item in self.units:
            item.set_change(strongest_change(changes, item.members))

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Draw a snapshot; None removes the maps."""
        if snapshot is not None or self.snapshot is not None:
            self.snapshot = snapshot
            self._draw_snapshots()

    def _draw_snapshots(self) -> None:
        self._draw_below(self.units)

    def _draw_below(self, items: Iterable[NodeItem]) -> None:
        """Draw the snapshot below some nodes."""
        columns = [column for item in items if (column := item.made_below) is not None]
        for column in columns:
            column.pinned = self.pins.of(column.node)
            column.set_class_names(self.class_names)
        if resized := show_together(columns, self.snapshot, scale_for(self.map_scale, self.snapshot)):
            for item in (changed := [item for item in self.units if item.made_below in resized]):
                item.fit_frame()
            self._surround(changed)

    def columns_made(self) -> Iterator[Below]:
        """The columns that may draw something: those of items that are or were in view."""
        return (column for item in self.units if (column := item.made_below) is not None)

    def set_pins(self, pins: Pins) -> None:
        """Show the pinned maps, and follow changes of ``pins``."""
        self.pins = pins
        pins.changed.connect(self._draw_snapshots)

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Show the names of the dataset's classes below the output."""
        self.class_names = names
        self._draw_snapshots()

    def set_map_scale(self, scale: MapScale) -> None:
        """Draw the maps on another colour scale."""
        self.map_scale = scale
        self._draw_snapshots()

    def questions(self, visible: QRectF) -> Questions:
        """The questions whose answers are drawn inside ``visible``, in scene coordinates."""
        nearby = self.columns.within(visible)
        in_view = [item for item in nearby if QRectF(*item.place, WIDTH, item.height).intersects(visible)]
        return frozenset(question for item in in_view if (question := item.below.question()) is not None)

    def give_room(self, bottom: float | None = None, left: float = -inf) -> None:
        """Give each column the room down to the next node below it, or to ``bottom``; see :meth:`Columns.reach`."""
        if bottom is not None and not self.columns.reach(bottom, left):
            return
        if given := self._given_room(() if bottom is not None else self.units):
            self._surround(given)

    def _given_room(self, reported: Iterable[NodeItem]) -> list[NodeItem]:
        """Give each column its room; ``reported`` are the items with another report or column. Returns the items whose
        column has changed."""
        given = list(self.columns.give(reported, facts=self.view_kind == "build"))
        self._draw_below(given)
        self.titles.place(self.columns.titled if self.view_kind == "build" else None, self.columns.facts)
        return given

    def bounds(self) -> QRectF | None:
        """See :func:`fitted_bounds`."""
        if self._bounds is None:
            tops = [min([wire.box.top for wire in self.wires.values()], default=inf) + NEAR]
            tops += [frame.area.top() for frame in self.frames.values()]
            building = self.view_kind == "build"
            titled = building and self.columns.first is not None
            self._bounds = fitted_bounds([item.place for item in self.units], tops, building=building, titled=titled)
        return self._bounds

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The topmost node or folded block whose header or column is at a point of the scene; None if there is none."""
        return next((item for item in reversed([*self.units]) if item.covers(point)), None)

    def wire_at(self, point: QPointF, within: float) -> Wire | None:
        """The wire nearest to a point of the scene; None if it is farther away than ``within`` scene units."""
        return self._wiring.wire_at(point, within)

    def begin_wire(self) -> Wire:
        """Create the wire that the user draws; it is painted over the nodes."""
        return self._wiring.begin()

    def end_wire(self, wire: Wire) -> None:
        """Remove a wire made by :meth:`begin_wire`."""
        self._wiring.end(wire)

    def helpEvent(self, event: QGraphicsSceneHelpEvent) -> None:
        """Qt asks for a tooltip. The texts of nodes and wires are made only now."""
        point, views = event.scenePos(), self.views()
        nodes = (item for item in self.items(point) if isinstance(item, NodeItem))
        above = self.node_at(point) if views else None
        zoom = views[0].transform().m11() if views else 1.0
        sentence = tooltip(point, nodes, above, lambda: self.wire_at(point, NEAR), self.trace, zoom)
        QToolTip.showText(event.screenPos(), sentence, event.widget())
        event.setAccepted(bool(sentence))

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Qt asks for the background. When zoomed far out, it shows all wires and nodes."""
        painter.fillRect(rect, colour(self.theme.surface))
        if painter.worldTransform().m11() < PLAIN_ZOOM:
            self.overview.paint(painter)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Qt asks for the foreground: the names of the blocks."""
        if painter.worldTransform().m11() >= PLAIN_ZOOM:
            for frame in self.frames.values():
                if frame.title_area().intersects(rect):
                    frame.paint_title(painter)
