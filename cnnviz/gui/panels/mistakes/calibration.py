"""The reliability diagram: for each range of confidence, the share of right predictions and the number of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.localized import fixed, percent
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.plain import literal
from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from cnnviz.gui.panels.mistakes.state import Bin, CalibrationState
    from cnnviz.gui.theme import Theme

LEFT, BELOW, ABOVE = 42, 18, 6
"""Pixels for the texts of the axes, and above the diagram."""
COUNTS = 0.24
"""The share of the height that the bars of counts take."""
WIDEST = 1.9
"""The diagram is at most this many times as wide as high."""
BESIDE, GAP = 190, 16
"""Least width of the text beside the diagram, and the gap between both, in pixels."""
LEAST_BAR = 2
"""Least height in pixels of the bar of a range with images."""


class CalibrationView(ThemedWidget):
    """A bar of accuracy for each range of confidence, above a bar with the number of its images.

    ``chosen(bin)`` follows a click on a range of confidence, or Enter on the marked range.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._state: CalibrationState | None = None
        self._marked: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Calibration: how often the network is right, by how sure it is"))
        explain(self, "calibration")

    def set_state(self, state: CalibrationState | None) -> None:
        """Draw the diagram of ``state``; None leaves the widget empty."""
        if state != self._state:
            self._state = state
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(420, 160)

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size."""
        return QSize(200, 56)

    def bin_rect(self, at: int) -> QRectF:
        """The column of a range of confidence, in pixels."""
        assert self._state is not None
        area = self._area()
        wide = area.width() / len(self._state.bins)
        return QRectF(area.x() + at * wide, area.y(), wide, area.height())

    def words(self, each: Bin) -> str:
        """A sentence about a range of confidence."""
        span = self.tr("{low} to {high} % sure").format(low=fixed(100 * each.low, 0), high=fixed(100 * each.high, 0))
        if not each.count:
            return self.tr("{span}: no images").format(span=span)
        return counted(
            "{span}: {count} images, {confidence} sure on average, {accuracy} right",
            "{span}: 1 image, {confidence} sure, {accuracy} right",
            each.count,
            span=span,
            confidence=percent(each.confidence),
            accuracy=percent(each.accuracy),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        if self._state is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPixelSize(11)
        painter.setFont(font)
        share, counts = self._parts()
        self._paint_axes(painter, share)
        for at, each in enumerate(self._state.bins):
            if each.count:
                self._paint_bin(painter, each, self.bin_rect(at), share, counts)
        painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(share.bottomLeft(), share.topRight())
        if self._marked is not None:
            painter.setPen(QPen(QColor(self._theme.accent if self.hasFocus() else self._theme.text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.bin_rect(self._marked))
        painter.setFont(self.font())
        self._paint_words(painter)
        painter.end()

    def _paint_axes(self, painter: QPainter, share: QRectF) -> None:
        theme, right = self._theme, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for level in (0.0, 0.5, 1.0):
            y = share.bottom() - level * share.height()
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(share.x(), y), QPointF(share.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, y - 7, LEFT - 5, 14), right, f"{fixed(100 * level, 0)} %")
        below = QRectF(share.x(), self.height() - BELOW + 2, share.width(), BELOW - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        title = self.tr("how sure it is")
        if 2 * painter.fontMetrics().horizontalAdvance(title) < share.width():
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, title)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, fixed(100, 0) + " %")

    def _paint_bin(self, painter: QPainter, each: Bin, column: QRectF, share: QRectF, counts: QRectF) -> None:
        """Draw the share of right predictions, its distance from the mean confidence, and the number of images."""
        theme = self._theme
        inner = column.adjusted(1, 0, -1, 0)
        right, sure = (share.bottom() - value * share.height() for value in (each.accuracy, each.confidence))
        # y grows downwards: the larger y is the lower of both
        lower = max(right, sure)
        painter.fillRect(QRectF(inner.x(), lower, inner.width(), share.bottom() - lower), _faint(theme.good, 0.55))
        gap = QRectF(inner.x(), min(right, sure), inner.width(), abs(right - sure))
        painter.fillRect(gap, _faint(theme.error, 0.45))
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.drawLine(QPointF(inner.x(), right), QPointF(inner.right(), right))
        height = max(LEAST_BAR, each.height * counts.height())
        painter.fillRect(QRectF(inner.x(), counts.bottom() - height, inner.width(), height), QColor(theme.muted))

    def _paint_words(self, painter: QPainter) -> None:
        """Write the sentences beside the diagram, as far as they fit."""
        assert self._state is not None
        x = round(self._area().right()) + GAP
        room = QRect(x, ABOVE, self.width() - x - 4, self.height() - ABOVE)
        if room.width() < BESIDE:
            return
        flags = Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignTop.value
        lines = [
            *((line, self._theme.text) for line in self._state.lines),
            (self.tr("Lines: share right. Red: distance to how sure it was. Grey: images, on a log scale."), ""),
        ]
        if self._marked is not None:
            lines.insert(0, (self.words(self._state.bins[self._marked]), self._theme.accent))
        for line, colour in lines:
            painter.setPen(QColor(colour or self._theme.muted))
            used = painter.boundingRect(room, flags, line)
            if used.bottom() > self.height():
                return
            painter.drawText(room, flags, line)
            room.setTop(used.bottom() + 5)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose the range below the pointer."""
        at = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and at is not None:
            self._mark(at)
            self.chosen.emit(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrow keys mark the next range, Enter chooses it."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if self._state is not None and step is not None:
            last = len(self._state.bins) - 1
            # the first key marks the last range, which usually has most images
            self._mark(last if self._marked is None else min(last, max(0, self._marked + step)))
        elif self._marked is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self._marked)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Qt: say in a tooltip what the range below the pointer holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self._at(event.pos())
            words = "" if at is None or self._state is None else self.words(self._state.bins[at])
            QToolTip.showText(event.globalPos(), literal(words), self)
            return True
        return super().event(event)

    def _mark(self, at: int) -> None:
        self._marked = at
        self._describe()
        self.update()

    def _describe(self) -> None:
        if self._state is None or self._marked is None:
            self.setAccessibleDescription("" if self._state is None else " ".join(self._state.lines))
        else:
            self.setAccessibleDescription(self.words(self._state.bins[self._marked]))

    def _area(self) -> QRectF:
        """The columns of all ranges."""
        height = max(1, self.height() - ABOVE - BELOW)
        room = self.width() - LEFT - 4
        beside = room - BESIDE - GAP
        # no text stands beside it where it would leave less than half of the greatest width
        wide = min(room, WIDEST * height) if beside < WIDEST * height / 2 else min(beside, WIDEST * height)
        return QRectF(LEFT, ABOVE, max(1, wide), height)

    def _parts(self) -> tuple[QRectF, QRectF]:
        """The areas of the shares and of the counts, which stand below."""
        area = self._area()
        low = area.height() * COUNTS
        return area.adjusted(0, 0, 0, -low - 2), area.adjusted(0, area.height() - low, 0, 0)

    def _at(self, point: QPoint) -> int | None:
        if self._state is None:
            return None
        bins = range(len(self._state.bins))
        return next((at for at in bins if self.bin_rect(at).contains(QPointF(point))), None)


def _faint(colour: str, alpha: float) -> QColor:
    """A colour with an opacity in [0, 1]."""
    pale = QColor(colour)
    pale.setAlphaF(alpha)
    return pale
