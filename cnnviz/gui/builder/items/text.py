"""Text that fits: shrunk a little where it is too wide, then narrowed, elided only after that.

What is elided is the middle, as names differ at their ends.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPaintEngine,
    QPainter,
    QTextLayout,
)

SMALLEST = 8.0
"""Shrinking stops here, in pixels of the screen."""

NARROWEST = 80
"""Then letters become narrower, to this part of their width, in percent."""

CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def draw(
    painter: QPainter,
    rect: QRectF,
    text: str,
    size: float,
    ink: QColor,
    *,
    bold: bool = False,
    align: Qt.AlignmentFlag = CENTRE,
) -> None:
    """Draw one line into ``rect``, at most ``size`` pixels large; the painter's units are pixels of the screen."""
    made, fitted = _fitted(text, round(size * 2), int(rect.width()), bold)
    painter.setPen(ink)
    if made.stretch() != 100 and keeps_text(painter):
        _draw_narrow(painter, rect, fitted, made, align)
        return
    painter.setFont(made)
    painter.drawText(rect, int(align | Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine), fitted)


def advance(text: str, size: float, room: float, *, bold: bool = False) -> float:
    """How wide :func:`draw` makes one line for which there is so much ``room``, in pixels of the screen."""
    made, fitted = _fitted(text, round(size * 2), int(room), bold)
    return QFontMetricsF(made).horizontalAdvance(fitted)


def keeps_text(painter: QPainter) -> bool:
    """Whether it paints a file in which text stays text, SVG or PDF."""
    return painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)


def _draw_narrow(painter: QPainter, rect: QRectF, text: str, made: QFont, align: Qt.AlignmentFlag) -> None:
    """Text whose letters are narrow because it is drawn so: SVG has no word for such a font."""
    wide = QFont(made)
    wide.setStretch(100)
    painter.save()
    painter.setFont(wide)
    painter.translate(rect.topLeft())
    painter.scale(made.stretch() / 100, 1)
    area = QRectF(0, 0, rect.width() * 100 / made.stretch(), rect.height())
    painter.drawText(area, int(align | Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine), text)
    painter.restore()


@lru_cache(maxsize=8192)
def _fitted(text: str, half_pixels: int, width: int, bold: bool) -> tuple[QFont, str]:
    """The largest font up to the wanted size, in steps of half a pixel, and what of the text fits."""
    stretch = 100
    while True:
        made = font(half_pixels / 2, bold=bold, stretch=stretch)
        metrics = QFontMetricsF(made)
        if metrics.horizontalAdvance(text) <= width:
            return made, text
        if half_pixels > 2 * SMALLEST:
            half_pixels -= 1
        elif stretch > NARROWEST:
            stretch -= 5
        else:
            return made, metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width)


@lru_cache(maxsize=1024)
def lines(text: str, size: float, width: float, most: int) -> tuple[str, ...]:
    """A text in lines of ``width``, in pixels of the screen; what ``most`` lines do not hold is elided."""
    found: list[str] = []
    metrics, layout = QFontMetricsF(font(size)), QTextLayout(text, font(size))
    layout.beginLayout()
    while len(found) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        start = line.textStart()
        rest = text[start:] if len(found) == most - 1 else text[start : start + line.textLength()]
        found.append(metrics.elidedText(rest.strip(), Qt.TextElideMode.ElideRight, width))
    layout.endLayout()
    return tuple(found)


@lru_cache(maxsize=256)
def font(pixels: float, *, bold: bool = False, stretch: int = 100) -> QFont:
    """The application's font in a size of the screen's pixels, ``stretch`` percent wide. Shared: not to be changed."""
    made = QFont(QGuiApplication.font())
    # Point sizes may be fractions, pixel sizes may not; an inch is 72 points.
    made.setPointSizeF(pixels * 72 / QGuiApplication.primaryScreen().logicalDotsPerInchY())
    made.setBold(bold)
    made.setStretch(stretch)
    return made
