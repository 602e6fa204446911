"""The microscope takes the canvas's place and writes one value out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.panels.microscope.asking import (
    HeldScales,
    Looking,
    is_gone,
    page_of,
    questions_about,
    value_at,
    weight_gradient_at,
)
from cnnviz.gui.panels.microscope.clicks import led_to, place_under, spell_led
from cnnviz.gui.panels.microscope.controls import Controls, Sweeper
from cnnviz.gui.panels.microscope.facts import Options
from cnnviz.gui.panels.microscope.files import page_menu
from cnnviz.gui.panels.microscope.keys import act
from cnnviz.gui.panels.microscope.moves import at_position, following
from cnnviz.gui.panels.microscope.page import WeightAt
from cnnviz.gui.panels.microscope.readings import Pointed, why_empty
from cnnviz.gui.panels.microscope.seen import seen_in_layers
from cnnviz.gui.panels.microscope.views import Views
from cnnviz.gui.panels.microscope.watched import WatchedWeight
from cnnviz.gui.panels.microscope.weight_moves import weight_in_map
from cnnviz.gui.widgets.panel import Panel
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.terms import Place

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent

    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.gui.panels.microscope.watched import StartWatch
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.answers.weight_gradient import WeightGradient
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot


class Microscope(Panel):
    """Shows one value: how it is computed, and how the loss depends on it.

    ``moved(Looking)`` follows another value, map or weight, ``left`` a key that goes one level up, ``pointed(Place)``
    the value under the pointer, or None. ``pinAsked(node, channel)`` asks to pin the map, or to unpin it. ``seen``
    carries the part (top, left, bottom, right) of the image that the value depends on, or None."""

    moved = Signal(object)
    left = Signal()
    seen = Signal(object)
    pointed = Signal(object)
    pinAsked = Signal(str, int)

    def __init__(self, theme: Theme, watch: StartWatch | None = None, parent: QWidget | None = None) -> None:
        """``watch`` starts to follow one weight through the training."""
        super().__init__(parent)
        self._watched = WatchedWeight(watch)
        self._looking: Looking | None = None
        self._snapshot: Snapshot | None = None
        self._strongest_of: tuple[str, int | None] | None = None
        """A layer, and perhaps a map, whose strongest value is opened as soon as it is known."""
        self._options, self._scales = Options(), HeldScales()
        self._page: Page | None = None
        self.bar = Controls(theme)
        self._views = Views(theme, self._target)
        self.sheet, self.whole = self._views.sheet, self._views.whole
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._views)
        self.menu = page_menu(self, self._complete)
        self.menu.message.connect(self.message)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Microscope"))
        self._connect()

    def _connect(self) -> None:
        for map_view in (self.sheet.map, self.whole.map):
            map_view.chosen.connect(self._choose)
            map_view.pointed.connect(self._point_in_map)
        self.sheet.rows.pointed.connect(self._point_in_rows)
        self.sheet.rows.clicked.connect(self.click)
        self.sheet.rows.unfolding.connect(self._unfold)
        self.sheet.table.chosen.connect(lambda weight: self.open_weight(weight.index, weight.parameter))
        # once for all the sizes that a layout goes through
        self.sheet.resized.connect(self._resized.start)
        self._resized.timeout.connect(self._fit)
        self.sheet.strip.chosen.connect(self.open_strongest)
        self.bar.stepped.connect(self.sweep)
        self.bar.sortAsked.connect(self._sort)
        self.bar.turned.connect(lambda direction: self.turn(backward=direction == "backward"))
        Sweeper(self.bar, self.sweep)

    @property
    def looking(self) -> Looking | None:
        """The value, map or weight on screen, with the direction; None if the microscope is closed."""
        return self._looking

    @property
    def place(self) -> Place | None:
        """The place of the value on screen."""
        return None if self._looking is None else self._looking.place

    def value(self) -> Value | None:
        """The value on screen with its arithmetic; None until it is answered."""
        return value_at(self._snapshot, self.place)

    def weight_gradient(self) -> WeightGradient | None:
        """The gradient of the weight on screen; None until it is answered."""
        return weight_gradient_at(self._snapshot, self._looking)

    @property
    def waiting(self) -> bool:
        """Whether the strongest value of a layer will be opened, as soon as it is known."""
        return self._strongest_of is not None

    @property
    def on_weight(self) -> bool:
        """Whether a weight is on screen."""
        return self._looking is not None and self._looking.weight is not None

    def page(self) -> Page | None:
        """The page on screen, or None."""
        return self._page

    def text(self) -> str:
        """The sentences on screen, from the top."""
        return self._views.text()

    def questions(self) -> Questions:
        """See :func:`questions_about`; nothing while the microscope is hidden."""
        if self._looking is None or self._snapshot is None or not self.isVisible():
            return frozenset()
        return questions_about(self._snapshot.network, self._looking)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the class names, which stand before the values of the Output."""
        self._options = replace(self._options, classes=names)

    def open(self, place: Place, *, whole: bool = False) -> None:
        """Look at a value, or at the ``whole`` map that it is in, in the direction that was chosen last."""
        self.return_to(Looking(place, whole, backward=self._looking is not None and self._looking.backward))

    def return_to(self, looking: Looking, strongest_of: tuple[str, int | None] | None = None) -> None:
        """Show again what was shown earlier. ``strongest_of`` is a layer, and perhaps one of its maps, whose strongest
        value is opened as soon as it is known."""
        self.bar.sweep.setChecked(False)
        same_layer = self._looking is not None and self._looking.place.node == looking.place.node
        self._options = replace(self._options, order=None, unfolded=same_layer and self._options.unfolded)
        if not same_layer:
            self._scales.forget()
        self._look_at(looking, strongest_of)

    def open_known(self, place: Place, *, whole: bool = False) -> None:
        """As :meth:`open`, but only if the snapshot has the value."""
        if value_at(self._snapshot, place) is not None:
            self.open(place, whole=whole)

    def open_strongest(self, node: str, channel: int | None = None) -> None:
        """Look at the strongest value of a layer or of one map, as soon as it is known."""
        values = None if self._snapshot is None else self._snapshot.answer(ValuesOf(node))
        if values is not None:
            self.open(values.strongest(channel))
        else:
            backward = self._looking is not None and self._looking.backward
            self.return_to(Looking(Place(node, channel or 0), backward=backward), (node, channel))

    def open_weight(self, index: tuple[int, ...], parameter: str = "weight") -> None:
        """Look at the gradient of one weight of the layer."""
        if self._looking is not None:
            self.bar.sweep.setChecked(False)
            self._scales.forget()
            self._options = replace(self._options, order=None)
            self._look_at(replace(self._looking, whole=False, weight=WeightAt(parameter, index)))

    def leave_weight(self) -> None:
        """Back from a weight to the value that it was chosen from."""
        if self._looking is not None:
            self.open(self._looking.place)

    def turn(self, *, backward: bool) -> None:
        """Show how the loss depends on the value, or how the value comes about."""
        if self._looking is not None:
            self._scales.forget()
            self._options = replace(self._options, order=None)
            self._look_at(replace(self._looking, backward=backward, weight=None))

    def go_up(self) -> None:
        """Ask to be led one step up the path."""
        self.left.emit()

    def pin(self) -> None:
        """Ask to pin the map of the value, or to unpin it."""
        value = self.value()
        if value is not None and value.map.ndim > 1:
            self.pinAsked.emit(value.place.node, value.place.channel)

    def sweep(self, by: int = 1) -> None:
        """Move the window to the next position in the map, row by row, from the last to the first.

        The rows keep their order. Nothing happens while the present value is not answered.
        """
        value, looking = self.value(), self._looking
        if value is None or looking is None or looking.whole or self.on_weight or self._make_page() is None:
            return
        self._look_at(replace(looking, place=following(value, by)))

    def close_place(self) -> None:
        """Close the value. Another value will be opened with its forward page."""
        self.bar.sweep.setChecked(False)
        self._looking = self._page = self._strongest_of = None
        self._watched.follow(self._looking)
        self.pointed.emit(None)
        self.seen.emit(None)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """See :meth:`Panel.show_snapshot`."""
        if self._snapshot is not None and snapshot.sample is not self._snapshot.sample:
            self._scales.forget()
        self._snapshot = snapshot
        node, channel = self._strongest_of or (None, None)
        if node is not None and snapshot.answer(ValuesOf(node)) is not None:
            self.open_strongest(node, channel)
        elif self._looking is not None and is_gone(snapshot, self._looking):
            self.open_strongest(self._looking.place.node)
        else:
            self._refresh()

    def clear_snapshot(self) -> None:
        """See :meth:`Panel.clear_snapshot`."""
        self._snapshot = None
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        self._views.set_theme(theme)
        self.bar.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: see :data:`~cnnviz.gui.panels.microscope.keys.KEYS`."""
        if not act(self, event):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nothing moves where nobody looks."""
        self.bar.sweep.setChecked(False)
        super().hideEvent(event)

    def click(self, *pointed: int) -> None:
        """Go where a click on a row, a cell, row and column in it leads: to a value or to a weight."""
        target = self._led_to(Pointed(*pointed))
        if isinstance(target, Place):
            self.open(target)
        elif target is not None:
            self.open_weight(target.index, target.parameter)

    def _complete(self) -> tuple[Page, Looking, Snapshot] | None:
        """The page with all its terms; None if there is none."""
        if self._snapshot is None or self._looking is None or self._page is None:
            return None
        options = replace(self._options, unfolded=True, complete=True)
        page = page_of(self._snapshot, self._looking, options, self._scales, None)
        return page or self._page, self._looking, self._snapshot

    def _look_at(self, looking: Looking, strongest_of: tuple[str, int | None] | None = None) -> None:
        self._looking, self._strongest_of = looking, strongest_of
        self._watched.follow(self._looking)
        self.bar.allow_sweep(not looking.whole and not self.on_weight)
        self.bar.direction.choose("backward" if looking.backward or self.on_weight else "forward")
        self._refresh()
        self.moved.emit(looking)

    def _choose(self, row: int, column: int) -> None:
        value, gradient = self.value(), self.weight_gradient()
        if gradient is not None and (weight := weight_in_map(gradient, row, column)) is not None:
            self.open_weight(weight.index, weight.parameter)
        elif value is not None and not self.on_weight:
            self.open(at_position(value, row, column))

    def _point_in_map(self, row: int, column: int) -> None:
        value = self.value()
        if value is not None and not self.on_weight:
            self.pointed.emit(at_position(value, row, column) if row >= 0 else None)

    def _point_in_rows(self, row: int, cell: int, value_row: int, value_column: int) -> None:
        if self._page is not None:
            self.pointed.emit(place_under(self._page, Pointed(row, cell, value_row, value_column)))

    def _led_to(self, pointed: Pointed) -> Place | WeightAt | None:
        return led_to(self._page, self._snapshot, self._looking, pointed)

    def _target(self, pointed: Pointed) -> str:
        """Where a click leads, in words."""
        return spell_led(self._led_to(pointed), self._snapshot, self._looking)

    def _sort(self) -> None:
        self._options = replace(self._options, order=None)
        self._refresh()

    def _unfold(self) -> None:
        self._options = replace(self._options, unfolded=not self._options.unfolded)
        self._refresh()

    def _fit(self) -> None:
        """Show as many rows as there is room for."""
        if self._page is not None and self.sheet.capacity(self._page) not in (0, self._options.row_count):
            self._refresh()

    def _make_page(self) -> Page | None:
        if self._snapshot is None or self._looking is None:
            return None
        return page_of(self._snapshot, self._looking, self._options, self._scales, self._watched.step)

    def _refresh(self) -> None:
        looking = self._looking
        if looking is None:
            return
        page, value = self._make_page(), self.value()
        if page is None:
            # gradients come a little later than values: until then the page before stays
            if value is None or self._page is None:
                self._page = None
                self._views.show_why(why_empty(self.place))
            return
        count = self._views.capacity(page)
        if count and count != self._options.row_count:
            self._options = replace(self._options, row_count=count)
            page = self._make_page() or page
        self._page = page
        self._options = replace(self._options, order=page.order or None)
        if looking.whole:
            self._views.show_whole(page, backward=looking.backward)
            self.seen.emit(None)
            return
        self.bar.sort.setEnabled(not page.is_sorted)
        forward = not looking.backward and not self.on_weight
        seen = () if value is None else seen_in_layers(value)
        self._views.show_page(page, value.arithmetic if forward and value is not None else None, seen)
        self.seen.emit(None if value is None else value.seen)
