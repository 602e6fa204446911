"""The part of a widget that seldom changes, kept as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPainter, QPixmap

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QSize


class Ground:
    """A picture that is drawn again only if something has changed on which it depends."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._key: tuple[object, ...] = ()

    def picture(
        self, key: tuple[object, ...], size: QSize, ratio: float, colour: str, draw: Callable[[QPainter], None]
    ) -> QPixmap:
        """The picture of ``size`` at a device pixel ratio, filled with ``colour``, on which ``draw`` paints.

        It depends on all arguments but ``draw``.
        """
        key = (*key, size, ratio, colour)
        if key != self._key:
            self._key = key
            self._picture = QPixmap(size * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(colour))
            with QPainter(self._picture) as painter:
                draw(painter)
        return self._picture
