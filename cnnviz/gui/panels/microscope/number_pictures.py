"""Numbers as small pictures, which Qt draws several times faster than text."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from cnnviz.gui.localized import localized

if TYPE_CHECKING:
    from cnnviz.equations import Decimals
    from cnnviz.inspection.questions import Array

MOST_PICTURES = 4096
"""The most pictures that are kept for one style, font and colour."""


class NumberPictures:
    """The pictures of numbers written in one style without a power of ten, one font and one colour; ``ratio`` is the
    device pixel ratio."""

    def __init__(self, style: Decimals, plus: bool, font: QFont, colour: str, ratio: float) -> None:
        self._style, self._plus, self._font, self._colour, self._ratio = style, plus, font, colour, ratio
        self._metrics = QFontMetricsF(font)
        self._pictures: dict[float, tuple[QPixmap, int]] = {}
        self.height = ceil(self._metrics.height())

    def of(self, values: Array) -> list[list[tuple[QPixmap, int]]]:
        """The pictures of finite values float32 (H, W), with their widths in pixels."""
        # equal keys mean equal texts: a float32 times a power of ten is exact, as both have few bits
        keys = np.rint(values.astype(np.float64) * 10.0**self._style.count).tolist()
        pictures = self._pictures
        try:
            return [[pictures[key] for key in row] for row in keys]
        except KeyError:
            if len(pictures) > MOST_PICTURES:
                pictures.clear()
            for row, numbers in zip(keys, values.tolist(), strict=True):
                for key, value in zip(row, numbers, strict=True):
                    if key not in pictures:
                        pictures[key] = self._picture(value)
        return [[pictures[key] for key in row] for row in keys]

    def _picture(self, value: float) -> tuple[QPixmap, int]:
        text = write_number(value, self._style, self._plus)
        width = ceil(self._metrics.horizontalAdvance(text))
        picture = QPixmap(ceil(width * self._ratio), ceil(self.height * self._ratio))
        picture.setDevicePixelRatio(self._ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setFont(self._font)
            painter.setPen(QColor(self._colour))
            painter.drawText(0, 0, width, self.height, int(Qt.AlignmentFlag.AlignVCenter), text)
        return picture, width


@lru_cache(maxsize=32)
def number_pictures(style: Decimals, plus: bool, font: QFont, colour: str, ratio: float) -> NumberPictures:
    """The pictures of numbers in this style, font and colour, which are shared; see :class:`NumberPictures`."""
    return NumberPictures(style, plus, font, colour, ratio)


@lru_cache(maxsize=8192)
def write_number(value: float, style: Decimals, plus: bool) -> str:
    """A number beside a block, as text."""
    return localized(style.write(value, plus))
