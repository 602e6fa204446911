"""Images in rows, each with the region that a value depends on and the value below it."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.localized import fixed
from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.fitted import draw_fitted, fitted
from cnnviz.gui.widgets.focus_ring import FocusRing
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.steps import step_of
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from cnnviz.gui.panels.excites.state import Example, Region
    from cnnviz.gui.theme import Theme

LEAST_SIDE, GAP = 46, 5
"""The usual least width and height of a picture, and the room between pictures, in pixels."""
MOST_ROWS = 3


class Tiles(ThemedWidget):
    """As many images as fill their rows. ``chosen(index)`` follows a click on an image or an arrow key,
    ``entered(index)`` a double click or Enter."""

    chosen = Signal(int)
    entered = Signal(int)

    def __init__(
        self, theme: Theme, words: Callable[[Example], str], side: int = LEAST_SIDE, parent: QWidget | None = None
    ) -> None:
        """``words`` describes an image; ``side`` is the least width and height of a picture, in pixels."""
        super().__init__(theme, parent)
        self._words, self._side = words, side
        self._shown: tuple[Example, ...] = ()
        self._decimals = 2
        self._pictures: list[tuple[QImage, Region | None]] = []
        """For each image its picture, and the region that is framed in it."""
        self.at: int | None = None
        """The chosen image."""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Images that excite the map"))
        FocusRing(self)

    def show_examples(self, shown: tuple[Example, ...], images: NDArray[np.uint8], *, patches: bool) -> None:
        """Show images of ``images``, uint8 (N, C, H, W); with ``patches`` only the regions that the values depend on,
        enlarged."""
        chosen = None if self.at is None or self.at >= len(self._shown) else self._shown[self.at]
        self._shown = shown
        largest = max((abs(example.value) for example in shown), default=0.0)
        # so many that the largest value has three digits
        self._decimals = max(0, min(4, 2 - floor(log10(largest)))) if largest else 0
        self.at = shown.index(chosen) if chosen in shown else None
        self._pictures = [_picture(images[example.image], example.region, patches=patches) for example in shown]
        self.updateGeometry()
        self._describe()
        self.update()

    @property
    def shown(self) -> tuple[Example, ...]:
        """The displayed images."""
        return self._shown

    def largest_region(self, image: tuple[int, ...]) -> tuple[int, int] | None:
        """Height and width of the largest region; None if every region is a whole ``image`` (H, W)."""
        regions = [example.region for example in self._shown if example.region is not None]
        sizes = [(bottom - top, right - left) for top, left, bottom, right in regions]
        return max(sizes) if any(size != tuple(image) for size in sizes) else None

    def choose_none(self) -> None:
        """Clear the choice of an image."""
        if self.at is not None:
            self.at = None
            self._describe()
            self.update()

    def hasHeightForWidth(self) -> bool:
        """Qt: the height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt asks for the height at which all images are visible."""
        columns, side = self._columns(width)
        return -(-self._count(width) // columns) * (side + self._caption_height() + GAP)

    def _columns(self, width: int) -> tuple[int, int]:
        """How many pictures stand in a row, and the width and height of each."""
        columns = max(1, (width + GAP) // (self._side + GAP))
        return columns, max(1, (width + GAP) // columns - GAP)

    def _count(self, width: int) -> int:
        """How many images are visible: no row is left half empty."""
        columns, _ = self._columns(width)
        return min(len(self._shown) // columns, MOST_ROWS) * columns or len(self._shown)

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(240, self.heightForWidth(240))

    def tile(self, index: int) -> QRect:
        """Where the picture of an image is drawn, in pixels."""
        columns, side = self._columns(self.width())
        row, column = divmod(index, columns)
        return QRect(column * (side + GAP), row * (side + self._caption_height() + GAP), side, side)

    def frame(self, index: int) -> QRectF | None:
        """Where the frame of the region of an image is drawn, in pixels; None if the image has no frame."""
        picture, region = self._pictures[index]
        if region is None:
            return None
        place, scale = fitted(picture, self.tile(index))
        top, left, bottom, right = region
        return QRectF(place.x() + left * scale, place.y() + top * scale, (right - left) * scale, (bottom - top) * scale)

    def _caption_height(self) -> int:
        return self.fontMetrics().height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter, theme = QPainter(self), self._theme
        for index in range(self._count(self.width())):
            example, (picture, _), tile = self._shown[index], self._pictures[index], self.tile(index)
            if not tile.adjusted(0, 0, 0, self._caption_height()).intersects(event.rect()):
                continue
            draw_fitted(painter, picture, tile)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 2) if index == self.at else QColor(theme.line))
            painter.drawRect(QRectF(tile).adjusted(0.5, 0.5, -0.5, -0.5))
            if (frame := self.frame(index)) is not None:
                painter.setPen(QPen(QColor(theme.positive), 1.5))
                painter.drawRect(frame)
            painter.setPen(QColor(theme.text if index == self.at else theme.muted))
            below = QRect(tile.left() - GAP // 2, tile.bottom() + 1, tile.width() + GAP, self._caption_height())
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, fixed(example.value, self._decimals))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Describe the image under the pointer in a tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index(event.pos())
            QToolTip.showText(event.globalPos(), "" if index is None else literal(self._words(self._shown[index])))
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose an image."""
        index = self._index(event.position().toPoint())
        if index is not None and event.button() is Qt.MouseButton.LeftButton:
            self.choose(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: go into an image."""
        index = self._index(event.position().toPoint())
        if index is not None and event.button() is Qt.MouseButton.LeftButton:
            self.entered.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows choose, Enter goes into the chosen image."""
        columns, _ = self._columns(self.width())
        by = step_of(Qt.Key(event.key()), columns, 1)
        if by and self._shown:
            index = 0 if self.at is None else self.at + by
            if 0 <= index < self._count(self.width()):
                self.choose(index)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.at is not None:
            self.entered.emit(self.at)
        else:
            super().keyPressEvent(event)

    def choose(self, index: int) -> None:
        """Choose an image, and emit :attr:`chosen`."""
        self.at = index
        self._describe()
        self.update()
        self.chosen.emit(index)

    def _describe(self) -> None:
        self.setAccessibleDescription("" if self.at is None else self._words(self._shown[self.at]))

    def _index(self, point: QPoint) -> int | None:
        every = range(self._count(self.width()))
        return next(
            (at for at in every if self.tile(at).adjusted(0, 0, 0, self._caption_height()).contains(point)), None
        )


def _picture(image: NDArray[np.uint8], region: Region | None, *, patches: bool) -> tuple[QImage, Region | None]:
    """The picture of an image uint8 (C, H, W), or of its region, and the region that is framed in it."""
    if region is None or region == (0, 0, *image.shape[1:]):
        return picture_of(channels_last(image)), None
    top, left, bottom, right = region
    if patches:
        return picture_of(channels_last(image[:, top:bottom, left:right])), None
    return picture_of(channels_last(image)), region
