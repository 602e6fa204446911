"""The header of a node: its lines of text, its ports and its signs. All are painted in pixels of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.builder.geometry.metrics import (
    CORNER,
    HEADER,
    LEAST_FONT,
    NAME,
    NO_PEN,
    PLAIN_ZOOM,
    PORT,
    SMALL,
    WIDTH,
    colour,
)
from cnnviz.gui.builder.items import text
from cnnviz.gui.builder.items.signs import change_text, paint_badge, paint_change, paint_lock
from cnnviz.gui.document.sentences import problem_sentence
from cnnviz.gui.language import text as translated
from cnnviz.gui.localized import spell
from cnnviz.gui.widgets.plain import literal
from cnnviz.network.problems import Problem, Severity
from cnnviz.network.report import UNKNOWN, NodeReport

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.network.layers import Layer
    from cnnviz.training.changes import LayerChange

Side = Literal["in", "out"]

BOUNDS = QRectF(-8, -8, WIDTH + 16, HEADER + 9)
"""The area that a header paints, with ports and badges. It ends there, so that new maps do not repaint the header."""
READABLE = 11.0
"""The font size of name and shape, in pixels of the screen, as long as the lines are high enough for it."""
LINE_HEIGHT = 1.17
"""Height of a line for a font size of 1."""
NUMBERED = 7.0
"""Inputs get numbers beside them if they are at least this many pixels apart."""
INPUT_NUMBER = 8.5
"""The largest font size of the number beside an input, in pixels."""
ONE_DIGIT, TWO_DIGITS = 9.0, 13.0
"""Width of such a number with the gaps around it, in pixels."""
NUMBER_SIDE = 12
"""Width and height of the area into which such a number is written, in pixels."""
HALO, HALO_OPACITY = 8.0, 70
"""Radius in scene units, and opacity of 255, of the halo of a port at which a wire could end."""
PORT_LINE = 1.3
"""Width of the outline of a port, in pixels."""
LEAST_PORT = 2.5
"""The least radius of a port, in pixels."""
EDGE = 2.5
"""Thickness of the coloured upper edge, in scene units."""
BADGE = 9.0
"""Width, in pixels, that the badge takes from the name."""
MARK = 7.0
"""Width, in pixels, that the sign of a change takes from the name."""


class Lines(NamedTuple):
    """The lines of text in a header: how many ``rows``, the area of the first ``row``, and their font sizes."""

    rows: int
    row: QRectF
    name: float
    caption: float
    shape: float


class HeaderItem(QGraphicsRectItem):
    """The header of a node. It only draws what the setters were given.

    It is a rectangle item, whose bounds Qt knows without calling Python. Initial values are class attributes: a network
    of ten thousand nodes opens sooner if the constructor sets few attributes.
    """

    report = UNKNOWN
    problems: tuple[Problem, ...] = ()
    wrong = False
    """Whether any of the problems is an error."""
    change: LayerChange | None = None
    frozen = False
    hovered = False
    emphasis = False
    glow: Side | None = None
    used_inputs = 0
    has_output = False
    place = (0.0, 0.0)
    moved = False
    """Whether the item has moved since wires were last led to it."""
    ports_changed = True
    """Whether its ports have changed since then, or the item is new."""
    header = QRectF(0.0, 0.0, WIDTH, HEADER)
    """The header's area in the scene. The rectangle is shared: do not change it."""

    def __init__(self, node: str, layer: Layer, theme: Theme) -> None:
        super().__init__(BOUNDS)
        self.setPen(NO_PEN)
        self.node, self.layer, self.theme = node, layer, theme

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

    def port(self, side: Side, index: int = 0) -> QPointF:
        """The centre of a port, in the item's coordinates."""
        return QPointF(*self.port_place(side, index)) - QPointF(*self.place)

    def port_place(self, side: Side, index: int) -> tuple[float, float]:
        """The centre (x, y) of a port, in scene coordinates."""
        x, y = self.place
        return x + WIDTH if side == "out" else x, y + self.port_height(side, index)

    def port_height(self, side: Side, index: int) -> float:
        """How far below the top of the header the centre of a port is."""
        return HEADER * (index + 1) / (max(1, self.outputs if side == "out" else self.inputs) + 1)

    def nearest(self, side: Side, y: float) -> int:
        """The index of the port on a side nearest to a y coordinate of the item."""
        count = max(1, self.inputs if side == "in" else self.outputs)
        return min(count - 1, max(0, round(y / HEADER * (count + 1)) - 1))

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
        new = (layer, used_inputs, has_output, frozen)
        if new != (self.layer, self.used_inputs, self.has_output, self.frozen):
            inputs_before = self.inputs
            self.layer, self.used_inputs, self.has_output, self.frozen = new
            self.ports_changed = self.ports_changed or self.inputs != inputs_before
            self.update()

    def set_report(self, report: NodeReport, problems: tuple[Problem, ...]) -> None:
        """Show the node's report and its problems."""
        if (report, problems) == (self.report, self.problems):
            return
        self.report, self.problems = report, problems
        self.wrong = any(problem.severity is Severity.ERROR for problem in problems)
        self.update()

    def set_change(self, change: LayerChange | None) -> None:
        """Set what is marked at the node; None if it is as in the trained network and does not start new."""
        if change != self.change:
            self.change = change
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

    def hover_text(self, zoom: float) -> str:
        """The text of the tooltip: the lines of the header that are elided at a zoom, and the remarks."""
        return literal("\n".join([*(self._elided(zoom) if zoom >= PLAIN_ZOOM else ()), *self._remarks()]))

    def explanation(self) -> str:
        """The node's problems, and whether it is frozen or differs from the trained network."""
        return literal("\n".join(self._remarks()))

    def frozen_text(self) -> str:
        """The line of the tooltip about a frozen node."""
        return QCoreApplication.translate("Canvas", "Frozen: training leaves its weights as they are.")

    def change_text(self, change: LayerChange) -> str:
        """The line of the tooltip about a change."""
        return change_text(change)

    def _remarks(self) -> list[str]:
        lines = [problem_sentence(problem) for problem in self.problems]
        if self.frozen:
            lines.append(self.frozen_text())
        if self.change is not None:
            lines.append(self.change_text(self.change))
        return lines

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Qt asks to paint."""
        transform = painter.worldTransform()
        zoom = transform.m11()
        if zoom < PLAIN_ZOOM:
            return
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top = round(transform.dx()), round(transform.dy())
        rect = QRectF(left, top, round(WIDTH * zoom), round(HEADER * zoom))
        # without a widget the scene is painted into a file
        self._paint_header(painter, rect, zoom, whole=widget is None)
        painter.translate(left, top)
        self._paint_ports(painter, zoom)
        self._paint_signs(painter, rect.width())

    def _paint_header(self, painter: QPainter, rect: QRectF, zoom: float, *, whole: bool) -> None:
        """Paint the box of the header with its lines of text into ``rect``.

        With ``whole``, as in files, where no tooltip says it, a long name becomes smaller instead of elided.
        """
        theme = self.theme
        family = colour(theme.family(self.layer.family))
        radius = CORNER * zoom
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(family)
        painter.drawRoundedRect(rect.adjusted(0, 0, 0, 3 * radius - rect.height()), radius, radius)
        painter.setBrush(colour(theme.line if self.hovered else theme.raised))
        painter.setPen(colour(theme.line))
        painter.drawRoundedRect(_inner(rect, zoom), radius, radius)
        count, row, name, caption, size = self._lines(rect, zoom)
        least, area = text.SMALLEST if whole else name, self._beside_signs(row)
        text.draw(painter, area, self.title(), name, colour(theme.text), bold=True, least=least, elide=text.LEADING)
        if count == 3:
            row.translate(0, row.height())
            text.draw(painter, row, self.caption(), caption, colour(theme.muted))
        if count >= 2:
            row.translate(0, row.height())
            shape = "?" if self.report.output is None else spell(self.report.output)
            ink = colour(theme.accent) if self.emphasis else family
            text.draw(painter, row, shape, size, ink, bold=self.emphasis)

    def _elided(self, zoom: float) -> tuple[str, ...]:
        """The lines of the header that are elided at a zoom, in full."""
        count, row, name, caption, _ = self._lines(QRectF(0, 0, round(WIDTH * zoom), round(HEADER * zoom)), zoom)
        elided = []
        if text.is_elided(self.title(), name, self._beside_signs(row).width(), bold=True, least=name):
            elided.append(self.title())
        if count == 3 and text.is_elided(self.caption(), caption, row.width()):
            elided.append(self.caption())
        return tuple(elided)

    def _paint_ports(self, painter: QPainter, zoom: float) -> None:
        """Paint the ports; the origin is the top left corner of the header."""
        pitch = HEADER * zoom / (self.inputs + 1)
        for index in range(self.inputs):
            free = index >= self.used_inputs
            self._paint_port(painter, self.port("in", index) * zoom, zoom, free, self.glow == "in")
            if self.numbered and not free and pitch >= NUMBERED:
                point = self.port("in", index) * zoom
                area = QRectF(point.x() + PORT * zoom + 1, point.y() - NUMBER_SIDE / 2, NUMBER_SIDE, NUMBER_SIDE)
                text.draw(
                    painter, area, str(index + 1), min(INPUT_NUMBER, pitch), colour(self.theme.muted), align=text.LEFT
                )
        for index in range(self.outputs):
            self._paint_port(painter, self.port("out", index) * zoom, zoom, not self.has_output, self.glow == "out")

    def _paint_port(self, painter: QPainter, centre: QPointF, zoom: float, free: bool, glow: bool) -> None:
        """Paint a ring for a port without a wire, and for all ports of a hovered node; a dot with a halo where a wire
        could end now."""
        theme = self.theme
        if glow:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.accent, HALO_OPACITY))
            painter.drawEllipse(centre, HALO * zoom, HALO * zoom)
        radius = max(LEAST_PORT, PORT * zoom)
        painter.setPen(QPen(colour(theme.accent if glow else theme.muted), PORT_LINE))
        if free or glow or self.hovered:
            painter.setBrush(colour(theme.accent if glow else theme.surface))
            painter.drawEllipse(centre, radius, radius)

    def _paint_signs(self, painter: QPainter, width: float) -> None:
        """Paint the signs of a change, a lock and problems; the origin is the top left corner of the header."""
        if self.change is not None:
            paint_change(painter, QPointF(3, 3), self.change, self.theme)
        if self.frozen:
            # on the upper edge, beside the sign of a change: the text below would be covered
            paint_lock(painter, QPointF(5 if self.change is None else 16, -1), self.theme)
        if self.problems:
            paint_badge(painter, QPointF(width - 2, 2), self.wrong, self.theme)

    def _lines(self, rect: QRectF, zoom: float) -> Lines:
        inner = _inner(rect, zoom)
        count = max(1, min(3, int((inner.height() - 2) / (LEAST_FONT + 1.5))))
        height = (inner.height() - 3) / count
        left = self._beside_numbers(zoom)
        row = QRectF(rect.left() + left, inner.top() + 1.5, rect.width() - left - 2, height)
        least = max(LEAST_FONT, min(READABLE, height / LINE_HEIGHT))
        return Lines(count, row, max(least, NAME * zoom), max(LEAST_FONT, SMALL * zoom), max(least, SMALL * zoom))

    def _beside_signs(self, row: QRectF) -> QRectF:
        """The part of the first line that no sign covers."""
        return row.adjusted(0 if self.change is None else MARK, 0, -BADGE if self.problems else 0, 0)

    def _beside_numbers(self, zoom: float) -> float:
        """The left edge of the text, in pixels: the numbers of the inputs stand left of it."""
        if not self.numbered or HEADER * zoom / (self.inputs + 1) < NUMBERED:
            return 2.0
        return PORT * zoom + (ONE_DIGIT if self.used_inputs < 10 else TWO_DIGITS)


def _inner(rect: QRectF, zoom: float) -> QRectF:
    """The box below the coloured edge."""
    return rect.adjusted(0.5, max(2, round(EDGE * zoom)) + 0.5, -0.5, -0.5)
