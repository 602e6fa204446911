"""Pictures that a widget keeps of a part of itself, and paints where it is painted for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPixmap

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

TOLERANCE = 1e-6
"""The scale of a painter may differ by so much from the device pixel ratio, by rounding."""


def on_screen(painter: QPainter, widget: QWidget) -> bool:
    """Whether a widget is painted in the resolution of its screen, and not as lines or enlarged for a file."""
    raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
    return raster and abs(painter.deviceTransform().m11() - widget.devicePixelRatioF()) < TOLERANCE


def painted(widget: QWidget, paint: Callable[[QPainter], object]) -> QPixmap:
    """A picture of what ``paint`` paints, of the size of a widget in the resolution of its screen; lines are smooth."""
    ratio = widget.devicePixelRatioF()
    picture = QPixmap(widget.size() * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(widget.font())
        paint(painter)
    return picture
