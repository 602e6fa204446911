"""The Maps tab of the Layer place: every channel of the layer for the sample, on the scale that the user chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal

from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.map_scales import OWN, MapScale, beyond, scale_for
from cnnviz.gui.widgets.panel import TiledPanel
from cnnviz.gui.widgets.picture_menu import PictureMenu, as_npy
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.scale_menu import about_scale
from cnnviz.gui.widgets.tiling import Tiles, Tiling
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.network.shape import spell
from cnnviz.numerals import grouped

SILENT = 1e-6
"""A map whose largest absolute value is below this share of the layer's scale is called silent."""

FEW = 40
"""Up to so many values of a flat vector have their numbers written on them."""
FEW_SIDE = 46

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.questions import Array, Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport


class MapsPanel(TiledPanel):
    """All maps of one layer; a click emits ``mapClicked(node, channel)``, then ``valueClicked(Place)``.

    ``mapEntered(node, channel)`` follows Enter on a map.
    """

    mapClicked = Signal(str, int)
    valueClicked = Signal(object)
    mapEntered = Signal(str, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._node: str | None = None
        self._maps: Maps | None = None
        self._step = 0
        self._silent: frozenset[int] = frozenset()
        self._title = PlainLabel()
        self._title.setWordWrap(True)
        self._title.setProperty("role", "muted")
        self._bar = ColourBar(theme)
        self._map_scale: MapScale = "layer"
        self._limit = OWN
        """Of the scale in use."""
        self._scale = PlainLabel()
        self._scale.setProperty("role", "muted")
        self._scale.setWordWrap(True)
        self._snapshot: Snapshot | None = None
        """The snapshot whose maps are on screen."""
        column = self.column
        column.addWidget(self._title)
        column.addWidget(self._bar)
        column.addWidget(self._scale)
        column.addStretch(1)
        self.menu = PictureMenu(self, self.tr("Maps"), self._file_name, {"npy": self._as_npy})
        self.menu.failed.connect(self.message)
        self._forget()

    def connect_grid(self, grid: ImageGrid) -> None:
        """See :meth:`TiledPanel.connect_grid`."""
        grid.setAccessibleName(self.tr("Maps"))
        grid.clicked.connect(self._clicked)
        grid.picked.connect(self._picked)
        grid.entered.connect(self._entered)

    def questions(self) -> Questions:
        """All maps of the layer, while they are on screen."""
        return frozenset({MapsOf(self._node)}) if self._node is not None and self.isVisible() else frozenset()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self._bar.set_theme(theme)

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """Show another layer; what was shown of the same one stays until the next snapshot."""
        if layer is None or report is None or report.output is None:
            node = None
        if node != self._node:
            self._node = node
            self._forget()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the maps of the layer, where the snapshot has all of them."""
        maps = snapshot.answer(MapsOf(self._node)) if self._node is not None else None
        if maps is None or not self.isVisible():
            return
        flat = maps.values.ndim == 1
        limit = maps.limit if flat else scale_for(self._map_scale, snapshot).limit(maps)
        if maps is self._maps and limit == self._limit:
            return
        self._snapshot, self._maps, self._step, self._limit = snapshot, maps, snapshot.step, limit
        self._silent = silent_channels(maps)
        self._show_legend(True)
        self._bar.setVisible(limit != OWN)
        self._bar.set_scale(limit, maps.signed)
        self._scale.setText(about_scale("full" if flat else self._map_scale, beyond(maps.values, limit)))
        self._set_title(self._describe(maps))
        self.grid.show()
        self.grid.show_tiles(self._tiles(maps))

    def set_map_scale(self, scale: MapScale) -> None:
        """Draw maps on another scale."""
        self._map_scale = scale
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def clear_snapshot(self) -> None:
        """There are no maps."""
        self._forget()

    def shown_maps(self) -> Array | None:
        """The maps on screen as the snapshot has them: float32 (C, H, W) or (N,); None where there are none."""
        return None if self._maps is None else self._maps.values

    def text(self) -> str:
        """The lines above the maps."""
        return self._title.text()

    def scale_text(self) -> str:
        """The line that says on which scale they are."""
        return self._scale.text()

    def _file_name(self) -> str:
        return "" if self._maps is None else f"{self._node}-maps-step-{self._step}"

    def _as_npy(self) -> bytes:
        assert self._maps is not None
        return as_npy(self._maps.values)

    def _forget(self) -> None:
        self._maps = self._snapshot = None
        self.hide_grid()
        self._show_legend(False)
        if self._node is None:
            self._set_title(self.tr("Select a layer to see the maps that it makes of the sample."))
        else:
            self._set_title(self.tr("The maps of {node} appear as soon as it has run.").format(node=self._node))

    def _show_legend(self, there: bool) -> None:
        for part in (self._bar, self._scale):
            part.setVisible(there)

    def _set_title(self, text: str) -> None:
        if text != self._title.text():
            self._title.setText(text)

    def _describe(self, maps: Maps) -> str:
        count = grouped(maps.total)
        if maps.values.ndim == 1:
            one = self.tr("1 value of {node} for this sample.")
            many = self.tr("{count} values of {node} for this sample, in order.")
            text = (one if maps.total == 1 else many).format(count=count, node=self._node)
        else:
            shape = spell(maps.values.shape[1:])
            one = self.tr("1 map of {node}, {shape}, for this sample.")
            many = self.tr("{count} maps of {node}, {shape} each, for this sample.")
            text = (one if maps.total == 1 else many).format(count=count, node=self._node, shape=shape)
        if self._silent and maps.values.ndim == 3:
            text += " " + self.tr("{count} of them silent.").format(count=len(self._silent))
        return text

    def _tiles(self, maps: Maps) -> Tiles:
        flat = maps.values.ndim == 1
        values = maps.values[:, None, None] if flat else maps.values
        high, wide = values.shape[1:]
        if flat:
            least, most = (FEW_SIDE, FEW_SIDE) if len(values) <= FEW else (12, 30)
            below = caption_height(self.font()) if len(values) <= FEW else 0
            tiling = Tiling(len(values), (1, 1), least=least, most=most, gap=1, row_gap=1, below=below)
        else:
            tiling = Tiling(len(values), (high, wide), row_gap=2, below=caption_height(self.font()))

        def read(positions: NDArray[np.intp]) -> Array:
            return values[positions]

        return Tiles(tiling, read, self._limit, maps.signed, self._caption, self._name)

    def _caption(self, position: int) -> str:
        assert self._maps is not None
        if self._maps.values.ndim == 1 and self._maps.total > FEW:
            return ""
        return self.tr("{number} silent").format(number=position) if position in self._silent else str(position)

    def _name(self, position: int) -> str:
        assert self._maps is not None
        if self._maps.values.ndim == 1:
            return self.tr("value {number}").format(number=position)
        name = self.tr("map {number}").format(number=position)
        return self.tr("{map} (silent)").format(map=name) if position in self._silent else name

    def _clicked(self, position: int) -> None:
        if self._node is not None and self._maps is not None:
            self.mapClicked.emit(self._node, self._maps.channels[position])

    def _picked(self, position: int, row: int, column: int) -> None:
        if self._node is not None and self._maps is not None:
            self.valueClicked.emit(Place(self._node, self._channel(position), row, column))

    def _entered(self, position: int) -> None:
        if self._node is not None and self._maps is not None:
            self.mapEntered.emit(self._node, self._channel(position))

    def _channel(self, position: int) -> int:
        assert self._maps is not None
        return self._maps.channels[position]


def silent_channels(maps: Maps) -> frozenset[int]:
    """The channels that give nothing for this sample: no value reaches :data:`SILENT` of the layer's scale."""
    if maps.values.ndim == 1:
        return frozenset()
    strongest = np.maximum(maps.values.max(axis=(1, 2)), -maps.values.min(axis=(1, 2)))
    return frozenset(np.flatnonzero(strongest < SILENT * maps.limit).tolist())
