"""Measuring the cells of a row: the widths of columns, the height of rows, and the fonts of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF

from cnnviz.equations import Decimals, decimals
from cnnviz.gui.localized import localized
from cnnviz.gui.panels.microscope.facts import number
from cnnviz.gui.panels.microscope.page import Amount, Block, Cell, Number, Picture, Sign, Words
from cnnviz.gui.panels.microscope.words import spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURE = 64
"""The longer side of a map in a row, in pixels."""
BLOCK = 54
"""The longer side of a block of several values, in pixels."""
ONE = 18
"""The side of a block of a single value, in pixels."""
LEAST_LINE = 10
"""Least line height of the numbers beside a block, in pixels; with less height there are no numbers."""
GAP = 10
AIRY = 2.0
"""The largest factor by which rows without pictures become higher, if there is room."""
SIGN = 14
LEAST_BAR, MOST_BAR = 28, 240
WORDS, LEAST_WORDS, NUMBER = 150, 70, 64
"""Least widths of words and numbers, so that they are aligned in all rows."""
LEAST_HEAD = 11
BETWEEN_HEADS = 12
"""The least number of pixels between two heads."""
ROOMY = 1.6
"""From this scale factor on, numbers beside blocks have the usual font instead of a smaller one."""
LEAST, GREATEST = 0.6, 3.5
"""Least and greatest scale factor of pictures, in narrow places and with few rows."""


@dataclass(frozen=True)
class Columns:
    """The columns of all rows: left edges and widths of the cells; ``numbers``: whether a block shows its numbers.

    Maps and blocks are scaled by ``factor``, and a row is ``height`` pixels high. ``beside`` is the width for the
    number of an amount, 0 for other cells.
    """

    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    numbers: tuple[bool, ...]
    factor: float
    height: float
    beside: tuple[float, ...]


def arrange(
    cells: Sequence[Cell],
    gutter: float,
    room: tuple[float, float],
    count: int,
    font: QFont,
    least: Sequence[float] | None = None,
) -> Columns:
    """Arrange ``count`` rows of such cells in ``room`` (width, height), in pixels.

    Few rows get larger pictures. If the width is short, the first blocks lose their numbers. ``least`` are the least
    widths of the cells.
    """
    width, height = room
    room_for = width - gutter - GAP * len(cells)
    pictures = any(isinstance(cell, Picture) or (isinstance(cell, Block) and cell.values.size > 1) for cell in cells)
    most = min(GREATEST, max(1.0, height / max(1, count) / row_height(cells, 1.0))) if pictures else 1.0
    blocks = [at for at, cell in enumerate(cells) if isinstance(cell, Block)]
    for numbered in (blocks, blocks[-1:], []):
        factor, widths = _fitted(cells, numbered, room_for, most, LEAST if not numbered else 1.0, font)
        widths = [max(pair) for pair in zip(widths, least or widths, strict=True)]
        if sum(widths) <= room_for and all(_has_numbers(cells[at], factor) for at in numbered):
            break
    spare = room_for - sum(widths)
    if spare < 0:
        for at, cell in enumerate(cells):
            if isinstance(cell, Words):
                widths[at] = max(LEAST_WORDS, widths[at] + spare)
    numbers = [at in numbered for at in range(len(cells))]
    bars = sum(isinstance(cell, Amount) for cell in cells) or 1
    more = min(MOST_BAR - LEAST_BAR, max(0.0, spare) / bars)
    widths = [each + more if isinstance(cell, Amount) else each for cell, each in zip(cells, widths, strict=True)]
    lefts = [gutter + sum(widths[:at]) + GAP * at for at in range(len(cells))]
    bold = bold_of(font)
    beside = tuple(amount_width(cell, bold) if isinstance(cell, Amount) else 0.0 for cell in cells)
    high = row_height(cells, factor)
    if not pictures:
        high = round(max(high, min(AIRY * high, height / max(1, count))))
    return Columns(tuple(lefts), tuple(widths), tuple(numbers), factor, high, beside)


def _fitted(
    cells: Sequence[Cell], numbered: Sequence[int], room: float, most: float, least: float, font: QFont
) -> tuple[float, list[float]]:
    """The largest factor from ``most`` down to ``least`` at which the cells fit, and their widths."""
    factor = most
    while True:
        widths = [_width(cell, at in numbered, factor, font) for at, cell in enumerate(cells)]
        if sum(widths) <= room or factor <= least:
            return factor, widths
        factor = max(least, factor - 0.1)


def small(font: QFont) -> QFont:
    """The font of the numbers beside a block."""
    made = QFont(font)
    made.setPointSizeF(max(6.5, 0.78 * font.pointSizeF()))
    return made


def bold_of(font: QFont) -> QFont:
    """The same font in bold."""
    made = QFont(font)
    made.setBold(True)
    return made


def heading(font: QFont) -> QFont:
    """The font of the heads of columns, at least of :data:`LEAST_HEAD` pixels."""
    return _heading(font.toString())


def head_widths(heads: Sequence[str | None], font: QFont) -> list[float]:
    """The width that each column needs, so that no word of its head touches the next head."""
    made = heading(font)
    words = ([] if head is None else head.split() for head in heads)
    longest = [max((advance(word, made) for word in each), default=0.0) for each in words]
    return [each + BETWEEN_HEADS - GAP if each else 0.0 for each in longest]


def head_fits(head: str, area: QRectF, font: QFont) -> bool:
    """Whether a head, broken into lines, fits into its area."""
    taken = QFontMetricsF(heading(font)).boundingRect(area, int(Qt.TextFlag.TextWordWrap), head)
    return taken.height() <= area.height() + 0.5 and taken.width() <= area.width() + 0.5


@lru_cache(maxsize=16)
def heading_height(font: QFont) -> float:
    """The height of a line of the heads, in pixels."""
    return QFontMetricsF(heading(font)).height()


@lru_cache(maxsize=16)
def _heading(description: str) -> QFont:
    made = QFont()
    made.fromString(description)
    made.setPixelSize(max(LEAST_HEAD, round(0.85 * QFontInfo(made).pixelSize())))
    return made


def row_height(cells: Sequence[Cell], factor: float) -> float:
    """The height of a row of such cells with its margins, in pixels."""
    highest = max((size_of(cell, factor)[1] for cell in cells), default=ONE)
    return round(highest + (10 if highest > ONE else 6))


def extent(cell: Cell) -> tuple[object, ...]:
    """All of a cell on which its width and height can depend, at any font and scale factor."""
    if isinstance(cell, Picture):
        return Picture, cell.values.shape
    if isinstance(cell, Block):
        return Block, cell.values.shape, widest_number(cell.style, cell.scale.limit)[1].translate(_ZEROS)
    if isinstance(cell, Amount):
        return Amount, *(written.translate(_ZEROS) for written in _numbers_of(cell))
    if isinstance(cell, Words):
        return Words, spelled(cell.text)
    return type(cell), cell.widest if isinstance(cell, Number) else ""


def size_of(cell: Cell, factor: float) -> tuple[float, float]:
    """Width and height of the picture or block in a cell, in pixels; for other cells the height of a line."""
    if isinstance(cell, Picture):
        side = PICTURE * factor / max(cell.values.shape)
    elif isinstance(cell, Block) and cell.values.size:
        longest = max(cell.values.shape)
        side = ONE if longest == 1 else max(1.0, BLOCK * factor // longest)
    else:
        return 0.0, ONE
    high, wide = cell.values.shape
    return float(round(wide * side)), float(round(high * side))


def _has_numbers(cell: Cell, factor: float) -> bool:
    return (
        isinstance(cell, Block) and bool(cell.values.size) and size_of(cell, factor)[1] / len(cell.values) >= LEAST_LINE
    )


def _width(cell: Cell, numbers: bool, factor: float, font: QFont) -> float:
    if isinstance(cell, Picture):
        return PICTURE * factor
    if isinstance(cell, Block):
        beside = cell.values.shape[1] * beside_of(cell, factor, font).width + 6 if numbers else 0.0
        return size_of(cell, factor)[0] + beside
    if isinstance(cell, Sign):
        return SIGN
    if isinstance(cell, Words):
        return max(WORDS, words_width(cell, bold_of(font)))
    if isinstance(cell, Number):
        return max(NUMBER, advance(cell.widest, font))
    return LEAST_BAR + amount_width(cell, bold_of(font)) + 6


def words_width(cell: Cell, font: QFont) -> float:
    """The width of words, in pixels; 0 for other cells."""
    return advance(spelled(cell.text), font) + 2 if isinstance(cell, Words) else 0.0


def font_at(factor: float, font: QFont) -> QFont:
    """The font of the numbers beside blocks, smaller for small blocks."""
    return small(font) if factor < ROOMY else font


@dataclass(frozen=True)
class Beside:
    """How the numbers beside a block are written: style and font; ``width`` of a number and ``height`` of the font, in
    pixels."""

    style: Decimals
    font: QFont
    width: float
    height: float


def beside_of(cell: Block, factor: float, font: QFont) -> Beside:
    """How the numbers beside a block are written: in its own style, else with two digits of the largest number of its
    scale, and two decimals if that is small."""
    return _beside(cell.style, cell.scale.limit, factor, font)


@lru_cache(maxsize=256)
def _beside(style: Decimals | None, limit: float, factor: float, font: QFont) -> Beside:
    made, (style, widest) = font_at(factor, font), widest_number(style, limit)
    return Beside(style, made, advance(widest, made) + 5, QFontMetricsF(made).height())


def widest_number(style: Decimals | None, limit: float) -> tuple[Decimals, str]:
    """The style of the numbers beside a block whose own style or whose limit is given, and the widest of them."""
    style = style or Decimals(max(decimals(limit, 2), min(2, decimals(limit))))
    return style, localized(style.write(-limit, plus=True))


def amount_width(cell: Amount, font: QFont) -> float:
    """The width for the number of an amount."""
    return max(number_width(written, font) for written in _numbers_of(cell))


def _numbers_of(cell: Amount) -> tuple[str, str]:
    """The number of an amount, and the longest number of its size."""
    size = max(cell.limit, abs(cell.value)) if cell.value == cell.value else cell.limit
    return localized(cell.written), localized(number(-size, cell.limit))


def number_width(written: str, font: QFont) -> float:
    """The width of a number, in pixels."""
    # all digits are equally wide, so that few texts have to be measured
    return advance(written.translate(_ZEROS), font)


_ZEROS = str.maketrans("123456789", "000000000")


@lru_cache(maxsize=512)
def advance(text: str, font: QFont) -> float:
    """The width of a text, in pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)
