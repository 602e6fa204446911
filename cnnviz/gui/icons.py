"""The icons of buttons and menus: the SVG files of ``resources/icons/controls``, in any colour and size."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from cnnviz.resources import resource

DISABLED = 0.4
"""Opacity of what cannot be used."""


class GlyphEngine(QIconEngine):
    """Draws one picture, given as the text of an SVG file, where Qt wants an icon."""

    def __init__(self, picture: str) -> None:
        super().__init__()
        self._picture = picture
        self._renderer = QSvgRenderer(QByteArray(picture.encode()))

    def clone(self) -> QIconEngine:
        """Qt: another of its kind."""
        return GlyphEngine(self._picture)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Qt: draw it."""
        if mode is QIcon.Mode.Disabled:
            painter.setOpacity(DISABLED)
        self._renderer.render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Qt: the same as a picture."""
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return made


@cache
def icon(name: str, colour: str) -> QIcon:
    """The Material Design icon ``name`` (``play``, ``pause`` …) in one colour; raises OSError where it is not there."""
    picture = resource(f"icons/controls/{name}.svg").read_text(encoding="utf-8")
    return QIcon(GlyphEngine(picture.replace("<path ", f'<path fill="{colour}" ')))
