"""The view of a page: its rows and curve at the left, its map, table, formula and notes at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.gui.language import localized_in
from cnnviz.gui.panels.microscope.graph_view import GraphView
from cnnviz.gui.panels.microscope.map_view import MapView
from cnnviz.gui.panels.microscope.readings import INVITATION, Pointed, read_map, read_row, with_target
from cnnviz.gui.panels.microscope.rows import RowsView
from cnnviz.gui.panels.microscope.seen_strip import SeenStrip
from cnnviz.gui.panels.microscope.sums import SumTable
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.plain import PlainLabel, RichLabel
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.gui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.gui.panels.microscope.seen import Seen
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.arithmetic.forms import Arithmetic

RIGHT_WIDTH = 250
NARROW, NARROW_RIGHT_WIDTH = 600, 180
"""Width of the right side, and in a sheet narrower than :data:`NARROW`, in pixels."""
ROOM_FOR_STRIP = 440
"""A sheet lower than this, in pixels, has no strip."""
HIGHEST_MAP, LOWEST_MAP, SHARE_OF_MAP = 200, 110, 0.34
"""The most and the least height of the map, in pixels, and its usual share of the sheet."""
LOW, MAP_OF_LOW = 340, 76
"""A sheet lower than this has a map of this height, and no colour bar, so that the formula is in view; in pixels."""
LEAST_BAR = 120
"""The least width of the colour bar, in pixels."""


class Sheet(QWidget):
    """Shows pages. ``resized`` follows a change of the room for the rows; ``target`` returns a text about what a
    click opens."""

    resized = Signal()

    def __init__(
        self, theme: Theme, target: Callable[[Pointed], str] = lambda _: "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._target = target
        self._page: Page | None = None
        self._room = 0
        """The height that rows and outlines share, in pixels, besides what the outlines take at least."""
        self._arithmetic: Arithmetic | None = None
        self.rows, self.graph = RowsView(theme), GraphView(theme)
        self.strip = SeenStrip(theme)
        self.map, self.table = MapView(theme, HIGHEST_MAP), SumTable(theme)
        self.steps, self._steps_title = SumTable(theme, columns=True), MutedLabel()
        self._colours = ColourBar(theme)
        self._colours.setMinimumWidth(LEAST_BAR)
        self._title, self._map_title, self._notes = (MutedLabel() for _ in range(3))
        self._without_rows = PlainLabel()
        self._without_rows.setWordWrap(True)
        self._symbols, self._numbers = RichLabel(), SteadyText()
        self._reading = ElidedLabel()
        self._reading.setProperty("role", "muted")
        self._reading.setText(spelled(INVITATION))
        self._reading.setToolTip(
            self.tr(
                "Keys: arrows move the value, Page Up and Page Down change the map, Enter follows the largest term,"
                " W its weight, B turns round, S sweeps, P pins the map, Esc leads back."
            )
        )
        self._numbers.set_ground(theme.surface)
        self._lay_out()
        self.map.pointed.connect(self._point_map)
        self.rows.pointed.connect(lambda *pointed: self._point(Pointed(*pointed)))
        self.rows.resized.connect(self._share_room)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for part in (self.rows, self.graph, self.strip, self.map, self.table, self.steps, self._colours):
            part.set_theme(theme)
        self._numbers.set_ground(theme.surface)

    def page(self) -> Page | None:
        """The displayed page; None if there is none."""
        return self._page

    def show_page(self, page: Page, arithmetic: Arithmetic | None, seen: tuple[Seen, ...] = ()) -> None:
        """Show a page. ``arithmetic`` is the computation whose terms are the rows, if they are terms of a value;
        ``seen`` are the regions on which that value depends."""
        self._page, self._arithmetic = page, arithmetic
        self._reading.setText(spelled(INVITATION))
        self.graph.show_graph(page.graph)
        self.strip.show_layers(seen)
        self.rows.show_page(page)
        grown = self.strip.grown
        self._show_strip()
        self.map.show_picture(page.map)
        self.table.show_lines(page.table)
        self.steps.show_lines(page.steps)
        set_text(self._steps_title, "" if page.steps_title is None else spelled(page.steps_title))
        self._scrolled_steps.setVisible(bool(page.steps))
        self._colours.set_scale(page.map.scale.limit, page.map.scale.signed)
        set_text(self._title, spelled(page.title))
        set_text(self._without_rows, "" if page.instead is None else spelled(page.instead))
        set_text(self._map_title, spelled(page.map_title))
        set_text(self._notes, "\n".join(spelled(note) for note in page.notes))
        set_text(self._symbols, page.symbols)
        set_text(self._numbers, localized_in(page.numbers))
        if self.strip.grown != grown and (layout := self.layout()) is not None:
            # at once, so that the first paint and the first click find the rows in their new places
            layout.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the right side narrower in a narrow place, and its map lower in a low one."""
        self._right.setFixedWidth(RIGHT_WIDTH if self.width() >= NARROW else NARROW_RIGHT_WIDTH)
        low = self.height() < LOW
        usual = min(HIGHEST_MAP, max(LOWEST_MAP, round(SHARE_OF_MAP * self.height())))
        self.map.set_highest(MAP_OF_LOW if low else usual)
        self._colours.setHidden(low)
        super().resizeEvent(event)
        self._show_strip()

    def _share_room(self) -> None:
        """Share the height that the rows have got with the outlines below them."""
        self._room = self.rows.viewport().height() + self.strip.grown
        self._show_strip()
        self.resized.emit()

    def _show_strip(self) -> None:
        without_steps = self._page is None or not self._page.steps
        shown = without_steps and self.height() >= ROOM_FOR_STRIP and len(self.strip.layers()) > 1
        if shown and self.strip.isHidden():
            # the rows become lower then, and their height is shared with the strip
            self.strip.show()
        else:
            self.strip.setVisible(shown)
            self.strip.grow(self._growth())

    def _growth(self) -> int:
        """How many pixels higher than usually the strip can be, in the height that the rows leave."""
        if self.strip.isHidden() or self._page is None or self._page.graph is not None:
            return 0
        growth = self.strip.growth(self._room)
        # the rows take room too, and how much depends on this growth: lower it until the rows leave enough
        while (possible := self.strip.growth(self.rows.spare(self._room - growth) + growth)) < growth:
            growth = possible
        return growth

    def capacity(self, page: Page) -> int:
        """How many rows of a page fit if the strip takes no more than usually."""
        return self.rows.capacity(page, self.strip.grown)

    def text(self) -> str:
        """The displayed sentences, from the top."""
        labels = (self._title, self._without_rows, self._map_title, self._notes)
        return "\n".join(label.text() for label in labels if label.text())

    def reading(self) -> str:
        """The line about the value at the pointer."""
        return self._reading.text()

    def _point(self, pointed: Pointed) -> None:
        if self._page is not None:
            reading = read_row(self._page, self._arithmetic, pointed)
            self._reading.setText(with_target(reading, self._target(pointed)) if pointed.row >= 0 else reading)

    def _point_map(self, row: int, column: int) -> None:
        if self._page is not None:
            self._reading.setText(read_map(self._page, row, column))

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._title)
        left.addWidget(self._without_rows)
        left.addWidget(self.rows, 1)
        left.addWidget(self.graph, 2)
        self._scrolled_steps = ScrolledColumn(self._steps_title, self.steps)
        left.addWidget(self._scrolled_steps, 2)
        left.addWidget(self.strip)
        left.addWidget(self._reading)
        self._symbols.setWordWrap(True)
        right = ScrolledColumn(
            self._map_title, self.map, self._colours, self.table, self._symbols, self._numbers, self._notes
        )
        self._right = right
        right.setFixedWidth(RIGHT_WIDTH)
        right.column.setSpacing(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addLayout(left, 1)
        row.addWidget(right)


def set_text(label: PlainLabel | RichLabel, text: str) -> None:
    """Show a text; an empty text hides the label."""
    if text != label.text():
        label.setText(text)
        label.setVisible(bool(text))
