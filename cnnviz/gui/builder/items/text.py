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

NARROWEST = 80
"""The narrowest letters, in percent of their normal width."""

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
    made = _fitted(text, round(size * 2), int(rect.width()), bold, round(least * 2), elide)
    painter.setPen(ink)
    if not keeps_text(painter):
        spare, above = rect.width() - made.size.width(), rect.height() - made.size.height()
        left = (
            0.0 if align & Qt.AlignmentFlag.AlignLeft else spare if align & Qt.AlignmentFlag.AlignRight else spare / 2
        )
        painter.setFont(made.font)
        painter.drawStaticText(rect.topLeft() + QPointF(left, above / 2), made.letters)
    elif made.font.stretch() != 100:
        _draw_narrow(painter, rect, made.text, made.font, align)
    else:
        painter.setFont(made.font)
        painter.drawText(rect, int(align | Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine), made.text)


def advance(text: str, size: float, room: float, *, bold: bool = False) -> float:
    """The width, in pixels of the screen, of one line that :func:`draw` fits into a width of ``room``."""
    made = _fitted(text, round(size * 2), int(room), bold)
    return QFontMetricsF(made.font).horizontalAdvance(made.text)


def is_elided(text: str, size: float, room: float, *, bold: bool = False, least: float = SMALLEST) -> bool:
    """Whether :func:`draw` elides a line in a width of ``room``."""
    return _fitted(text, round(size * 2), int(room), bold, round(least * 2)).text != text


def keeps_text(painter: QPainter) -> bool:
    """Whether the painter writes SVG or PDF, where text is kept as text."""
    return painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)


def fineness(painter: QPainter) -> float | None:
    """The device pixel ratio of what the painter paints on; None if it writes SVG or PDF."""
    device = painter.device()
    return None if keeps_text(painter) else 1.0 if device is None else device.devicePixelRatioF()


def _draw_narrow(painter: QPainter, rect: QRectF, text: str, made: QFont, align: Qt.AlignmentFlag) -> None:
    """Draw text with a horizontal scale of the painter: SVG cannot describe a font with narrow letters."""
    wide = QFont(made)
    wide.setStretch(100)
    painter.save()
    painter.setFont(wide)
    painter.translate(rect.topLeft())
    painter.scale(made.stretch() / 100, 1)
    area = QRectF(0, 0, rect.width() * 100 / made.stretch(), rect.height())
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
    stretch = 100
    while True:
        made = font(half_pixels / 2, bold=bold, stretch=stretch)
        metrics = QFontMetricsF(made)
        if metrics.horizontalAdvance(text) <= width:
            return _Fitted.of(made, text)
        if stretch > NARROWEST:
            stretch -= 5
        elif half_pixels > least_half_pixels:
            half_pixels -= 1
        else:
            return _Fitted.of(made, metrics.elidedText(text, elide, width))


@lru_cache(maxsize=1024)
def lines(text: str, size: float, width: float, most: int) -> tuple[str, ...]:
    """A text broken into at most ``most`` lines of ``width`` pixels of the screen; the rest is elided."""
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
    """The application's font, ``pixels`` high and ``stretch`` percent wide. The font is cached: do not change it."""
    made = QFont(QGuiApplication.font())
    # Point sizes may be fractions, pixel sizes may not; an inch is 72 points.
    made.setPointSizeF(pixels * 72 / QGuiApplication.primaryScreen().logicalDotsPerInchY())
    made.setBold(bold)
    made.setStretch(stretch)
    return made
