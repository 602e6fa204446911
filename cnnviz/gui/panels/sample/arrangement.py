"""Where the parts of the Sample place stand, and how high they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.widgets.focus_order import follow
from cnnviz.gui.widgets.pixel_image import LEAST_SIDE
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn

if TYPE_CHECKING:
    from cnnviz.gui.panels.sample.answer_part import AnswerPart
    from cnnviz.gui.panels.sample.damage_line import DamageLine
    from cnnviz.gui.panels.sample.damage_part import DamagePart
    from cnnviz.gui.panels.sample.draw_page import DrawPage
    from cnnviz.gui.panels.sample.fool_part import FoolPart
    from cnnviz.gui.panels.sample.pick_page import PickPage
    from cnnviz.gui.panels.sample.why_part import WhyPart
    from cnnviz.gui.widgets.plain import PlainLabel
    from cnnviz.gui.widgets.segments import Segments

SPACE = 7
"""Pixels between the parts."""
ROOM_FOR_LEGEND = 220
"""The legend of the drawing is shown if this many pixels are left for the page."""
ROOM_FOR_SECTION = 170
"""The bars stand beside the picture if this many pixels are left for an open section."""
LEAST_BARS = 78
"""The least width of the bars beside the picture, in pixels."""

LEAST_SCROLLED = 40
"""The least height of the column that scrolls, in pixels."""
LAST = 3
"""Where the note of the answer stands in the column while the bars are beside the picture and no section is
open: below the sections."""


@dataclass(frozen=True)
class Parts:
    """The parts of the Sample place, from the top: ``ways`` chooses between picking and drawing, ``waiting`` says that
    the images are being loaded."""

    ways: Segments
    waiting: PlainLabel
    picking: PickPage
    damage_line: DamageLine
    answer: AnswerPart
    damage: DamagePart
    why: WhyPart
    fool: FoolPart
    legend: PlainLabel


class Arrangement:
    """Lays out the parts: the picture and the lines of the answer above, the rest in a column that scrolls."""

    def __init__(self, place: QWidget, parts: Parts) -> None:
        self._place, self._parts = place, parts
        self._beside = False
        """Whether the bars stand beside the picture."""
        self._scrolled = ScrolledColumn(parts.answer, parts.damage, parts.why, parts.fool, parts.legend)
        self._scrolled.column.setSpacing(SPACE)
        # less than a scrolled area asks for, so that in a low place it gives way before the parts above it
        self._scrolled.setMinimumHeight(LEAST_SCROLLED)
        # the column does not scroll sideways, so the place must not be narrower than its widest part
        for wide in (parts.picking, parts.answer, parts.damage):
            self._make_room(wide)
        self._column = column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        # outside the scrolled column: the sliders below are used while watching the picture and the answer
        for part in (parts.ways, parts.waiting, parts.picking, parts.damage_line, parts.answer.lines):
            column.addWidget(part)
        column.addWidget(self._scrolled, 1)

    def add_drawing(self, page: DrawPage) -> None:
        """Put the page to draw on in the place of the page to pick from; one of them is hidden."""
        self._column.insertWidget(self._column.indexOf(self._parts.picking) + 1, page)
        follow(self._parts.picking, page)
        self._make_room(page)

    def _make_room(self, part: QWidget) -> None:
        needed = part.minimumSizeHint().width() + self._scrolled.verticalScrollBar().sizeHint().width()
        self._scrolled.setMinimumWidth(max(self._scrolled.minimumWidth(), needed))

    def fit(self, page: PickPage | DrawPage, *, sampled: bool) -> None:
        """Divide the height among the picture of ``page``, the bars and the sliders; the picture gives way first.

        ``sampled``: there is a sample.
        """
        parts, width = self._parts, self._place.width()
        lines = (part for part in (parts.answer.lines, parts.damage_line) if not part.isHidden())
        height = self._place.height() - SPACE - sum(SPACE + part.sizeHint().height() for part in (parts.ways, *lines))
        self._place_bars(beside=sampled and self._has_room_beside(page, height))
        if self._beside:
            parts.legend.hide()
            self._scrolled.column.insertWidget(0 if self._opened else LAST, parts.answer)
            # the picture gets the least height of the bars beside it, and the page what else it needs
            page.fit(width, parts.answer.fit(0) + page.least_height() - LEAST_SIDE)
            return
        height -= parts.answer.foot_height() + sum(SPACE + part.sizeHint().height() for part in self._sections) + SPACE
        legend = parts.legend.heightForWidth(width) + SPACE
        least = parts.answer.usual_height() + ROOM_FOR_LEGEND
        shown = page is not parts.picking and height - legend >= least
        parts.legend.setVisible(shown and sampled)
        height -= legend if shown else 0
        bars = parts.answer.fit(height - page.least_height())
        # the bars and sections scroll, and the page does not
        page.fit(width, max(page.least_height(), height - bars))

    @property
    def _opened(self) -> bool:
        """Whether a section is open."""
        return any(section.open for section in self._sections)

    @property
    def _sections(self) -> tuple[DamagePart, WhyPart, FoolPart]:
        return self._parts.damage, self._parts.why, self._parts.fool

    def _has_room_beside(self, page: PickPage | DrawPage, height: int) -> bool:
        """Whether the bars stand beside the picture of ``page``; ``height`` is the room below the lines.

        They do while a section is open, so that it does not push them off the screen, if enough room is left for it;
        and in a low place, where they would otherwise be cut, or push all sections off the screen.
        """
        if page is not self._parts.picking:
            return False
        bars = self._parts.answer.bars.minimumSizeHint().height()
        left = height - (page.least_height() - LEAST_SIDE + bars)
        if self._opened:
            return left >= ROOM_FOR_SECTION
        below = self._parts.answer.foot_height() + sum(SPACE + part.sizeHint().height() for part in self._sections)
        return left >= 0 and height - page.least_height() - bars < below

    def _place_bars(self, *, beside: bool) -> None:
        if beside == self._beside:
            return
        self._beside = beside
        self._parts.answer.bars.setMinimumWidth(LEAST_BARS if beside else 0)
        self._parts.picking.set_beside(self._parts.answer.bars if beside else None)
        if not beside:
            self._parts.answer.take_bars()
            self._scrolled.column.insertWidget(0, self._parts.answer)

    def reveal(self, part: QWidget) -> None:
        """Scroll as little as needed to see a part, or its upper end if it is higher than the place, after the layout
        has placed it."""

        def scroll() -> None:
            bar, view = self._scrolled.verticalScrollBar(), self._scrolled.viewport()
            top = bar.value() + part.mapTo(view, part.rect().topLeft()).y()
            bar.setValue(min(top, max(bar.value(), top + part.height() - view.height())))

        QTimer.singleShot(0, self._place, scroll)

    def scroll_to(self, part: QWidget) -> None:
        """Scroll to a section, and to a part of it, after the layout has placed them."""

        def scroll() -> None:
            section = next(section for section in self._sections if section is part or section.isAncestorOf(part))
            bar = self._scrolled.verticalScrollBar()
            bar.setValue(min(bar.maximum(), section.y()))
            if part is not section:
                self._scrolled.ensureWidgetVisible(part, 0, 0)

        QTimer.singleShot(0, self._place, scroll)
