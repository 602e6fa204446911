"""A grid of small images, kernels or maps, drawn as one image.

Only visible tiles are read and composed, as colour levels of one byte, so that the cost of a picture does not depend
on the size of the layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QScrollBar, QWidget

from cnnviz.gui.widgets.captions import Captions, draw_captions, texts_of
from cnnviz.gui.widgets.focus_ring import FocusRing
from cnnviz.gui.widgets.kept_room import keep_room
from cnnviz.gui.widgets.levels import GAP_LEVEL, levels, lookup_table, qt_colours
from cnnviz.gui.widgets.map_scales import own_limits
from cnnviz.gui.widgets.reading_line import ReadingLine
from cnnviz.gui.widgets.steps import ARROWS, step_of, wheel_step
from cnnviz.gui.widgets.tile_picture import TilePicture
from cnnviz.gui.widgets.tile_values import Pixel, pixel_at, read_value, tile_frame, value_frame
from cnnviz.gui.widgets.tiling import NO_TILE, Placement, Tiles, place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Array

LEAST_ROOM = 8  # in pixels; a grid that is smaller on its way to its size is not drawn


class ImageGrid(QWidget):
    """Tiles in rows, enlarged without blurring, with a line below that shows the value at the pointer.

    A click holds the value under the pointer and emits ``clicked(position)``, then ``picked(position, row, column)``
    for the value in the tile; arrow keys hold the middle of a tile, with Shift another value in it, and Esc holds
    nothing. ``pointed`` follows a change of :attr:`hovered` or :attr:`held`. Enter emits ``clicked``, then
    ``entered(position)``, or ``picked`` for a value that Shift led to; the key P emits ``pinAsked(position)``.
    ``scrolled`` follows a change of the rows on screen.
    """

    clicked = Signal(int)
    picked = Signal(int, int, int)
    entered = Signal(int)
    pinAsked = Signal(int)
    pointed = Signal()
    scrolled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.tiles: Tiles | None = None
        self._placement: Placement | None = None
        self._lines: tuple[NDArray[np.intp], NDArray[np.intp]] = np.empty((0, 0), np.intp), np.empty(0, np.intp)
        """See :meth:`Placement.lines`."""
        self._positions: NDArray[np.intp] = np.empty(0, np.intp)
        self._values: Array = np.empty((0, 1, 1), np.float32)
        self._levels: NDArray[np.uint8] | None = None
        self._captions: Captions | None = None
        self._texts: tuple[object, bytes, Placement] | None = None
        """What the texts of the captions depend on, where no numbers stand in the tiles."""
        self._invitation = ""
        self._hovered: Pixel | None = None
        self._held: Pixel | None = None
        self._held_by_shift = False
        """Whether the held value was chosen with Shift and arrow keys, not just its tile."""
        self._last_pointed: tuple[Pixel | None, Pixel | None] = (None, None)
        """The hovered and the held value when :attr:`pointed` was emitted last."""

        self._picture = TilePicture(theme)
        self._vertical_bar = QScrollBar(Qt.Orientation.Vertical)
        self._horizontal_bar = QScrollBar(Qt.Orientation.Horizontal)
        for bar in (self._vertical_bar, self._horizontal_bar):
            bar.valueChanged.connect(self._scroll)
            bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            bar.hide()
        keep_room(self._vertical_bar)
        self._line = ReadingLine()

        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        grid.addWidget(self._picture, 0, 0)
        grid.addWidget(self._vertical_bar, 0, 1)
        grid.addWidget(self._horizontal_bar, 1, 0)
        grid.addWidget(self._line, 2, 0, 1, 2)
        self._picture.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        FocusRing(self)
        self.set_theme(theme)
        self._show_reading()

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: higher than wide, for the side of the window."""
        return QSize(240, 320)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._picture.set_theme(theme)
        self._captions = None
        if self.tiles is not None:
            self._levels = None
            self._draw()

    def show_tiles(self, tiles: Tiles) -> None:
        """Draw tiles; the scroll position is kept if the tiling is unchanged."""
        old, self.tiles = self.tiles, tiles
        if old is None or old.signed != tiles.signed:
            self._levels = None
        if old is None or old.tiling != tiles.tiling:
            self._hovered = self._held = None
            for bar in (self._vertical_bar, self._horizontal_bar):
                with QSignalBlocker(bar):
                    bar.setValue(0)
            self._arrange()
        else:
            self._draw()

    def set_invitation(self, text: str) -> None:
        """Set the text below the tiles while the pointer is at no value."""
        self._invitation = text
        self._show_reading()

    def clear(self) -> None:
        """Remove all tiles."""
        self.tiles = self._placement = self._levels = self._captions = None
        self._hovered = self._held = None
        self._picture.clear()
        self._vertical_bar.hide()
        self._horizontal_bar.hide()
        self._show_reading()

    def placement(self) -> Placement | None:
        """The present arrangement of the tiles; None without tiles."""
        return self._placement

    def visible(self) -> tuple[range, range]:
        """The visible rows and columns of tiles."""
        placed = self._placement
        if placed is None:
            return range(0), range(0)
        row, column = self._vertical_bar.value(), self._horizontal_bar.value()
        rows = range(row, min(placed.rows, row + placed.shown_rows))
        return rows, range(column, min(placed.columns, column + placed.shown_columns))

    def picture(self) -> NDArray[np.uint8] | None:
        """The visible colour levels, uint8 (height, width) in pixels; None without tiles."""
        if self._levels is None or self._placement is None:
            return None
        return self._levels.take(self._placement.pixels())

    def line(self) -> str:
        """The text of the line under the grid."""
        return self._line.text()

    def current(self) -> Pixel | None:
        """The value at the pointer, else the held value; None if there is none."""
        return self._hovered or self._held

    @property
    def hovered(self) -> Pixel | None:
        """The value under the pointer."""
        return self._hovered

    @property
    def held(self) -> Pixel | None:
        """The value that was clicked, or that keys went to."""
        return self._held

    def hold(self, pixel: Pixel | None) -> None:
        """Hold a value that was chosen elsewhere; None lets the held one go. :attr:`pointed` does not follow."""
        if pixel != self._held:
            self._held, self._held_by_shift = pixel, False
            self._last_pointed = (self._hovered, pixel)
            self._show_reading()

    def centre(self, position: int) -> QPointF | None:
        """The centre of a tile in the viewport; None if it is scrolled out of view."""
        frame = tile_frame(self._placement, self._positions, position)
        return None if frame is None else frame.center()

    def viewport(self) -> QWidget:
        """The widget that receives mouse events."""
        return self._picture

    def scroll_to(self, row: int) -> None:
        """Scroll a row of tiles to the top, if there are enough rows below it."""
        self._vertical_bar.setValue(row)

    def _arrange(self) -> None:
        """Arrange the tiles for the present size."""
        room = self._picture.size()
        if self.tiles is None or not self.tiles.tiling.count or min(room.width(), room.height()) < LEAST_ROOM:
            return
        placed = place(self.tiles.tiling, room.width(), room.height())
        if placed != self._placement:
            self._placement, self._lines = placed, placed.lines()
            self._levels = self._captions = None
        for bar, shown, total in (
            (self._vertical_bar, placed.shown_rows, placed.rows),
            (self._horizontal_bar, placed.shown_columns, placed.columns),
        ):
            with QSignalBlocker(bar):
                bar.setRange(0, max(0, total - shown))
                bar.setPageStep(shown)
            bar.setVisible(total > shown)
        self._scroll()

    def _scroll(self) -> None:
        assert self._placement is not None
        self._positions = self._placement.positions(self._vertical_bar.value(), self._horizontal_bar.value())
        self._draw()
        self.scrolled.emit()

    def _draw(self) -> None:
        tiles, placed = self.tiles, self._placement
        if tiles is None or placed is None:
            return
        filled = self._positions != NO_TILE
        self._values = tiles.read(self._positions[filled])
        height, width = tiles.tiling.tile
        limit = tiles.limit or own_limits(self._values)
        drawn = np.full(self._positions.size * height * width + 1, GAP_LEVEL, np.uint8)
        drawn[:-1].reshape(-1, height, width)[filled] = levels(self._values, limit, tiles.signed)
        if self._levels is None or not np.array_equal(drawn, self._levels):
            self._levels = drawn
            colours = qt_colours(self._theme, tiles.signed).take(drawn)
            self._picture.show_indexed(colours, *self._lines, placed.gutter)
        self._write(tiles, placed, filled)
        self._show_reading()

    def _write(self, tiles: Tiles, placed: Placement, filled: NDArray[np.bool_]) -> None:
        """Write captions, and numbers where there is room; only if they changed."""
        roomy = (decimals := placed.decimals(tiles.limit)) > 0
        texts = None if roomy else (tiles.texts, self._positions.tobytes(), placed)
        if self._captions is not None and texts is not None and tiles.texts is not None and texts == self._texts:
            return
        self._texts = texts
        captioned = self._positions[:: placed.shown_columns] if placed.gutter else self._positions
        captions = Captions(
            placed,
            texts_of(tiles.caption, captioned),
            self._levels if roomy else None,
            self._values if roomy else None,
            tuple(np.flatnonzero(filled).tolist()) if roomy else (),
            decimals,
            texts_of(tiles.slice_text, self._positions),
        )
        if captions != self._captions:
            self._captions = captions
            table = lookup_table(self._theme, tiles.signed)
            ratio = self.devicePixelRatioF()
            self._picture.show_captions(draw_captions(captions, self._theme, table, self.font(), ratio))

    def _show_reading(self) -> None:
        """Show the value at the pointer, else the held value."""
        pixel = self._hovered or self._held
        text = None if pixel is None or self.tiles is None else read_value(self.tiles, pixel)
        if text is None:
            text = (self._invitation or self.tr("Point at a value to read it.")) if self.tiles is not None else ""
        self._line.show_text(text)
        tile = None if pixel is None else tile_frame(self._placement, self._positions, pixel.position)
        value = None if pixel is None else value_frame(self._placement, self._positions, pixel)
        self._picture.show_frames(tile, value)
        if self._last_pointed != (self._hovered, self._held):
            self._last_pointed = (self._hovered, self._held)
            self.pointed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle mouse events and size changes of the view."""
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        elif event.type() == QEvent.Type.Leave:
            self._point(None)
        elif isinstance(event, QWheelEvent):
            across, step = wheel_step(event)
            bar = self._horizontal_bar if across else self._vertical_bar
            bar.setValue(bar.value() + step)
            event.accept()
            return True
        elif isinstance(event, QMouseEvent):
            pixel = pixel_at(self._placement, self._positions, event.position())
            self._point(pixel)
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                if pixel is not None:
                    self._click(pixel)
            return event.button() != Qt.MouseButton.RightButton
        return super().eventFilter(watched, event)

    def _point(self, pixel: Pixel | None) -> None:
        if pixel != self._hovered:
            self._hovered = pixel
            self._show_reading()

    def _click(self, pixel: Pixel) -> None:
        self._held, self._held_by_shift = pixel, False
        self._show_reading()
        self.clicked.emit(pixel.position)
        self.picked.emit(*pixel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows move, Enter clicks, P pins, Esc lets go."""
        placed, key = self._placement, Qt.Key(event.key())
        held = None if self._held is None else self._held.position
        if placed is None:
            return super().keyPressEvent(event)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and held is not None:
            self.clicked.emit(held)
            if self._held_by_shift and self._held is not None:
                self.picked.emit(*self._held)
            else:
                self.entered.emit(held)
        elif key is Qt.Key.Key_P and held is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.pinAsked.emit(held)
        elif key is Qt.Key.Key_Escape and held is not None:
            self._hold(None)
        elif self._held is not None and key in ARROWS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            position, row, column = self._held
            (down, across), (height, width) = ARROWS[key], placed.tiling.tile
            row, column = min(height - 1, max(0, row + down)), min(width - 1, max(0, column + across))
            self._hold(Pixel(position, row, column), by_shift=True)
        elif step := step_of(key, placed.columns, placed.shown_rows):
            self._step(placed, step)
        else:
            super().keyPressEvent(event)
        return None

    def _step(self, placed: Placement, step: int) -> None:
        """Hold another tile, and scroll to it."""
        first = self._vertical_bar.value() * placed.columns + self._horizontal_bar.value()
        position = first if self._held is None else self._held.position + step
        if not 0 <= position < placed.tiling.count:
            return
        height, width = placed.tiling.tile
        row, column = divmod(position, placed.columns)
        for bar, number in ((self._vertical_bar, row), (self._horizontal_bar, column)):
            bar.setValue(min(number, max(bar.value(), number - bar.pageStep() + 1)))
        self._hold(Pixel(position, height // 2, width // 2))

    def _hold(self, pixel: Pixel | None, *, by_shift: bool = False) -> None:
        self._held, self._hovered, self._held_by_shift = pixel, None, by_shift
        self._show_reading()
