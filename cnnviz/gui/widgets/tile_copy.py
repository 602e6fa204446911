"""The entry of a panel's menu that copies one tile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QAction, QGuiApplication, QImage

from cnnviz.gui.widgets.array_picture import picture_of_colours
from cnnviz.gui.widgets.levels import levels, qt_colours
from cnnviz.gui.widgets.map_scales import own_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.gui.widgets.picture_menu import PictureMenu
    from cnnviz.gui.widgets.tiling import Tiles

COPIED_SIDE = 512
"""The longer side of a copied tile in pixels, at most, unless it has more values."""


class TileCopy(QAction):
    """Copies the picture of the tile of ``grid`` under the pointer, else of the held one; hidden without such a tile.

    It is the second entry of ``menu``, behind the one that copies the whole picture.
    """

    def __init__(self, text: str, menu: PictureMenu, grid: ImageGrid, theme: Callable[[], Theme]) -> None:
        super().__init__(text, menu)
        self._menu, self._grid, self._theme = menu, grid, theme
        self._position: int | None = None
        menu.insertAction(menu.actions()[1], self)
        # the pointer has left the tile when an entry is chosen
        menu.aboutToShow.connect(self._note_tile)
        self.triggered.connect(lambda _=False: self._copy())

    def _note_tile(self) -> None:
        pixel = self._grid.current() if self._grid.isVisible() else None
        self._position = None if pixel is None else pixel.position
        self.setVisible(pixel is not None)

    def _copy(self) -> None:
        tiles, position = self._grid.tiles, self._position
        if tiles is not None and position is not None and position < tiles.tiling.count:
            QGuiApplication.clipboard().setImage(tile_picture(tiles, position, self._theme()))
            self._menu.tell_copied()


def tile_picture(tiles: Tiles, position: int, theme: Theme) -> QImage:
    """One tile in its colours, each value enlarged to a square."""
    values = tiles.read(np.array([position], np.intp))
    tile_levels = levels(values, tiles.limit or own_limits(values), tiles.signed)[0]
    times = max(1, COPIED_SIDE // max(tile_levels.shape))
    colours = qt_colours(theme, tiles.signed).take(tile_levels).repeat(times, axis=0).repeat(times, axis=1)
    return picture_of_colours(colours)
