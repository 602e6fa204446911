"""Items of a plot that are drawn again only when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QGraphicsItem

from cnnviz.gui.localized import grouped, localized

if TYPE_CHECKING:
    import pyqtgraph as pg
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WHOLE = 1e-6
"""A tick this near a whole number is at it: ticks are computed from rounded ranges."""


def keep_drawn(item: pg.GraphicsObject) -> None:
    """Draw an item again only when it changes, and not whenever a line moves through the plot."""
    item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)


def set_points(curve: pg.PlotDataItem, x: Floats, y: Floats) -> None:
    """Draw a curve through points, float64 (n,) each; a ``y`` that is not finite leaves a gap."""
    for part in (curve.curve, curve.scatter):
        # not while a picture is kept: Qt would only move it if the curve leaves the plot farther than before
        part.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    finite = np.isfinite(y)
    if finite.all():
        curve.setData(x, y, connect="all", skipFiniteCheck=True)
    else:
        curve.setData(x, np.where(finite, y, np.nan), connect="finite")
    for part in (curve.curve, curve.scatter):
        keep_drawn(part)


def whole_strings(values: list[float], _scale: float, _spacing: float) -> list[str]:
    """The texts of ticks at whole numbers; others have none."""
    return [grouped(round(value)) if abs(value - round(value)) < WHOLE else "" for value in values]


def plain_strings(values: list[float], _scale: float, _spacing: float) -> list[str]:
    """The texts of ticks."""
    return [localized(f"{value:,.6g}") for value in values]
