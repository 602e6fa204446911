"""Text fitted into a rectangle: first with narrower letters, so that texts beside each other are equally high, then
smaller, and elided only after that.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPaintEngine,
    QPainter,
    QStaticText,
    QTextLayout,
    QTransform,
)

SMALLEST = 8.0
"""The smallest font size, in pixels of the screen."""
POINTS_PER_INCH = 72

NORMAL, NARROWEST = 100, 80
"""The stretch of a font with normal and with the narrowest letters, in percent."""
NARROWER = 5
"""By how many percent letters become narrower at once."""

CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

LEADING, MIDDLE = Qt.TextElideMode.ElideLeft, Qt.TextElideMode.ElideMiddle
"""Where a text is elided: names in one block often begin alike, other texts differ at both ends."""


def draw(
    painter: QPainter,
    rect: QRectF,
    text: str,
    size: float,
    ink: QColor,
    *,
    bold: bool = False,
    align: Qt.AlignmentFlag = CENTRE,
    least: float = SMALLEST,
    elide: Qt.TextElideMode = MIDDLE,
) -> None:
    """Draw one line into ``rect``, at most ``size`` pixels high; the painter's units are pixels of the screen.

    ``least`` is the smallest size: with ``size`` itself, a long text is elided and never smaller than others.
    """
    fitted = _fitted(text, round(size * 2), int(rect.width()), bold, round(least * 2), elide)
    painter.setPen(ink)
    if not keeps_text(painter):
        across, down = rect.width() - fitted.size.width(), rect.height() - fitted.size.height()
        left = across / 2
        if align & (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignRight):
            left = 0.0 if align & Qt.AlignmentFlag.AlignLeft else across
        painter.setFont(fitted.font)
        painter.drawStaticText(rect.topLeft() + QPointF(left, down / 2), fitted.letters)
    elif fitted.font.stretch() != NORMAL:
        _draw_narrow(painter, rect, fitted.text, fitted.font, align)
    else:
        painter.setFont(fitted.font)
        painter.drawText(rect, int(align | Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine), fitted.text)


def advance(text: str, size: float, room: float, *, bold: bool = False) -> float:
    """The width, in pixels of the screen, of one line that :func:`draw` fits into a width of ``room``."""
    fitted = _fitted(text, round(size * 2), int(room), bold)
    return QFontMetricsF(fitted.font).horizontalAdvance(fitted.text)


def is_elided(text: str, size: float, room: float, *, bold: bool = False, least: float = SMALLEST) -> bool:
    """Whether :func:`draw` elides a line in a width of ``room``."""
    return _fitted(text, round(size * 2), int(room), bold, round(least * 2)).text != text


def keeps_text(painter: QPainter) -> bool:
    """Whether the painter writes SVG or PDF, where text is kept as text."""
    return painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)


def pixel_ratio(painter: QPainter) -> float | None:
    """The device pixel ratio of what the painter paints on; None if it writes SVG or PDF."""
    device = painter.device()
    return None if keeps_text(painter) else 1.0 if device is None else device.devicePixelRatioF()


def _draw_narrow(painter: QPainter, rect: QRectF, text: str, narrow: QFont, align: Qt.AlignmentFlag) -> None:
    """Draw text with a horizontal scale of the painter: SVG cannot describe a font with narrow letters."""
    normal, scale = QFont(narrow), narrow.stretch() / NORMAL
    normal.setStretch(NORMAL)
    painter.save()
    painter.setFont(normal)
    painter.translate(rect.topLeft())
    painter.scale(scale, 1)
    area = QRectF(0, 0, rect.width() / scale, rect.height())
    painter.drawText(area, int(align | Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine), text)
    painter.restore()


class _Fitted(NamedTuple):
    """A text with its font, the positions of its ``letters``, which :meth:`QPainter.drawText` would find anew in each
    paint, and its size in pixels."""

    font: QFont
    text: str
    letters: QStaticText
    size: QSizeF

    @classmethod
    def of(cls, font: QFont, text: str) -> _Fitted:
        letters = QStaticText(text)
        letters.setTextFormat(Qt.TextFormat.PlainText)
        letters.prepare(QTransform(), font)
        return cls(font, text, letters, letters.size())


@lru_cache(maxsize=8192)
def _fitted(
    text: str,
    half_pixels: int,
    width: int,
    bold: bool,
    least_half_pixels: int = round(2 * SMALLEST),
    elide: Qt.TextElideMode = MIDDLE,
) -> _Fitted:
    """A text in the font in which it fits, in steps of half a pixel; elided if it fits in none."""
    stretch = NORMAL
    while True:
        tried = font(half_pixels / 2, bold=bold, stretch=stretch)
        metrics = QFontMetricsF(tried)
        if metrics.horizontalAdvance(text) <= width:
            return _Fitted.of(tried, text)
        if stretch > NARROWEST:
            stretch -= NARROWER
        elif half_pixels > least_half_pixels:
            half_pixels -= 1
        else:
            return _Fitted.of(tried, metrics.elidedText(text, elide, width))


@lru_cache(maxsize=1024)
def lines(text: str, size: float, width: float, most: int) -> tuple[str, ...]:
    """A text broken into at most ``most`` lines of ``width`` pixels of the screen; the rest is elided."""
    broken: list[str] = []
    metrics, layout = QFontMetricsF(font(size)), QTextLayout(text, font(size))
    layout.beginLayout()
    while len(broken) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        start = line.textStart()
        # the last line takes all that is left, to be elided
        end = len(text) if len(broken) == most - 1 else start + line.textLength()
        broken.append(metrics.elidedText(text[start:end].strip(), Qt.TextElideMode.ElideRight, width))
    layout.endLayout()
    return tuple(broken)


@lru_cache(maxsize=256)
def font(pixels: float, *, bold: bool = False, stretch: int = NORMAL) -> QFont:
    """The application's font, ``pixels`` high and ``stretch`` percent wide. The font is cached: do not change it."""
    sized = QFont(QGuiApplication.font())
    # point sizes may be fractions, pixel sizes may not
    sized.setPointSizeF(pixels * POINTS_PER_INCH / QGuiApplication.primaryScreen().logicalDotsPerInchY())
    sized.setBold(bold)
    sized.setStretch(stretch)
    return sized
