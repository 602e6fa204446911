"""A node: its header, the column below it with maps or facts, and the frame around both while it is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtWidgets import QGraphicsItem

from cnnviz.gui.builder.geometry.facts_plan import COMPACT, FactsPlan
from cnnviz.gui.builder.geometry.metrics import BELOW, HEADER, WIDTH
from cnnviz.gui.builder.items.bars import BarsItem
from cnnviz.gui.builder.items.facts import FactsItem
from cnnviz.gui.builder.items.frame import FrameItem
from cnnviz.gui.builder.items.header import HeaderItem
from cnnviz.gui.builder.items.maps import FlattenedItem, MapsItem
from cnnviz.gui.localized import spell

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from cnnviz.gui.builder.geometry.costs import CostRows
    from cnnviz.gui.builder.items.below import Below
    from cnnviz.gui.theme import Theme
    from cnnviz.network.graph import Edge
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape

ViewKind = Literal["build", "maps"]
NOTHING_TO_PAINT = QGraphicsItem.GraphicsItemFlag.ItemHasNoContents


class NodeItem(HeaderItem):
    """One node of the network: a header with the column :attr:`below` it.

    The column is made when it is first asked for, because most nodes of a large network are never looked at closely.
    Whoever adds the item to a scene calls :meth:`make_below`.
    """

    costs: CostRows | None = None
    selected = _far = False
    _below: Below | None = None
    _fitted: tuple[float, FactsPlan, Shape | None] | None = None
    """The room, the arrangement of facts, and the output shape that :attr:`below` was last fitted to."""
    _frame: FrameItem | None = None
    """The selection frame; created when the node is first selected."""

    def __init__(self, node: str, layer: Layer, theme: Theme, view: ViewKind) -> None:
        super().__init__(node, layer, theme)
        self._members = frozenset((node,))
        self._view = view

    @property
    def key(self) -> str:
        """The key under which the scene keeps the item: the node's id, or the block's id for a folded block."""
        return self.node

    @property
    def members(self) -> frozenset[str]:
        """The nodes that the item represents: one, or all nodes of a folded block."""
        return self._members

    @property
    def below(self) -> Below:
        """The column below the header: maps, bars or facts."""
        return self.make_below()

    @property
    def made_below(self) -> Below | None:
        """The column, None if it has not been made yet."""
        return self._below

    def make_below(self) -> Below:
        """Make the column as the setters describe it, unless it is there; returns it."""
        if self._below is None:
            self._below = self._new_below()
            if self._fitted is not None:
                self._fit_below(self._below, *self._fitted[:2])
        return self._below

    @property
    def height(self) -> float:
        """Height of the header and the column below it, in scene units."""
        return HEADER + (BELOW + self.below.extent if self.below.extent else 0.0)

    def covers(self, point: QPointF) -> bool:
        """Whether the header or the column below it is at a point of the scene."""
        x, y = self.place
        return 0 <= point.x() - x <= WIDTH and 0 <= point.y() - y <= self.height

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

    def set_costs(self, rows: CostRows | None) -> bool:
        """Show the node's costs while building; returns whether the column's height has changed."""
        self.costs = rows
        if self._below is None:
            return False
        extent = self._below.extent
        self._below.show_costs(rows)
        if self._below.extent == extent:
            return False
        self.fit_frame()
        return True

    def set_room(self, room: float, facts: FactsPlan = COMPACT) -> bool:
        """Set the room below the header, in scene units, and the arrangement of facts; returns whether anything
        changed."""
        fitted = (room, facts, self.report.output)
        if self._fitted == fitted:
            return False
        self._fitted = fitted
        if self._below is not None:
            self._fit_below(self._below, room, facts)
            self.fit_frame()
        return True

    def set_view(self, view: ViewKind) -> None:
        """Show maps or facts below the header."""
        self._view, self._fitted = view, None
        old = self._below
        if old is None:
            return
        self._below = self._new_below()
        old.setParentItem(None)  # type: ignore[arg-type]
        if old.scene() is not None:
            old.scene().removeItem(old)

    def set_far(self, far: bool) -> None:
        """Set whether the zoom is below :data:`PLAIN_ZOOM`, where the item paints nothing."""
        if far != self._far:
            self._far = far
            self.setFlag(NOTHING_TO_PAINT, far)
            if self._below is not None:
                self._below.setFlag(NOTHING_TO_PAINT, far)

    def set_selected(self, selected: bool) -> None:
        """Show or hide the frame."""
        if selected != self.selected:
            self.selected = selected
            if self._frame is None:
                self._frame = FrameItem(self.theme, self)
                self.fit_frame()
            self._frame.setVisible(selected)

    def fit_frame(self) -> None:
        """Fit the selection frame to the height."""
        if self._frame is not None:
            self._frame.set_height(self.height)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.theme = theme
        if self._below is not None:
            self._below.set_theme(theme)
        if self._frame is not None:
            self._frame.theme = theme
            self._frame.update()
        self.update()

    def description(self) -> str:
        """A description of the node for assistive technology."""
        shape = "" if self.report.output is None else spell(self.report.output)
        return ", ".join(part for part in (self.title(), self.caption(), shape, self.explanation()) if part)

    def _new_below(self) -> Below:
        below = self._below_of_kind()
        below.show_costs(self.costs)
        below.setFlag(NOTHING_TO_PAINT, self._far)
        return below

    def _fit_below(self, below: Below, room: float, facts: FactsPlan) -> None:
        below.arrange(facts)
        below.fit(self.report, room - BELOW)

    def _below_of_kind(self) -> Below:
        if self._view == "build":
            return FactsItem(self.node, self.layer.family, self.theme, self)
        if self.layer.kind == "Output":
            return BarsItem(self.node, self.theme, self)
        kind = FlattenedItem if self.layer.kind in ("Flatten", "Reshape") else MapsItem
        return kind(self.node, self.theme, self)
