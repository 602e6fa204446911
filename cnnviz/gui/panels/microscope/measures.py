"""Measuring the cells of a row: the widths of columns, the height of rows, and the fonts of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF

from cnnviz.equations import Decimals, decimals
from cnnviz.gui.localized import localized
from cnnviz.gui.panels.microscope.facts import number
from cnnviz.gui.panels.microscope.page import Amount, Block, Cell, Number, Picture, Sign, Words
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.fonts import LEAST_POINTS

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURE_SIDE = 64
"""The longer side of a map in a row, in pixels."""
BLOCK_SIDE = 54
"""The longer side of a block of several values, in pixels."""
VALUE_SIDE = 18
"""The side of a block of a single value, in pixels."""
LEAST_LINE = 10
"""Least line height of the numbers beside a block, in pixels; with less height there are no numbers."""
GAP = 10
"""Between two columns, in pixels."""
MOST_GROWTH = 2.0
"""The largest factor by which rows without pictures become higher, if there is room."""
SIGN_WIDTH = 14
"""The width of a sign, in pixels."""
LEAST_BAR, MOST_BAR = 28, 240
"""The least and greatest width of a bar, in pixels."""
SHORT_BAR = 12
"""The width of a bar where there is no room for the least width, in pixels."""
WORDS_WIDTH, LEAST_WORDS_WIDTH, NUMBER_WIDTH = 150, 70, 64
"""Least widths of words, of words where there is little room, and of numbers, so that they are aligned in all rows."""
HEAD_SIZE, LEAST_HEAD = 0.85, 11
"""Size of the font of the heads relative to the usual font, and its least size in pixels."""
TOLERANCE = 0.5
"""By how many pixels a head may exceed its area: areas have whole pixels."""
BETWEEN_HEADS = 12
"""The least number of pixels between two heads."""
USUAL_FONT_FACTOR = 1.6
"""From this scale factor on, numbers beside blocks have the usual font instead of a smaller one."""
NUMBER_SIZE = 0.78
"""Size of the smaller font relative to the usual font."""
FACTOR_STEP = 0.1
"""Steps in which the scale factor is lowered until a row fits."""
AROUND_PICTURE, AROUND_LINE = 10, 6
"""Empty height of a row with a picture or a block, and of a row with a line of text only, in pixels."""
BESIDE_BLOCK, BESIDE_NUMBER, BESIDE_BAR = 6, 5, 6
"""Empty width right of the numbers of a block, left of each of them, and left of the number of a bar, in pixels."""
LEAST_FACTOR, MOST_FACTOR = 0.6, 3.5
"""Least and greatest scale factor of pictures, in narrow places and with few rows."""


@dataclass(frozen=True)
class Columns:
    """The columns of all rows: left edges and widths of the cells; ``numbers``: whether a block shows its numbers.

    Maps and blocks are scaled by ``factor``, and a row is ``height`` pixels high. ``amounts`` are the
    widths for the numbers of amounts, 0 for other cells.
    """

    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    numbers: tuple[bool, ...]
    factor: float
    height: float
    amounts: tuple[float, ...]


def arrange(
    cells: Sequence[Cell],
    gutter: float,
    room: tuple[float, float],
    count: int,
    font: QFont,
    least_widths: Sequence[float] | None = None,
) -> Columns:
    """Arrange ``count`` rows of such cells in ``room`` (width, height), in pixels.

    ``gutter`` is the width for the numbers of the rows, left of the cells. Few rows get larger pictures. If the width
    is short, all blocks but the last lose their numbers, then that too. ``least_widths`` has one for each cell.
    """
    width, height = room
    for_cells = width - gutter - GAP * len(cells)
    pictures = any(isinstance(cell, Picture) or (isinstance(cell, Block) and cell.values.size > 1) for cell in cells)
    largest = min(MOST_FACTOR, max(1.0, height / max(1, count) / row_height(cells, 1.0))) if pictures else 1.0
    blocks = [index for index, cell in enumerate(cells) if isinstance(cell, Block)]
    for numbered in (blocks, blocks[-1:], []):
        factor, widths = _fitted(cells, numbered, for_cells, largest, LEAST_FACTOR if not numbered else 1.0, font)
        widths = [max(pair) for pair in zip(widths, least_widths or widths, strict=True)]
        if sum(widths) <= for_cells and all(_has_numbers(cells[index], factor) for index in numbered):
            break
    spare = for_cells - sum(widths)
    if spare < 0:
        for index, cell in enumerate(cells):
            if isinstance(cell, Words):
                widths[index] = max(LEAST_WORDS_WIDTH, widths[index] + spare)
        spare = min(0.0, for_cells - sum(widths))
    numbers = [index in numbered for index in range(len(cells))]
    bars = sum(isinstance(cell, Amount) for cell in cells) or 1
    longer = min(MOST_BAR - LEAST_BAR, max(SHORT_BAR - LEAST_BAR, spare / bars))
    widths = [width + longer if isinstance(cell, Amount) else width for cell, width in zip(cells, widths, strict=True)]
    lefts = [gutter + sum(widths[:index]) + GAP * index for index in range(len(cells))]
    bold = bold_of(font)
    amounts = tuple(amount_width(cell, bold) if isinstance(cell, Amount) else 0.0 for cell in cells)
    height_of_row = row_height(cells, factor)
    if not pictures:
        height_of_row = round(max(height_of_row, min(MOST_GROWTH * height_of_row, height / max(1, count))))
    return Columns(tuple(lefts), tuple(widths), tuple(numbers), factor, height_of_row, amounts)


def _fitted(
    cells: Sequence[Cell], numbered: Sequence[int], room: float, largest: float, smallest: float, font: QFont
) -> tuple[float, list[float]]:
    """The largest factor from ``largest`` down to ``smallest`` at which the cells fit, and their widths."""
    factor = largest
    while True:
        widths = [_width(cell, index in numbered, factor, font) for index, cell in enumerate(cells)]
        if sum(widths) <= room or factor <= smallest:
            return factor, widths
        factor = max(smallest, factor - FACTOR_STEP)


def small(font: QFont) -> QFont:
    """A smaller font, for the numbers of small blocks, of rows and of axes."""
    copy = QFont(font)
    copy.setPointSizeF(max(LEAST_POINTS, NUMBER_SIZE * font.pointSizeF()))
    return copy


def bold_of(font: QFont) -> QFont:
    """The same font in bold."""
    copy = QFont(font)
    copy.setBold(True)
    return copy


def heading(font: QFont) -> QFont:
    """The font of the heads of columns, at least of :data:`LEAST_HEAD` pixels."""
    return _heading(font.toString())


def head_widths(heads: Sequence[str | None], font: QFont) -> list[float]:
    """The width that each column needs, so that no word of its head touches the next head."""
    head_font = heading(font)
    words_of_heads = ([] if head is None else head.split() for head in heads)
    longest = [max((advance(word, head_font) for word in words), default=0.0) for words in words_of_heads]
    return [width + BETWEEN_HEADS - GAP if width else 0.0 for width in longest]


def head_fits(head: str, area: QRectF, font: QFont) -> bool:
    """Whether a head, broken into lines, fits into its area."""
    needed = QFontMetricsF(heading(font)).boundingRect(area, int(Qt.TextFlag.TextWordWrap), head)
    return needed.height() <= area.height() + TOLERANCE and needed.width() <= area.width() + TOLERANCE


@lru_cache(maxsize=16)
def heading_height(font: QFont) -> float:
    """The height of a line of the heads, in pixels."""
    return QFontMetricsF(heading(font)).height()


@lru_cache(maxsize=16)
def _heading(description: str) -> QFont:
    copy = QFont()
    copy.fromString(description)
    copy.setPixelSize(max(LEAST_HEAD, round(HEAD_SIZE * QFontInfo(copy).pixelSize())))
    return copy


def row_height(cells: Sequence[Cell], factor: float) -> float:
    """The height of a row of such cells with its margins, in pixels."""
    highest = max((size_of(cell, factor)[1] for cell in cells), default=VALUE_SIDE)
    return round(highest + (AROUND_PICTURE if highest > VALUE_SIDE else AROUND_LINE))


def extent(cell: Cell) -> tuple[object, ...]:
    """All of a cell on which its width and height can depend, at any font and scale factor."""
    if isinstance(cell, Picture):
        return Picture, cell.values.shape
    if isinstance(cell, Block):
        return Block, cell.values.shape, widest_number(cell.style, cell.scale.limit)[1].translate(_ZEROS)
    if isinstance(cell, Amount):
        return Amount, *(written.translate(_ZEROS) for written in _longest_of(cell))
    if isinstance(cell, Words):
        return Words, spelled(cell.text)
    return type(cell), cell.widest if isinstance(cell, Number) else ""


def size_of(cell: Cell, factor: float) -> tuple[float, float]:
    """Width and height of the picture or block in a cell, in pixels; for other cells the height of a line."""
    if isinstance(cell, Picture):
        side = PICTURE_SIDE * factor / max(cell.values.shape)
    elif isinstance(cell, Block) and cell.values.size:
        longest = max(cell.values.shape)
        side = VALUE_SIDE if longest == 1 else max(1.0, BLOCK_SIDE * factor // longest)
    else:
        return 0.0, VALUE_SIDE
    height, width = cell.values.shape
    return float(round(width * side)), float(round(height * side))


def _has_numbers(cell: Cell, factor: float) -> bool:
    return (
        isinstance(cell, Block) and bool(cell.values.size) and size_of(cell, factor)[1] / len(cell.values) >= LEAST_LINE
    )


def _width(cell: Cell, numbers: bool, factor: float, font: QFont) -> float:
    if isinstance(cell, Picture):
        return PICTURE_SIDE * factor
    if isinstance(cell, Block):
        pitch = numbers_of(cell, factor, font).width if numbers else 0.0
        return size_of(cell, factor)[0] + (cell.values.shape[1] * pitch + BESIDE_BLOCK if numbers else 0.0)
    if isinstance(cell, Sign):
        return SIGN_WIDTH
    if isinstance(cell, Words):
        return max(WORDS_WIDTH, words_width(cell, bold_of(font)))
    if isinstance(cell, Number):
        return max(NUMBER_WIDTH, advance(cell.widest, font))
    return LEAST_BAR + amount_width(cell, bold_of(font)) + BESIDE_BAR


def words_width(cell: Cell, font: QFont) -> float:
    """The width of words, in pixels; 0 for other cells."""
    return advance(spelled(cell.text), font) + 2 if isinstance(cell, Words) else 0.0


def font_at(factor: float, font: QFont) -> QFont:
    """The font of the numbers beside blocks, smaller for small blocks."""
    return small(font) if factor < USUAL_FONT_FACTOR else font


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers beside a block are written; ``width`` of a number and ``height`` of the font, in pixels."""

    decimals: Decimals
    font: QFont
    width: float
    height: float


def numbers_of(cell: Block, factor: float, font: QFont) -> NumberStyle:
    """How the numbers beside a block are written: in its own style, else in that of :func:`widest_number`."""
    return _number_style(cell.style, cell.scale.limit, factor, font)


@lru_cache(maxsize=256)
def _number_style(style: Decimals | None, limit: float, factor: float, font: QFont) -> NumberStyle:
    scaled, (style, widest) = font_at(factor, font), widest_number(style, limit)
    return NumberStyle(style, scaled, advance(widest, scaled) + BESIDE_NUMBER, QFontMetricsF(scaled).height())


def widest_number(style: Decimals | None, limit: float) -> tuple[Decimals, str]:
    """The style of the numbers beside a block, its own ``style`` or that for its ``limit``, and the widest of them.

    Numbers up to a limit of 0.05 have three decimals, up to 0.5 or 5 two, up to 50 one.
    """
    style = style or Decimals(max(decimals(limit, 2), min(2, decimals(limit))))
    return style, localized(style.write(-limit, plus=True))


def amount_width(cell: Amount, font: QFont) -> float:
    """The width for the number of an amount."""
    return max(number_width(written, font) for written in _longest_of(cell))


def _longest_of(cell: Amount) -> tuple[str, str]:
    """The number of an amount, and the longest number of its size."""
    size = cell.limit if isnan(cell.value) else max(cell.limit, abs(cell.value))
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
