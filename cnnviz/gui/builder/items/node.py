"""A node: its header with name, caption and output shape, its ports, and its badges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.facts_plan import COMPACT, FactsPlan
from cnnviz.gui.builder.geometry.metrics import (
    BELOW,
    BLOCK,
    HEADER,
    NO_PEN,
    WIDTH,
)
from cnnviz.gui.builder.items.bars import BarsItem
from cnnviz.gui.builder.items.facts import FactsItem
from cnnviz.gui.builder.items.frame import FrameItem
from cnnviz.gui.builder.items.header import elided, paint_box, paint_ports, paint_signs
from cnnviz.gui.builder.items.maps import MapsItem, WrittenOutItem
from cnnviz.gui.document.sentences import problem_sentence
from cnnviz.gui.language import text as translated
from cnnviz.gui.localized import spell
from cnnviz.gui.widgets.plain import literal
from cnnviz.network.problems import Problem, Severity
from cnnviz.network.report import UNKNOWN, NodeReport

if TYPE_CHECKING:
    from cnnviz.gui.builder.geometry.costs import CostRows
    from cnnviz.gui.builder.items.below import Below
    from cnnviz.gui.theme import Theme
    from cnnviz.network.graph import Edge
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape

ViewKind = Literal["build", "maps"]
Side = Literal["in", "out"]

BOUNDS = QRectF(-8, -8, WIDTH + 16, HEADER + 9)
"""The area that a header paints, with ports and badges. It ends there, so that new maps do not repaint the header."""


NOTHING_TO_PAINT = QGraphicsItem.GraphicsItemFlag.ItemHasNoContents


class NodeItem(QGraphicsRectItem):
    """One node of the network. It only draws what the setters were given.

    It is a rectangle item, whose bounds Qt knows without calling Python. Initial values are class attributes: a network
    of ten thousand nodes opens sooner if the constructor sets few attributes.
    """

    report = UNKNOWN
    problems: tuple[Problem, ...] = ()
    costs: CostRows | None = None
    wrong = False
    """Whether any of the problems is an error."""
    changed = frozen = False
    hovered = False
    emphasis = False
    glow: Side | None = None
    used_inputs = 0
    has_output = False
    place = (0.0, 0.0)
    moved = True
    """Whether ports have moved or changed since wires were last led to them."""
    header = QRectF(0.0, 0.0, WIDTH, HEADER)
    """The header's area in the scene. The rectangle is shared: do not change it."""
    selected = _far = False
    _fitted: tuple[float, FactsPlan, Shape | None, Below] | None = None
    _frame: FrameItem | None = None
    """The selection frame; created when the node is first selected."""

    def __init__(self, node: str, layer: Layer, theme: Theme, view: ViewKind) -> None:
        super().__init__(BOUNDS)
        self.setPen(NO_PEN)
        self.node, self.layer, self.theme = node, layer, theme
        self._members = frozenset((node,))
        self.setZValue(2)
        self.below = self._make_below(view)

    @property
    def key(self) -> str:
        """The key under which the scene keeps the item: the node's id, or the block's id for a folded block."""
        return self.node

    @property
    def members(self) -> frozenset[str]:
        """The nodes that the item represents: one, or all nodes of a folded block."""
        return self._members

    @property
    def inputs(self) -> int:
        """How many input ports are drawn: those in use, and a free one if any number is allowed."""
        most = self.layer.most_inputs
        return self.used_inputs + 1 if most is None else most

    @property
    def outputs(self) -> int:
        """How many output ports are drawn: 1, or 0 for the Output."""
        return 0 if self.layer.kind == "Output" else 1

    @property
    def numbered(self) -> bool:
        """Whether inputs are numbered, because their order matters."""
        return self.layer.most_inputs is None

    @property
    def height(self) -> float:
        """Height of the header and the column below it, in scene units."""
        return HEADER + (BELOW + self.below.extent if self.below.extent else 0.0)

    def port(self, side: Side, index: int = 0) -> QPointF:
        """The centre of a port, in the item's coordinates."""
        return QPointF(*self.port_place(side, index)) - QPointF(*self.place)

    def port_place(self, side: Side, index: int) -> tuple[float, float]:
        """The centre (x, y) of a port, in scene coordinates."""
        x, y = self.place
        if side == "out":
            return x + WIDTH, y + HEADER * (index + 1) / (max(1, self.outputs) + 1)
        return x, y + HEADER * (index + 1) / (max(1, self.inputs) + 1)

    def nearest(self, side: Side, y: float) -> int:
        """The index of the port on a side nearest to a y coordinate of the item."""
        count = max(1, self.inputs if side == "in" else self.outputs)
        return min(count - 1, max(0, round(y / HEADER * (count + 1)) - 1))

    def targets(self, index: int) -> tuple[tuple[str, int], ...]:
        """The (node, input index) pairs that a wire to an input port feeds."""
        return ((self.node, index),)

    def source(self, index: int) -> str:
        """The node that a wire from an output port comes from."""
        return self.node

    def input_of(self, edge: Edge) -> int:
        """The input port at which a wire ends."""
        return edge.port

    def output_of(self, edge: Edge) -> int:
        """The output port at which a wire begins."""
        return 0

    def title(self) -> str:
        """The first line of the header."""
        return self.node

    def caption(self) -> str:
        """The second line of the header."""
        return translated(self.layer.brief())

    def set_place(self, place: tuple[float, float]) -> None:
        """Move to a place (x, y) of the layout."""
        if place != self.place:
            self.place, self.moved = place, True
            self.header = QRectF(*place, WIDTH, HEADER)
            self.setPos(*place)

    def shows(self, layer: Layer, used_inputs: int, has_output: bool, frozen: bool) -> bool:
        """Whether the item already shows this layer with these ports."""
        same = self.layer is layer and self.frozen == frozen
        return same and self.used_inputs == used_inputs and self.has_output == has_output

    def set_layer(self, layer: Layer, used_inputs: int, has_output: bool, frozen: bool = False) -> None:
        """Show a layer; ``used_inputs`` is the number of its connected inputs, a ``frozen`` layer has a lock."""
        new, old = (
            (layer, used_inputs, has_output, frozen),
            (self.layer, self.used_inputs, self.has_output, self.frozen),
        )
        if new != old:
            ports = self.inputs
            self.layer, self.used_inputs, self.has_output, self.frozen = new
            self.moved = self.moved or self.inputs != ports
            self.update()

    def set_report(self, report: NodeReport, problems: tuple[Problem, ...]) -> None:
        """Show the node's report and its problems."""
        if (report, problems) == (self.report, self.problems):
            return
        self.report, self.problems = report, problems
        self.wrong = any(problem.severity is Severity.ERROR for problem in problems)
        self.update()

    def set_changed(self, changed: bool) -> None:
        """Set whether the node differs from the trained network."""
        if changed != self.changed:
            self.changed = changed
            self.update()

    def set_costs(self, rows: CostRows | None) -> bool:
        """Show the node's costs while building; returns whether the column's height has changed."""
        self.costs = rows
        extent = self.below.extent
        self.below.show_costs(rows)
        if self.below.extent == extent:
            return False
        self._fit_frame()
        return True

    def set_room(self, room: float, facts: FactsPlan = COMPACT) -> bool:
        """Set the room below the header, in scene units, and the arrangement of facts; returns whether anything
        changed."""
        fitted = (room, facts, self.report.output, self.below)
        if self._fitted == fitted:
            return False
        self._fitted = fitted
        self.below.arrange(facts)
        self.below.fit(self.report, room - BELOW)
        self._fit_frame()
        return True

    def set_view(self, view: ViewKind) -> None:
        """Show maps or facts below the header."""
        old, self.below = self.below, self._make_below(view)
        self.below.show_costs(self.costs)
        self.below.setFlag(NOTHING_TO_PAINT, self._far)
        old.setParentItem(None)  # type: ignore[arg-type]
        if old.scene() is not None:
            old.scene().removeItem(old)

    def set_far(self, far: bool) -> None:
        """Set whether the zoom is below :data:`BLOCK`, where the item paints nothing."""
        if far != self._far:
            self._far = far
            for item in (self, self.below):
                item.setFlag(NOTHING_TO_PAINT, far)

    def set_selected(self, selected: bool) -> None:
        """Show or hide the frame."""
        if selected != self.selected:
            self.selected = selected
            if self._frame is None:
                self._frame = FrameItem(self.theme, self)
                self._fit_frame()
            self._frame.setVisible(selected)

    def _fit_frame(self) -> None:
        if self._frame is not None:
            self._frame.set_height(self.height)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.theme = theme
        self.below.set_theme(theme)
        if self._frame is not None:
            self._frame.theme = theme
            self._frame.update()
        self.update()

    def set_hovered(self, hovered: bool) -> None:
        """Set whether the pointer is over the node."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    def set_emphasis(self, emphasis: bool) -> None:
        """Set whether the output shape is emphasized, because an edit would change it."""
        if emphasis != self.emphasis:
            self.emphasis = emphasis
            self.update()

    def set_glow(self, side: Side | None) -> None:
        """Highlight the ports of one side, at which a wire can end; None removes the highlight."""
        if side != self.glow:
            self.glow = side
            self.update()

    def description(self) -> str:
        """A description of the node for assistive technology."""
        shape = "" if self.report.output is None else spell(self.report.output)
        return ", ".join(part for part in (self.title(), self.caption(), shape, self.explanation()) if part)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        transform = painter.worldTransform()
        zoom = transform.m11()
        if zoom < BLOCK:
            return
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top = round(transform.dx()), round(transform.dy())
        rect = QRectF(left, top, round(WIDTH * zoom), round(HEADER * zoom))
        # without a widget the scene is painted into a file
        self._paint_header(painter, rect, zoom, whole=widget is None)
        painter.translate(left, top)
        paint_ports(self, painter, zoom)
        paint_signs(self, painter, rect.width())

    def _paint_header(self, painter: QPainter, rect: QRectF, zoom: float, *, whole: bool) -> None:
        paint_box(self, painter, rect, zoom, whole=whole)

    def hover_text(self, zoom: float) -> str:
        """The text of the tooltip: the lines of the header that are elided at a zoom, and the remarks."""
        return literal("\n".join([*(elided(self, zoom) if zoom >= BLOCK else ()), *self._remarks()]))

    def explanation(self) -> str:
        """The node's problems, and whether it is frozen or differs from the trained network."""
        return literal("\n".join(self._remarks()))

    def _remarks(self) -> list[str]:
        lines = [problem_sentence(problem) for problem in self.problems]
        if self.frozen:
            lines.append(self.frozen_text())
        if self.changed:
            lines.append(QCoreApplication.translate("Canvas", "Changed since the start of the training."))
        return lines

    def frozen_text(self) -> str:
        """The line of the tooltip about a frozen node."""
        return QCoreApplication.translate("Canvas", "Frozen: training leaves its weights as they are.")

    def _make_below(self, view: ViewKind) -> Below:
        if view == "build":
            return FactsItem(self.node, self.layer.family, self.theme, self)
        if self.layer.kind == "Output":
            return BarsItem(self.node, self.theme, self)
        kind = WrittenOutItem if self.layer.kind in ("Flatten", "Reshape") else MapsItem
        return kind(self.node, self.theme, self)
