"""The Kernels tab of the Layer place: every filter as a stack of slices."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.gui.panels.kernels import words
from cnnviz.gui.panels.kernels.controls import KernelControls
from cnnviz.gui.panels.kernels.cost_lines import CostLines
from cnnviz.gui.panels.kernels.film_switch import FilmSwitch
from cnnviz.gui.panels.kernels.stacks import SliceOrder, stack_form
from cnnviz.gui.panels.kernels.state import Options, State, state
from cnnviz.gui.panels.kernels.tiles import kernel_tiles
from cnnviz.gui.run.compared_panel import LOW_PANEL, ComparedPanel, never_answered
from cnnviz.gui.widgets.kept_room import keep_room
from cnnviz.gui.widgets.map_scales import Scale
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.picture_menu import as_csv
from cnnviz.gui.widgets.plain import RichLabel
from cnnviz.inspection.answers.changes import KernelChangeOf
from cnnviz.inspection.answers.kernels import Kernels, KernelsOf, WeightScale
from cnnviz.inspection.arrays import as_npy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.document.pins import Pins
    from cnnviz.gui.run.past import Past
    from cnnviz.gui.run.references import References
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.questions import Array, Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport

JUDGE_SECONDS = 1.0
"""While training runs, the order of the slices is checked this often."""
ROOM_FOR_FACTS = 420
"""A panel lower than this, in pixels, does not show the facts."""


class KernelsPanel(ComparedPanel):
    """The weights of a convolution or fully connected layer, strongest slices first.

    The order of the slices is kept while training; "Sort again" appears once it is out of date.
    ``weightClicked(node, index)`` follows a click on a weight; its index is a tuple.
    """

    weightClicked = Signal(str, object)

    def __init__(
        self,
        theme: Theme,
        pins: Pins | None = None,
        references: References | None = None,
        past: Past | None = None,
        parent: QWidget | None = None,
    ) -> None:
        present = QCoreApplication.translate("KernelsPanel", "Weights")
        super().__init__(theme, present, RichLabel(), pins, references, parent)
        self._layer: Layer | None = None
        self._report: NodeReport | None = None
        self._state: State | None = None
        self._classes: tuple[str, ...] = ()
        self._order = SliceOrder()
        self._film_asked = False
        """Whether the film strip is opened as soon as the weights are drawn."""
        self._run: int | None = None
        """The run whose slices were sorted."""
        self._judged_at = 0.0
        # the text may wrap beside the button, so that the panel does not widen when the button appears
        self._counts = MutedLabel()
        self._counted: tuple[object, ...] | None = None
        """What the counts on screen were computed from."""
        self.sort_button = QPushButton(self.tr("Sort again"))
        self.sort_button.setToolTip(self.tr("The strongest slices are others by now. Put them in front."))
        self.sort_button.clicked.connect(self.sort_again)
        keep_room(self.sort_button)
        self.choices = KernelControls(theme, self)
        self.choices.changed.connect(self._draw_again)
        self.compare.add_before(self.choices.slices)
        self._facts = CostLines()
        self.film = FilmSwitch(theme, past, self)
        self.film.button.clicked.connect(self.open_film)
        self.film.turned.connect(self._turn_film)
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self._counts, 1)
        foot.addStretch()
        foot.addWidget(self.sort_button)
        foot.addWidget(self.film.button)
        self.legend = self.choices.legend
        for part in (self._title, self._foot, self.compare, self.legend, self._facts):
            self.column.addWidget(part)
        self.column.addStretch(1)
        self._add_menu(self.tr("Kernels"), self.tr("Pin filter {number}"), self.tr("Unpin filter {number}"))
        self._forget()

    def connect_grid(self, grid: ImageGrid) -> None:
        """See :meth:`TiledPanel.connect_grid`."""
        grid.setAccessibleName(self.tr("Kernels"))
        grid.scrolled.connect(self._count)
        grid.set_invitation(self.tr("Point at a weight to read it.\nClick it to see its gradient."))
        grid.picked.connect(self._pick)
        self._connect_tiles(grid, self.tr("Copy this slice"))

    def questions(self) -> Questions:
        """The weights of the layer, while the panel is visible."""
        if self._node is None or not self._has_kernels() or not self.isVisible() or self.film.shown:
            return frozenset()
        question = self._question()
        questions: Questions = frozenset() if question is None else frozenset({question})
        return questions | {WeightScale()} if self.choices.scale == "network" else questions

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        super().set_theme(theme)
        self.choices.set_theme(theme)
        self.film.set_theme(theme)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the class names, which label the units of the last layer."""
        self._classes = names
        self._draw_again()

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """Show a layer. If it is the same node, its weights stay until the next snapshot."""
        if (node, layer, report) == (self._node, self._layer, self._report):
            return
        is_same_node = node == self._node and self._has_kernels()
        self._node, self._layer, self._report = node, layer, report
        if not is_same_node:
            self.film.close()
            self._film_asked = False
        if not (is_same_node and self._has_kernels()):
            self._forget()
        self._facts.show_layer(node, report)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the facts, which are also in the layer table, and in a low panel also the counts."""
        super().resizeEvent(event)
        self._counts.setVisible(self.height() >= LOW_PANEL)
        self._facts.set_fits(self.height() >= ROOM_FOR_FACTS and not self.film.shown)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the weights of the layer, if the snapshot has them."""
        if self._node is None or not self.isVisible():
            return
        self._facts.show_snapshot(snapshot)
        if not self._has_kernels():
            return
        self._snapshot = snapshot
        self.compare.show_snapshot(snapshot)
        if self.film.shown:
            return
        question = self._question()
        kernels = None if question is None else snapshot.answer(question)
        if kernels is not None:
            self._draw(snapshot, kernels)
        elif never_answered(question, snapshot):
            self._explain(self.compare.why_not(self._node, snapshot))

    def clear_snapshot(self) -> None:
        """Remove the weights."""
        self.film.close()
        self._facts.show_snapshot(None)
        self._forget()

    def shown_weights(self) -> Array | None:
        """The parameter whose weights are displayed; see :class:`Kernels`; None if there is none."""
        return None if self._state is None else self._state.kernels.weight

    def shown_order(self, filter: int) -> NDArray[np.intp]:
        """The slices of a filter in displayed order, intp (slices,)."""
        assert self._state is not None
        return self._order.of(filter, self._state.stack)

    def shown_filters(self) -> tuple[int, ...]:
        """The filters in displayed order."""
        return () if self._state is None else self._state.filters

    def scale_text(self) -> str:
        """The text of the legend."""
        return self.choices.scale_text()

    def facts(self) -> str:
        """The lines below the kernels."""
        return self._facts.text()

    def sort_again(self) -> None:
        """Sort the slices again, by their present strength."""
        if self._state is None:
            return
        self._order.sort_again()
        self.grid.show_tiles(kernel_tiles(self._state, self._order, self._classes, self.font()))
        self.sort_button.hide()
        self._set_title(words.title(self._state, None))

    def follow(self, node: str, index: tuple[int, ...]) -> None:
        """Let a held weight go when the microscope shows another one."""
        if self._state is None or (held := self.grid.held) is None:
            return
        if node != self._node or self._state.index_at(*held, self._order) != index:
            self.grid.hold(None)

    def open_film(self) -> None:
        """Show the film strip of the current filter, else of the first one, as soon as the weights are there."""
        self._film_asked = self._state is None
        if self._state is not None and self._node is not None:
            pixel, form = self.grid.current(), self._state.form
            filter = self._state.filters[0] if pixel is None else self._state.filter_at(pixel.position)
            self.film.open(self._node, filter, form.filters, dense=form.dense)

    def _turn_film(self, on: bool) -> None:
        self._title.setVisible(not on)
        if on:
            for part in (self._foot, self.compare, self.choices.legend, self.grid):
                part.hide()
        else:
            self._forget()
        self._facts.set_fits(self.height() >= ROOM_FOR_FACTS and not on)

    def _question(self) -> KernelsOf | KernelChangeOf | None:
        """The question for the displayed weights or their change; None if there is no moment to compare with."""
        return self._ask(KernelsOf, KernelChangeOf)

    def _draw(self, snapshot: Snapshot, kernels: Kernels) -> None:
        assert self._node is not None
        before, since = self._state, self._since
        if before is not None and (before.options.since != since or self._run != snapshot.run):
            self._order.sort_again()
            self._judged_at = 0.0
        if before is None or before.kernels.weight.shape != kernels.weight.shape:
            form = stack_form(snapshot.network, self._node, kernels.weight.shape)
            # a new object: the grid may draw the tiles of the layer before once more, whose order is the old one
            self._order = SliceOrder()
            self._judged_at = 0.0
            self.choices.offer(form)
        else:
            form = before.form
        self._run, self._order.step = snapshot.run, snapshot.step
        new = state(kernels, form, snapshot.step, replace(self._options(snapshot), since=since))
        if new == before:
            return
        self._state = new
        self.choices.show_scale(new.options.scale, new.limit, new.clipped)
        for part in (self.compare, self.choices.legend, self._foot, self.grid):
            part.show()
        self.grid.show_tiles(kernel_tiles(new, self._order, self._classes, self.font()))
        self._count()
        present = time.monotonic()
        if (
            snapshot.settled
            or present - self._judged_at >= JUDGE_SECONDS
            or before is None
            or before.options != new.options
        ):
            self._judged_at = present
            in_view = self._filters_in_view(new)
            outdated = not new.single and self._order.is_outdated(in_view, new.stack)
            self.sort_button.setVisible(outdated)
            self._set_title(words.title(new, self._order.sorted_at(in_view) if outdated else None))
        if self._film_asked:
            self.open_film()

    def _options(self, snapshot: Snapshot) -> Options:
        chosen = self.choices.options()
        widest = snapshot.answer(WeightScale()) if chosen.scale.kind == "network" else None
        scale = Scale(chosen.scale.kind, widest or 0.0, snapshot.recorded)
        return replace(chosen, scale=scale, pinned=self._pins.of(self._node))

    def _filters_in_view(self, state: State) -> tuple[int, ...]:
        """The filters scrolled into view."""
        rows, _ = self.grid.visible()
        return state.filters[rows.start : rows.stop]

    def _pick(self, position: int, row: int, column: int) -> None:
        """Emit the weight at a place of a tile; an average of slices has no single weight there."""
        assert self._state is not None
        index = self._state.index_at(position, row, column, self._order)
        if index is not None:
            self.weightClicked.emit(self._node, index)

    def _pinnable(self) -> tuple[str, int] | None:
        """Layer and filter of the current tile; None if there is none."""
        if self._state is None or self._node is None or (pixel := self.grid.current()) is None:
            return None
        return self._node, self._state.filter_at(pixel.position)

    def _file_name(self) -> str:
        if self.film.strip is not None and self.film.shown:
            return self.film.strip.name()
        state = self._state
        return "" if state is None else self._name_at("kernels", state.step, state.options.since)

    def _as_npy(self) -> bytes:
        if self.film.strip is not None and self.film.shown:
            return self.film.strip.as_npy()
        assert self._state is not None
        return as_npy(self._state.kernels.weight)

    def _as_csv(self) -> str:
        if self.film.strip is not None and self.film.shown:
            return self.film.strip.as_csv()
        assert self._state is not None
        form = self._state.form
        names = ("unit" if form.dense else "filter", "slice", "row", "column", "weight")
        return as_csv(names, self._state.stack)

    def _has_kernels(self) -> bool:
        return self._report is not None and len(self._report.parameters.get("weight", ())) >= 2

    def _forget(self) -> None:
        self._snapshot = None
        self._explain(words.without_kernels(self._node, self._layer, self._report, self._has_kernels()))
        self.compare.hide()

    def _explain(self, why: str) -> None:
        """Remove the weights and show why there are none, as rich text."""
        self._state = None
        self._order.sort_again()
        self.hide_grid()
        for part in (self.choices.legend, self._foot, self.sort_button):
            part.hide()
        self.compare.show()
        self._counts.clear()
        self._counted = None
        self._set_title(why)

    def _count(self) -> None:
        """Show how many of all filters and slices are in view."""
        if self._state is None:
            return
        rows, columns = self.grid.visible()
        placed = self.grid.placement()
        in_view = len(rows), len(columns), placed.columns if placed else 0
        counted = self._state.form, self._state.single, len(self._state.filters), *in_view
        if counted != self._counted:
            self._counted = counted
            self._counts.setText(words.counts(self._state, *in_view))
