"""The four places of the window: left, middle, right and bottom. The user can resize, fold and enlarge them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as BinasciiError
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from cnnviz import settings
from cnnviz.gui.shell.dragged import Dragged
from cnnviz.gui.shell.notice_place import GAP, NoticePlace
from cnnviz.gui.shell.place import AROUND

if TYPE_CHECKING:
    from cnnviz.gui.shell.place import Place
    from cnnviz.gui.shell.run_place import RunPlace
    from cnnviz.gui.shell.status_line import StatusLine
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.notice_bar import NoticeBar

SIZES = 12
"""Length in bytes of the header of a splitter's state: magic number, version and count of the sizes that follow."""
LARGEST = 2**15
"""An upper limit of sizes in pixels, larger than any screen."""
LEFT, RIGHT, BOTTOM = (192, 230), (272, 340), (162, 280)
"""Least and greatest standard width of the left and of the right place, and height of the bottom one, in pixels."""
LEAST_BOTTOM, THREE_ROWS = 144, 336
"""In a low window the bottom place gives way, down to the first height in pixels, until three rows of maps fit."""
LOOKING_BOTTOM = 180
"""The least standard height of the bottom place, in pixels, while a layer is looked into."""
ROOM_ABOVE = 610
"""The height, in pixels, that stays for the places above before the bottom place grows."""
LEAST_MIDDLE = 400
"""Where a narrower window leaves the middle place less than this width, in pixels, the places beside it give way."""
BUILDING, TRAINING = (21, 29), (2, 1)
"""Shares of both sides of the inner splitter: the layer table is wide while building, the curves while training."""


class Places(QWidget):
    """Arranges four places around the middle, with splitters between them.

    ``inner`` is a splitter inside one of the places, whose sizes are part of the arrangement. A notice in ``bar``
    stands over the foot of the lowest place or, in a low window, over the ``status`` line; see :class:`NoticePlace`.
    Only for a notice of several lines the lowest place makes way.
    """

    def __init__(
        self,
        left: Place,
        middle: Place,
        right: Place,
        bottom: Place,
        inner: RunPlace,
        bar: NoticeBar,
        status: StatusLine,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inner = inner
        self.notice = NoticePlace(self, bar, status)
        self.notice.changed.connect(self._place_notice)
        self._shares = BUILDING
        self._looking = False
        self.left, self.middle, self.right, self.bottom = left, middle, right, bottom
        self._column, self._row = _splitter(Qt.Orientation.Vertical), _splitter(Qt.Orientation.Horizontal)
        self._layout = QVBoxLayout(self)
        # from the outside in, see MainWindow._lay_out
        self._layout.addWidget(self._column)
        self._column.addWidget(self._row)
        for place in (left, middle, right):
            self._row.addWidget(place)
        self._column.addWidget(bottom)
        self._row.setStretchFactor(1, 1)
        self._column.setStretchFactor(0, 1)
        self._row.setCollapsible(1, False)
        self._column.setCollapsible(0, False)
        self._enlarged: Place | None = None
        self._dragged: dict[QSplitter, Dragged] = {}
        """The sizes that the user has set, by splitter; the other splitters have their standard sizes."""
        self._with_notice = False
        self._keep_line()
        for place in (left, middle, right, bottom):
            place.enlarge.connect(lambda place=place: self.enlarge(place))
        for splitter in (self._row, self._column, inner):
            splitter.splitterMoved.connect(lambda *_, splitter=splitter: self._moved(splitter))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for place in (self.left, self.middle, self.right, self.bottom):
            place.past.set_ground(theme.surface)
        self.notice.set_theme(theme)

    def show_past(self, short: str, long: str) -> None:
        """Frame every place: it shows a recorded moment. ``long`` says so in the middle, ``short`` elsewhere; both are
        empty for the present."""
        for place in (self.left, self.middle, self.right, self.bottom):
            place.show_past(long if place is self.middle else short)

    def standard(self) -> None:
        """Show all places at their standard sizes."""
        self._enlarged = None
        self._dragged.clear()
        for place in (self.left, self.middle, self.right, self.bottom):
            place.show()
        self._row.show()
        self._resize()
        self._make_way()

    def arrange(self, *, building: bool, looking: bool = False) -> None:
        """Set the standard sizes of an arrangement, but for splitters that the user has moved: for looking inside a
        layer the right place is wide and the bottom one low."""
        self._shares = BUILDING if building else TRAINING
        self._looking = looking
        self._resize()

    def enlarge(self, place: Place) -> None:
        """Show a place alone, or all places again if it is alone already."""
        alone = None if self._enlarged is place else place
        self._enlarged = alone
        for each in (self.left, self.middle, self.right, self.bottom):
            each.setVisible(alone is None or each is alone)
        self._row.setVisible(alone is None or alone is not self.bottom)
        self._make_way()

    def go_on(self, by: int) -> None:
        """Give the keyboard to the next visible place (1), or to the previous one (-1)."""
        places = [place for place in (self.left, self.middle, self.right, self.bottom) if place.isVisible()]
        focused = self.window().focusWidget()
        with_focus = [number for number, place in enumerate(places) if focused and place.isAncestorOf(focused)]
        start = with_focus[0] if with_focus else (-1 if by > 0 else 0)
        for step in range(1, len(places) + 1):
            if places[(start + by * step) % len(places)].take_focus():
                return

    def leave_enlarged(self) -> bool:
        """Show all places again if a place is enlarged; returns whether one was."""
        place = self._enlarged
        if place is not None:
            self.enlarge(place)
        return place is not None

    def state(self) -> str:
        """The sizes as text, those of each splitter empty if they are standard; empty if all are."""
        if not self._dragged:
            return ""
        return ".".join(self._state_of(splitter) for splitter in self._splitters())

    def restore(self, state: str) -> None:
        """Set the sizes from the text of :meth:`state`; a damaged text leaves the standard sizes."""
        splitters = self._splitters()
        try:
            parts = [b64decode(part, validate=True) for part in state.split(".")]
        except (BinasciiError, ValueError):
            parts = []
        self.standard()
        if len(parts) == len(splitters) and all(
            not part or _is_state_of(splitter, part) for splitter, part in zip(splitters, parts, strict=True)
        ):
            self._dragged = {
                splitter: Dragged(_sizes_in(part, splitter.count()))
                for splitter, part in zip(splitters, parts, strict=True)
                if part
            }
            self._resize()

    def _splitters(self) -> tuple[QSplitter, ...]:
        return self._row, self._column, self._inner

    def _state_of(self, splitter: QSplitter) -> str:
        """Qt's state of a splitter with the sizes that the user has set; empty if they are standard."""
        if (dragged := self._dragged.get(splitter)) is None:
            return ""
        state = bytes(splitter.saveState().data())
        sizes = b"".join(size.to_bytes(4, "big") for size in dragged.sizes)
        return b64encode(state[:SIZES] + sizes + state[SIZES + len(sizes) :]).decode()

    def resizeEvent(self, event: QEvent) -> None:
        """Fit the standard sizes, and those that the user has set, to the new size."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        for place in (self.left, self.middle, self.right, self.bottom):
            place.set_low(self.notice.low)
        self._keep_line()
        # before the sizes, which the foot of the bottom place limits
        self._make_way()
        self._resize()
        self._place_notice()
        self.notice.follow_height()

    def _keep_line(self) -> None:
        """Keep the room free that a notice of one line takes below the places."""
        if (kept := self.notice.kept) != self._layout.contentsMargins().bottom():
            self._layout.setContentsMargins(GAP, GAP, GAP, kept)
            self._layout.activate()

    def _place_notice(self) -> None:
        """Make way for the notice when it appears, disappears or changes its text."""
        shown = self.notice.shown
        self.notice.place()
        if not shown:
            self._keep_line()
        self._make_way()
        if self._with_notice and not shown:
            # the lowest place may have become higher for the notice
            self._resize()
        self._with_notice = shown

    def _make_way(self) -> None:
        """Keep the foot of the lowest places free for a notice."""
        above = (self.left, self.middle, self.right)
        at_bottom = not self.bottom.isHidden() and (self._column.sizes()[1] > 0 or not self.isVisible())
        room, foot = self.notice.missing, self.notice.foot
        self.bottom.make_way(room if at_bottom else 0, grow=room > foot)
        for place in above:
            place.make_way(0 if at_bottom else room, grow=False)

    def _resize(self) -> None:
        width, height = self.width(), self.height()
        left = min(LEFT[1], max(LEFT[0], width // 7))
        usual_right = right = min(RIGHT[1], max(RIGHT[0], width // 5))
        # the bottom place grows first in a high window: it has the lists
        bottom = min(BOTTOM[1], max(BOTTOM[0], height // 4, height - ROOM_ABOVE))
        if self._looking:
            right, bottom = max(right, 3 * width // 11), min(bottom, max(LOOKING_BOTTOM, 6 * height // 25))
        column = height - 2 * GAP - self.notice.kept
        if self.notice.low:
            bottom = min(bottom, max(LEAST_BOTTOM, column - THREE_ROWS))
        bottom += max(0, self.notice.foot - AROUND)
        room = width - 4 * GAP
        row, heights = [left, max(1, room - left - right), right], [max(1, column - bottom), bottom]
        if (dragged := self._dragged.get(self._row)) is not None:
            usual = (left, 0, usual_right)
            row = dragged.fitted(room, usual, flexible=1, least=LEAST_MIDDLE)
        if (dragged := self._dragged.get(self._column)) is not None:
            heights = dragged.fitted(column, (0, bottom), flexible=0, least=THREE_ROWS)
        self._row.setSizes(row)
        self._column.setSizes(heights)
        dragged = self._dragged.get(self._inner)
        self._inner.divide(self._shares if dragged is None else dragged.sizes)

    def _moved(self, splitter: QSplitter) -> None:
        """Note the sizes that the user has given to the parts of a splitter."""
        before = self._dragged.get(splitter)
        self._dragged[splitter] = Dragged(splitter.sizes()) if before is None else before.moved(splitter.sizes())
        self._make_way()


def restore(window: QWidget, places: Places, preferences: settings.Settings) -> None:
    """Give a window the position and arrangement of the last one."""
    if preferences.geometry:
        window.restoreGeometry(b64decode(preferences.geometry))
    places.restore(preferences.arrangement)


def remember(window: QWidget, places: Places) -> None:
    """Store the position and arrangement of a window in the settings."""
    geometry = b64encode(window.saveGeometry().data()).decode()
    settings.save(replace(settings.load(), geometry=geometry, arrangement=places.state()))


def _splitter(orientation: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(GAP)
    return splitter


def _is_state_of(splitter: QSplitter, state: bytes) -> bool:
    """Whether a saved state differs from the state of ``splitter`` only in sizes of its parts, and they are possible.

    Qt itself would accept any orientation and allocate memory for any count of sizes.
    """
    own, end = bytes(splitter.saveState().data()), SIZES + 4 * splitter.count()
    same = state[:SIZES] == own[:SIZES] and state[end:] == own[end:]
    return same and max(_sizes_in(state, splitter.count())) <= LARGEST


def _sizes_in(state: bytes, count: int) -> list[int]:
    return [int.from_bytes(state[at : at + 4], "big") for at in range(SIZES, SIZES + 4 * count, 4)]
