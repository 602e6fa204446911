"""Values as colour levels of one byte, and the colours of the levels."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.pictures import LUMINANCE
from cnnviz.gui.theme import Theme, colour_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Array

GAP_LEVEL = 255
"""The colour level of gaps and NaN. Values have levels 0 to 254, so that 0 of a signed scale is level 127."""

BRIGHT = 140
"""Texts on colours that are brighter than this luminance, 0 to 255, are black; on others they are white."""


def levels(values: Array, limit: float | Array, signed: bool) -> NDArray[np.uint8]:
    """Colour levels of float32 values, uint8 of the same shape: 0 to 254, NaN has GAP_LEVEL.

    ``limit`` > 0 is the limit of the scale; an array of limits is broadcast.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        if signed:
            scaled = values + limit
            scaled *= 127.0 / limit
        else:
            scaled = values * (254.0 / limit)
        np.rint(scaled, out=scaled)
        np.minimum(np.maximum(scaled, 0.0, out=scaled), 254.0, out=scaled)
    lost = np.isnan(scaled)
    if lost.any():
        scaled[lost] = GAP_LEVEL
    return scaled.astype(np.uint8)


@cache
def qt_colours(theme: Theme, signed: bool) -> NDArray[np.uint32]:
    """:func:`lookup_table` in Qt's format, 0xffRRGGBB: uint32 (256,)."""
    red, green, blue = lookup_table(theme, signed).astype(np.uint32).T
    colours: NDArray[np.uint32] = 0xFF000000 | red << 16 | green << 8 | blue
    return colours


def lookup_table(theme: Theme, signed: bool) -> NDArray[np.uint8]:
    """RGB colours of all levels, uint8 (256, 3); 0 of a signed scale and GAP_LEVEL have exactly the surface colour."""
    stops = colour_map(theme, signed)
    table = np.empty((256, 3), np.uint8)
    table[:GAP_LEVEL] = stops[np.linspace(0, 255, GAP_LEVEL).round().astype(int)]
    surface = [int(theme.surface[start : start + 2], 16) for start in (1, 3, 5)]
    table[GAP_LEVEL] = surface
    table[127 if signed else 0] = surface
    return table


def need_black_text(colours: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which RGB colours, uint8 (n, 3), are so bright that texts on them are black: bool (n,)."""
    bright: NDArray[np.bool_] = colours.astype(np.float64) @ LUMINANCE > BRIGHT
    return bright
