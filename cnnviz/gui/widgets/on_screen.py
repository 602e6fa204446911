"""Whether a widget is painted for the screen, so that it may paint a picture of itself that it has kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPaintEngine

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QWidget


def on_screen(painter: QPainter, widget: QWidget) -> bool:
    """Whether a widget is painted in the resolution of its screen, and not as lines or enlarged for a file."""
    raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
    return raster and abs(painter.deviceTransform().m11() - widget.devicePixelRatioF()) < 1e-6
