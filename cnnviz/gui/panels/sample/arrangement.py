"""Where the parts of the Sample place stand, and how high they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.panels.sample.inner_column import InnerColumn
from cnnviz.gui.panels.sample.late_section import LateSection
from cnnviz.gui.panels.sample.pick_page import GAP
from cnnviz.gui.widgets.focus_order import follow
from cnnviz.gui.widgets.pixel_image import LEAST_SIDE
from cnnviz.gui.widgets.scrolled_column import BAR, ScrolledColumn
from cnnviz.gui.widgets.scrolled_column import GAP as BAR_GAP

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
ROOM_FOR_SLIDERS = 100
"""The damage scrolls below the picture if this many pixels are left for it."""
LEAST_BARS = 78
"""The least width of the bars beside the picture, in pixels."""
LAST = 3
"""Where the note of the answer stands in the column while the bars are beside the picture and no section is
open, or the place scrolls as a whole: below the sections."""


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
    """Lays out the parts: the picture and the lines of the answer above, the rest in a column that scrolls.

    While a section is open that has no room below the picture and the lines, they scroll with it.
    """

    def __init__(self, place: QWidget, parts: Parts) -> None:
        self._place, self._parts = place, parts
        self._beside = False
        """Whether the bars stand beside the picture."""
        self._whole = False
        """Whether the picture and the lines scroll with the sections."""
        self._opened_at = QPoint()
        """The position of the pointer when a section was last unfolded."""
        self._scrolled = InnerColumn(parts.answer, parts.damage, parts.why, parts.fool, parts.legend)
        self._scrolled.column.setSpacing(SPACE)
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(parts.ways)
        # outside the inner column: the sliders below are used while watching the picture and the answer
        self._outer = ScrolledColumn(
            parts.waiting, parts.picking, parts.damage_line, parts.answer.lines, self._scrolled, last_grows=True
        )
        self._outer.column.setSpacing(SPACE)
        # the column does not scroll sideways, so the place must not be narrower than its widest part
        for wide in (parts.picking, parts.answer, parts.damage):
            self._make_room(wide)
        column.addWidget(self._outer, 1)

    def add_drawing(self, page: DrawPage) -> None:
        """Put the page to draw on in the place of the page to pick from; one of them is hidden."""
        column = self._outer.column
        column.insertWidget(column.indexOf(self._parts.picking) + 1, page)
        follow(self._parts.picking, page)
        self._make_room(page)

    def _make_room(self, part: QWidget) -> None:
        needed = part.minimumSizeHint().width()
        self._scrolled.setMinimumWidth(max(self._scrolled.minimumWidth(), needed))
        self._outer.setMinimumWidth(self._scrolled.minimumWidth() + BAR + BAR_GAP)

    def fit(self, page: PickPage | DrawPage, *, sampled: bool) -> None:
        """Divide the height among the picture of ``page``, the bars and the sliders; the picture gives way first.

        ``sampled``: there is a sample.
        """
        parts, width = self._parts, self._place.width()
        lines = (part for part in (parts.answer.lines, parts.damage_line) if not part.isHidden())
        height = self._place.height() - SPACE - sum(SPACE + part.sizeHint().height() for part in (parts.ways, *lines))
        self._whole = sampled and self._needs_all(page, height)
        self._scrolled.set_whole(self._whole)
        if self._whole:
            width -= BAR + BAR_GAP
        self._place_bars(beside=sampled and self._has_room_beside(page, width, height))
        # where the place scrolls as a whole, an open section follows the picture at once
        last = self._whole or (self._beside and not self._opened)
        self._place_answer(LAST if last else 0)
        if self._beside or self._whole:
            parts.legend.hide()
            bars = parts.answer.fit(0)
            # the picture gets the least height of the bars beside it, and the page what else it needs
            page.fit(width, page.least_height() + (bars - LEAST_SIDE if self._beside else 0))
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

    def _needs_all(self, page: PickPage | DrawPage, height: int) -> bool:
        """Whether the open sections have no room below the picture of ``page`` and the lines; ``height`` is the room
        below the lines."""
        opened = [section for section in self._sections if section.open]
        left = height - page.least_height()
        if page is self._parts.picking:
            left += LEAST_SIDE - self._parts.answer.bars.minimumSizeHint().height()
        if opened in ([], [self._parts.damage]):
            return bool(opened) and left < ROOM_FOR_SLIDERS
        return left < sum(SPACE + section.sizeHint().height() for section in self._sections)

    def _has_room_beside(self, page: PickPage | DrawPage, width: int, height: int) -> bool:
        """Whether the bars stand beside the picture of ``page``; ``width`` and ``height`` are the room below the
        lines.

        They do while a section is open, so that it does not push them off the screen, if enough room is left for it;
        and in a low place, where they would otherwise be cut, or push all sections off the screen.
        """
        if page is not self._parts.picking:
            return False
        bars = self._parts.answer.bars.minimumSizeHint().height()
        left = height - (page.least_height() - LEAST_SIDE + bars)
        if self._whole:
            return width >= LEAST_SIDE + GAP + LEAST_BARS
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

    def _place_answer(self, at: int) -> None:
        """Put the bars and their note, or the note alone, at a position among the sections."""
        if self._scrolled.column.indexOf(self._parts.answer) != at:
            self._scrolled.column.insertWidget(at, self._parts.answer)

    def reveal(self, part: QWidget) -> None:
        """Scroll as little as needed to see a part, or its upper end if it is higher than the place, after the layout
        has placed it."""
        self._scroll(part, part, part)

    def scroll_to(self, part: QWidget) -> None:
        """Scroll as little as needed to see a section, and a part of it, after the layout has placed them."""
        section = next(section for section in self._sections if section is part or section.isAncestorOf(part))
        self._scroll(section, part, part)

    def show_opened(self, section: DamagePart | WhyPart | FoolPart) -> None:
        """Scroll as little as needed to see a section that was unfolded, down to the end of its result."""
        self._opened_at = QCursor.pos()
        if isinstance(section, LateSection):
            self.show_result(section)
        else:
            self.reveal(section)

    def show_result(self, section: WhyPart | FoolPart) -> None:
        """Scroll as little as needed to see a section down to the end of its result, or else the result.

        Nothing is scrolled under a pointer that was moved since the section was unfolded.
        """
        if not self._outer.underMouse() or QCursor.pos() == self._opened_at:
            self._scroll(section, *section.body().result())

    def _scroll(self, section: QWidget, first: QWidget, last: QWidget) -> None:
        """Scroll to what extends from ``first`` to the lower end of ``last``, and to ``section`` above if there is room
        for both."""

        def scroll() -> None:
            # a layout inside others follows a new height only after an event for each of them
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            for area in (self._scrolled, self._outer):
                bar, inside, height = area.verticalScrollBar(), area.inside, area.viewport().height()
                title, top = (part.mapTo(inside, QPoint()).y() for part in (section, first))
                end = last.mapTo(inside, QPoint(0, last.height())).y()
                top = title if end - title <= height else top
                bar.setValue(min(top, max(bar.value(), end - height)))

        QTimer.singleShot(0, self._place, scroll)
