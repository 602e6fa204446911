"""Fonts that are smaller than those of the window."""

from __future__ import annotations

from PySide6.QtGui import QFont

SMALL = 0.9
"""Size of a small font relative to the font of the window."""
TINY = 0.8
"""Size of the font beside and below pictures, relative to the font of the window."""
LEAST_POINTS = 6.5
"""The least size of a tiny font, in points."""


def small_font(font: QFont) -> QFont:
    """The font of remarks and of the texts of small plots."""
    scaled = QFont(font)
    scaled.setPointSizeF(SMALL * font.pointSizeF())
    return scaled


def tiny_font(font: QFont) -> QFont:
    """The font of captions of tiles, and of numbers in and beside them."""
    scaled = QFont(font)
    scaled.setPointSizeF(max(LEAST_POINTS, TINY * font.pointSizeF()))
    return scaled
