"""The Maps tab of the Layer place: all outputs of the layer for the sample, on a chosen colour scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Signal

from cnnviz.gui.document.pins import PINNED
from cnnviz.gui.panels.maps.state import Form, Options, State, form_of, state
from cnnviz.gui.panels.maps.words import MapWords
from cnnviz.gui.run.compared_panel import ComparedPanel, never_answered
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.map_scales import MapScale, scale_for
from cnnviz.gui.widgets.panel import ALL_ROOM
from cnnviz.gui.widgets.picture_menu import as_csv
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.scale_menu import ScaleLegend
from cnnviz.gui.widgets.tile_values import Pixel
from cnnviz.gui.widgets.tiling import ROOM_FOR_A_NUMBER, Tiles, Tiling
from cnnviz.gui.widgets.value_bars import Bars, ValueBars
from cnnviz.inspection.answers.changes import MapChangeOf
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.arrays import as_npy

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent
    from PySide6.QtWidgets import QMenu, QWidget

    from cnnviz.gui.document.pins import Pins
    from cnnviz.gui.run.references import References
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.questions import Array, Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport


MOST_SIDE = 128
"""Maps are drawn at most this many pixels wide and high, unless values are written into them."""
MOST_READ = 14
"""Values are written into maps of at most this many columns, if there is room."""


class MapsPanel(ComparedPanel):
    """All maps of a layer, or the values of a vector. A click emits ``mapClicked(node, channel)``, then
    ``valueClicked(Place)``.

    ``mapEntered(node, channel)`` follows Enter on a map, ``valuePointed(Place or None)`` another value under the
    pointer, ``valueHeld(Place or None)`` one that is held.
    """

    mapClicked = Signal(str, int)
    valueClicked = Signal(object)
    mapEntered = Signal(str, int)
    valuePointed = Signal(object)
    valueHeld = Signal(object)

    def __init__(
        self,
        theme: Theme,
        pins: Pins | None = None,
        references: References | None = None,
        parent: QWidget | None = None,
    ) -> None:
        present = QCoreApplication.translate("MapsPanel", "Values")
        super().__init__(theme, present, PlainLabel(), pins, references, parent)
        self._state: State | None = None
        self._form: tuple[Network, str, Form] | None = None
        self._map_scale: MapScale = "layer"
        self._told: list[Place | None] = [None, None]
        """The values that :attr:`valueHeld` and :attr:`valuePointed` carried last."""
        self._words = MapWords()
        self.bars = ValueBars(theme)
        self.bars.setAccessibleName(self.tr("Values"))
        self.bars.set_invitation(self.tr("Point at a value to read it.\nClick it to take it apart."))
        self.bars.clicked.connect(self._clicked)
        self.bars.clicked.connect(self._picked)
        self.bars.pointed.connect(self._tell_pointed)
        self.legend = ScaleLegend(theme)
        column = self.column
        column.addWidget(self._title)
        column.addWidget(self.bars, ALL_ROOM)
        column.addWidget(self.compare)
        column.addWidget(self.legend)
        column.addStretch(1)
        self._add_menu(self.tr("Maps"), self.tr("Pin map {number}"), self.tr("Unpin map {number}"))
        self._forget()

    def set_scale_menu(self, menu: QMenu) -> None:
        """Use ``menu`` for the choice of the colour scale."""
        self.legend.button.setMenu(menu)
        self.menu.addMenu(menu)

    def connect_grid(self, grid: ImageGrid) -> None:
        """See :meth:`TiledPanel.connect_grid`."""
        grid.setAccessibleName(self.tr("Maps"))
        grid.set_invitation(self.tr("Point at a value to read it.\nClick it to take it apart."))
        grid.clicked.connect(self._clicked)
        grid.picked.connect(self._picked)
        grid.entered.connect(self._entered)
        grid.pointed.connect(self._tell_pointed)
        self._connect_tiles(grid, self.tr("Copy this map"))

    def showEvent(self, event: QShowEvent) -> None:
        """Emit the held value again, which counts only while the panel is visible."""
        super().showEvent(event)
        self._tell_pointed()

    def hideEvent(self, event: QHideEvent) -> None:
        """Emit that no value is held or pointed at."""
        super().hideEvent(event)
        self._tell_pointed()

    def questions(self) -> Questions:
        """All maps of the layer, while the panel is visible."""
        if self._node is None or not self.isVisible() or (question := self._question()) is None:
            return frozenset()
        return frozenset({question})

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        super().set_theme(theme)
        self.bars.set_theme(theme)
        self.legend.set_theme(theme)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the class names, which label the values of the last layer."""
        self._words.classes = names
        self._draw_again()

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """Show a layer. If it is the same node, its maps stay until the next snapshot."""
        if layer is None or report is None or report.output is None:
            node = None
        if node != self._node:
            self._node = node
            self._forget()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the maps of the layer, if the snapshot has all of them."""
        if self._node is None or not self.isVisible():
            return
        question = self._question()
        maps = None if question is None else snapshot.answer(question)
        if maps is not None:
            self._snapshot = snapshot
            self.compare.show_snapshot(snapshot)
            self._draw(snapshot, maps)
        elif never_answered(question, snapshot):
            self._snapshot = snapshot
            self._explain(self.compare.why_not(self._node, snapshot))

    def follow(self, place: Place) -> None:
        """Hold the value that the microscope shows. A value of another layer leaves the held one."""
        now = self._state
        if now is None or place.node != self._node:
            return
        if now.form.shape is None:
            self.bars.hold(place.channel)
            return
        channel, row, column = place.channel, place.row, place.column
        if now.form.source:
            # the channels of a vector are its values, not the maps that were flattened
            channel, row, column = map(int, np.unravel_index(place.channel, now.form.shape))
        self.grid.hold(Pixel(now.channels.index(channel), row, column))

    def let_go(self) -> None:
        """Hold no value any more: the microscope is left."""
        if self._state is None:
            return
        if self._state.form.shape is None:
            self.bars.hold(None)
        else:
            self.grid.hold(None)
        self._tell_pointed()

    def set_map_scale(self, scale: MapScale) -> None:
        """Draw the maps on another colour scale."""
        self._map_scale = scale
        self._draw_again()

    def clear_snapshot(self) -> None:
        """Remove the maps."""
        self._forget()

    def shown_maps(self) -> Array | None:
        """The displayed maps as in the snapshot, float32 (C, H, W) or (N,); None if there are none."""
        return None if self._state is None else self._state.maps.values

    def scale_text(self) -> str:
        """The text of the legend."""
        return self.legend.text()

    def _question(self) -> MapsOf | MapChangeOf | None:
        """The question for the displayed maps or their change; None if there is no moment to compare with."""
        return self._ask(MapsOf, MapChangeOf)

    def _draw(self, snapshot: Snapshot, maps: Maps) -> None:
        assert self._node is not None
        options = Options(scale_for(self._map_scale, snapshot), self._pins.of(self._node), self._since)
        now = state(maps, self._form_of(snapshot.network, maps), snapshot.step, options)
        if now == self._state:
            return
        self._state = now
        flat = now.form.shape is None
        self.compare.show()
        self.legend.show()
        # a vector's scale leaves out extreme values, unless there are none
        kind = ("layer" if now.limit < now.maps.full else "full") if flat else now.options.scale.kind
        self.legend.show_scale(now.limit, now.maps.signed, kind, now.clipped, recorded=snapshot.recorded)
        self.legend.button.setVisible(not flat and self.legend.button.menu() is not None)
        self._set_title(self._words.title(now, self._node))
        if flat:
            self.hide_grid()
            self.bars.show()
            label, name = self._words.label(now), self._words.name(now)
            self.bars.show_bars(Bars(now.values, now.limit, now.maps.signed, label, name))
        else:
            self.bars.hide()
            self.grid.show()
            self.grid.show_tiles(self._tiles(now, now.form.shape or (0, 0, 0)))
        self._tell_pointed()

    def _form_of(self, network: Network, maps: Maps) -> Form:
        assert self._node is not None
        if self._form is not None:
            of_network, of_node, form = self._form
            if of_network is network and of_node == self._node:
                return form
        form = form_of(network, self._node, (maps.total, *maps.values.shape[1:]))
        self._form = network, self._node, form
        return form

    def _tiles(self, now: State, shape: tuple[int, ...]) -> Tiles:
        count, high, wide = shape
        # a few small maps are drawn large enough to write their values into them
        most = ROOM_FOR_A_NUMBER * wide if wide <= MOST_READ else 0
        tiling = Tiling(
            count, (high, wide), most_width=max(MOST_SIDE, most), row_gap=2, below=caption_height(self.font())
        )

        def caption(position: int) -> str:
            channel = now.channels[position]
            number = f"{PINNED}{channel}" if channel in now.options.pinned else str(channel)
            return self.tr("{number} silent").format(number=number) if channel in now.silent else number

        name = self._words.name(now)
        return Tiles(tiling, now.tiles, now.limit, now.maps.signed, caption, lambda at: name(now.channels[at]))

    def _pinnable(self) -> tuple[str, int] | None:
        """Layer and channel of the current map; None if there is none."""
        now = self._state
        if now is None or self._node is None or now.form.shape is None or now.form.source:
            return None
        pixel = self.grid.current()
        return None if pixel is None else (self._node, now.channels[pixel[0]])

    def _file_name(self) -> str:
        now = self._state
        return "" if now is None else self._name_at("maps", now.step, now.options.since)

    def _as_npy(self) -> bytes:
        assert self._state is not None
        return as_npy(self._state.maps.values)

    def _as_csv(self) -> str:
        assert self._state is not None
        names = ("index", "value") if self._state.form.shape is None else ("map", "row", "column", "value")
        return as_csv(names, self._state.values)

    def _forget(self) -> None:
        self._snapshot = None
        if self._node is None:
            self._explain(self.tr("Select a layer to see the maps that it makes of the sample."))
        else:
            self._explain(self.tr("The maps of {node} appear as soon as it has run.").format(node=self._node))
        self.compare.hide()

    def _explain(self, why: str) -> None:
        """Remove the maps and show why there are none."""
        self._state = None
        self.hide_grid()
        self.bars.show_bars(None)
        self.bars.hide()
        self.legend.hide()
        self.compare.show()
        self._set_title(why)
        self._tell_pointed()

    def _clicked(self, position: int) -> None:
        pixel = self.grid.current() if self._state is not None and self._state.form.shape is not None else None
        if (place := self._place(*(pixel or (position, 0, 0)))) is not None:
            self.mapClicked.emit(place.node, place.channel)

    def _picked(self, position: int, row: int = 0, column: int = 0) -> None:
        if (place := self._place(position, row, column)) is not None:
            self.valueClicked.emit(place)

    def _tell_pointed(self) -> None:
        """Emit the held value and the value under the pointer, if they have changed."""
        at: list[tuple[int, int, int] | None] = [None, None]
        if self._state is not None and self.isVisible():
            if self._state.form.shape is not None:
                at = [self.grid.held, self.grid.hovered]
            else:
                at = [None if index is None else (index, 0, 0) for index in (self.bars.held, self.bars.hovered)]
        places = [None if pixel is None else self._place(*pixel) for pixel in at]
        old, self._told = self._told, places
        for signal, before, place in zip((self.valueHeld, self.valuePointed), old, places, strict=True):
            if place != before:
                signal.emit(place)

    def _entered(self, position: int) -> None:
        pixel, now = self.grid.current(), self._state
        if now is not None and now.form.source and pixel is not None:
            self._picked(*pixel)
        elif (place := self._place(position, 0, 0)) is not None:
            self.mapEntered.emit(place.node, place.channel)

    def _place(self, position: int, row: int, column: int) -> Place | None:
        """The place of the value at a row and column of the tile at ``position``; None if there is none."""
        now = self._state
        if self._node is None or now is None:
            return None
        channel = now.channels[position]
        if now.form.shape is None or not now.form.source:
            return Place(self._node, channel, row, column)
        # the channels of a vector are its values, not the maps that were flattened
        _, high, wide = now.form.shape
        return Place(self._node, (channel * high + row) * wide + column)
