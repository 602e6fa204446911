"""A node: its header with name, caption and output shape, its ports, and its badges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.facts_plan import COMPACT, FactsPlan
from cnnviz.gui.builder.geometry.metrics import (
    BELOW,
    BLOCK,
    HEADER,
    LEAST,
    NAME,
    NO_PEN,
    PORT,
    SMALL,
    WIDTH,
    colour,
)
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.bars import BarsItem
from cnnviz.gui.builder.items.facts import FactsItem
from cnnviz.gui.builder.items.frame import FrameItem
from cnnviz.gui.builder.items.maps import MapsItem, WrittenOutItem
from cnnviz.gui.builder.items.signs import paint_badge, paint_lock
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
NUMBERED = 7.0
"""Inputs get numbers beside them if they are at least this many pixels apart."""


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
        self._paint_header(painter, rect, zoom)
        painter.translate(left, top)
        self._paint_ports(painter, zoom)
        self._paint_signs(painter, rect.width(), zoom)

    def _paint_header(self, painter: QPainter, rect: QRectF, zoom: float) -> None:
        theme = self.theme
        family = colour(theme.family(self.layer.family))
        radius = 6 * zoom
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(family)
        painter.drawRoundedRect(rect.adjusted(0, 0, 0, 3 * radius - rect.height()), radius, radius)
        line = max(2, round(2.5 * zoom)) + 0.5
        inner = rect.adjusted(0.5, line, -0.5, -0.5)
        painter.setBrush(colour(theme.line if self.hovered else theme.raised))
        painter.setPen(colour(theme.line))
        painter.drawRoundedRect(inner, radius, radius)
        lines = max(1, min(3, int((inner.height() - 2) / (LEAST + 1.5))))
        height = (inner.height() - 3) / lines
        beside = self._beside_numbers(zoom)
        row = QRectF(rect.left() + beside, inner.top() + 1.5, rect.width() - beside - 2, height)
        text.draw(painter, row, self.title(), max(LEAST, NAME * zoom), colour(theme.text), bold=True)
        small = max(LEAST, SMALL * zoom)
        if lines == 3:
            row.translate(0, height)
            text.draw(painter, row, self.caption(), small, colour(theme.muted))
        if lines >= 2:
            row.translate(0, height)
            shape = "?" if self.report.output is None else spell(self.report.output)
            ink = colour(theme.accent) if self.emphasis else family
            text.draw(painter, row, shape, small, ink, bold=self.emphasis)

    def _paint_ports(self, painter: QPainter, zoom: float) -> None:
        many, pitch = self._numbered(), HEADER * zoom / (self.inputs + 1)
        for index in range(self.inputs):
            free = index >= self.used_inputs
            self._paint_port(painter, self.port("in", index) * zoom, zoom, free, self.glow == "in")
            if many and not free and pitch >= NUMBERED:
                at = self.port("in", index) * zoom
                area = QRectF(at.x() + PORT * zoom + 1, at.y() - 6, 12, 12)
                text.draw(painter, area, str(index + 1), min(8.5, pitch), colour(self.theme.muted), align=text.LEFT)
        for index in range(self.outputs):
            self._paint_port(painter, self.port("out", index) * zoom, zoom, not self.has_output, self.glow == "out")

    def _numbered(self) -> bool:
        """Whether inputs are numbered, because their order matters."""
        return self.layer.most_inputs is None

    def _beside_numbers(self, zoom: float) -> float:
        """The left edge of the header's text, in pixels: the numbers of the inputs stand left of it."""
        if not self._numbered() or HEADER * zoom / (self.inputs + 1) < NUMBERED:
            return 2.0
        return PORT * zoom + (9.0 if self.used_inputs < 10 else 13.0)

    def _paint_port(self, painter: QPainter, at: QPointF, zoom: float, free: bool, glow: bool) -> None:
        """Paint a dot for a connected port, a ring for a missing wire, a halo where a wire could end now."""
        theme = self.theme
        if glow:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.accent, 70))
            painter.drawEllipse(at, 8 * zoom, 8 * zoom)
        radius = max(2.5, PORT * zoom)
        painter.setPen(QPen(colour(theme.accent if glow else theme.muted), 1.3))
        if free or glow or self.hovered:
            painter.setBrush(colour(theme.accent if glow else theme.surface))
            painter.drawEllipse(at, radius, radius)

    def _paint_signs(self, painter: QPainter, width: float, zoom: float) -> None:
        if self.changed:
            at = QPointF(3, 3)
            painter.setPen(QPen(colour(self.theme.surface), 1))
            painter.setBrush(colour(self.theme.pooling))
            painter.drawPolygon(
                QPolygonF([at + QPointF(0, -5), at + QPointF(5, 0), at + QPointF(0, 5), at + QPointF(-5, 0)])
            )
        if self.frozen:
            # on the upper edge, beside the sign of a change: the text below would be covered
            paint_lock(painter, QPointF(16 if self.changed else 5, -1), self.theme)
        if self.problems:
            error = any(problem.severity is Severity.ERROR for problem in self.problems)
            paint_badge(painter, QPointF(width - 2, 2), error, self.theme)

    def explanation(self) -> str:
        """The text of the tooltip: the node's problems, and whether it differs from the trained network."""
        lines = [problem_sentence(problem) for problem in self.problems]
        if self.frozen:
            lines.append(self.frozen_text())
        if self.changed:
            lines.append(QCoreApplication.translate("Canvas", "Changed since the start of the training."))
        return literal("\n".join(lines))

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
