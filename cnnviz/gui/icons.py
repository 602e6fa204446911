"""Icons of buttons and menus, made from the SVG files in ``resources/icons/controls`` in any colour and size."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from cnnviz.resources import resource

DISABLED = 0.4
"""Opacity of disabled icons."""


class GlyphEngine(QIconEngine):
    """A Qt icon engine that draws a picture given as the text of an SVG file."""

    def __init__(self, picture: str) -> None:
        super().__init__()
        self._picture = picture
        self._renderer = QSvgRenderer(QByteArray(picture.encode()))

    def clone(self) -> QIconEngine:
        """Qt asks for a copy."""
        return GlyphEngine(self._picture)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Qt asks to paint."""
        if mode is QIcon.Mode.Disabled:
            painter.setOpacity(DISABLED)
        self._renderer.render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Qt asks for the icon as a picture."""
        pixmap = QPixmap(size)
        if pixmap.isNull():
            # a button that has no room yet asks for a picture without pixels, on which nothing can be painted
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        return pixmap


@cache
def icon(name: str, colour: str) -> QIcon:
    """The Material Design icon ``name`` (``play``, ``pause`` …) in a colour; raises OSError if there is none."""
    picture = resource(f"icons/controls/{name}.svg").read_text(encoding="utf-8")
    return QIcon(GlyphEngine(picture.replace("<path ", f'<path fill="{colour}" ')))
