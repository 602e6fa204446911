"""Kernels or maps of a layer on both sides, on one scale, or their difference."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.language import text
from cnnviz.gui.panels.compare.tiles import Values, as_tiles, difference, of_kernels, of_maps, partner, together
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.inspection.answers.kernels import Kernels, KernelsOf
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.gui.panels.compare.observed import Loaded, ObservedSide
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.questions import Questions

BESIDE, DIFFERENCE = "beside", "difference"


class TilesPage(QWidget):
    """A layer of both sides; ``kernels`` says whether its kernels or its maps. ``changed`` follows another layer or
    way to compare."""

    changed = Signal()

    def __init__(self, theme: Theme, *, kernels: bool) -> None:
        super().__init__()
        self._theme, self._kernels = theme, kernels
        self._shown: tuple[object, ...] = ()
        self.layer, self.way = ChoiceBox(), ChoiceBox()
        self.layer.setAccessibleName(self.tr("Layer"))
        self.way.setAccessibleName(self.tr("How to compare"))
        self.way.addItem(self.tr("side by side"), BESIDE)
        self.way.addItem(self.tr("B minus A"), DIFFERENCE)
        for box in (self.layer, self.way):
            box.activated.connect(lambda _: self.changed.emit())
        self.legend = ColourBar(theme)
        self.letters = PlainLabel("A", self), PlainLabel("B", self)
        """The letters beside the grids of both sides."""
        for letter in self.letters:
            letter.setProperty("role", "title")
            letter.hide()
        self._why = MutedLabel(centred=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._why)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(6)
        head.addWidget(self.layer)
        head.addWidget(self.way)
        head.addWidget(self.legend, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._stack, 1)

    @cached_property
    def grids(self) -> tuple[ImageGrid, ImageGrid]:
        """The grids of A and B. They are created on first use, because importing pyqtgraph takes long."""
        from cnnviz.gui.widgets.image_grid import ImageGrid

        grids = ImageGrid(self._theme), ImageGrid(self._theme)
        sides = QWidget()
        row = QHBoxLayout(sides)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for grid, letter in zip(grids, self.letters, strict=True):
            grid.setAccessibleName(self.tr("Side {letter}").format(letter=letter.text()))
            row.addWidget(letter, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(grid, 1)
        for grid, other in (grids, grids[::-1]):
            grid.scrolled.connect(partial(_scroll_along, grid, other))
        self._stack.addWidget(sides)
        return grids

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.legend.set_theme(theme)
        if "grids" in vars(self):
            for grid in self.grids:
                grid.set_theme(theme)

    def show_layers(self, a: Loaded | None, preferred: str | None) -> None:
        """Offer the layers of side A; ``preferred`` is chosen if the layer that was chosen is not there."""
        names = [] if a is None else [name for name in a.moment.shapes.used if self._possible(a, name)]
        if names != [self.layer.itemText(at) for at in range(self.layer.count())]:
            chosen = self.layer.currentText()
            self.layer.clear()
            self.layer.addItems(names)
            layer = chosen if chosen in names else preferred if preferred in names else None
            self.layer.setCurrentIndex(max(0, names.index(layer)) if layer else 0)

    def choose_layer(self, name: str | None) -> None:
        """Choose a layer, if it is offered."""
        at = -1 if name is None else self.layer.findText(name)
        if at >= 0 and at != self.layer.currentIndex():
            self.layer.setCurrentIndex(at)
            self.changed.emit()

    def questions(self, a: Loaded | None, b: Loaded | None) -> tuple[Questions, Questions]:
        """The questions to both sides."""
        node = self.layer.currentText()
        if a is None or b is None or not node:
            return frozenset(), frozenset()
        other = partner(node, a.moment.network, b.moment.network)
        kind = KernelsOf if self._kernels else MapsOf
        return frozenset({kind(node)}), frozenset() if other is None else frozenset({kind(other)})

    def show_sides(self, a: ObservedSide, b: ObservedSide) -> None:
        """Draw the newest answers of both sides."""
        if a.loaded is None or b.loaded is None:
            return self._explain(a.failure or b.failure or self.tr("Loading …"))
        node = self.layer.currentText()
        if not node:
            return self._explain(self.tr("No layer of side A has kernels.") if self._kernels else "")
        other = partner(node, a.loaded.moment.network, b.loaded.moment.network)
        if other is None or not self._possible(b.loaded, other):
            return self._explain(self.tr("Side B has no such layer “{node}”.").format(node=node))
        first, second = self._answer(a, node), self._answer(b, other)
        if first is None or second is None:
            return self._explain(self.tr("Looking …")) if not self._shown else None
        shown = (first, second, self.way.currentData(), node)
        # the same answers need not be drawn again
        if len(shown) == len(self._shown) and all(x is y or x == y for x, y in zip(shown, self._shown, strict=True)):
            return None
        self._shown = shown
        values = (_values(first), _values(second))
        if self.way.currentData() == DIFFERENCE:
            change = difference(values)
            if isinstance(change, Sentence):
                return self._explain(text(change))
            return self._draw((change,), node)
        return self._draw(together(values), node)

    def text(self) -> str:
        """The text shown instead of tiles; empty if there are tiles."""
        return self._why.text() if self._stack.currentWidget() is self._why else ""

    def _possible(self, side: Loaded, node: str) -> bool:
        return not self._kernels or KernelsOf(node).possible(side.moment)

    def _answer(self, side: ObservedSide, node: str) -> Kernels | Maps | None:
        if side.snapshot is None:
            return None
        return side.snapshot.answer(KernelsOf(node)) if self._kernels else side.snapshot.answer(MapsOf(node))

    def _draw(self, values: tuple[Values, ...], node: str) -> None:
        grids = self.grids
        self.legend.set_scale(values[0].limit, values[0].signed)
        for part in (grids[1], *self.letters):
            part.setVisible(len(values) > 1)
        for grid, each, letter in zip(grids, values, ("A", "B"), strict=False):
            side_name = letter if len(values) > 1 else self.tr("B minus A")
            grid.show_tiles(
                as_tiles(each, partial(self._name, side_name, node, each.columns), caption_height(self.font()))
            )
        self._stack.setCurrentIndex(1)

    def _name(self, side: str, node: str, columns: int | None, position: int) -> str:
        if columns is None:
            return self.tr("{side}: {node}, {number}").format(side=side, node=node, number=position)
        filter, slice = divmod(position, columns)
        return self.tr("{side}: {node}, filter {filter}, slice {slice}").format(
            side=side, node=node, filter=filter, slice=slice
        )

    def _explain(self, why: str) -> None:
        self._shown = ()
        self.legend.set_scale(None, signed=True)
        self._why.setText(why)
        self._stack.setCurrentWidget(self._why)


def _values(answer: Kernels | Maps) -> Values:
    return of_kernels(answer) if isinstance(answer, Kernels) else of_maps(answer)


def _scroll_along(grid: ImageGrid, other: ImageGrid) -> None:
    """Scroll the other side to the same row."""
    rows, others = grid.visible()[0], other.visible()[0]
    if len(rows) and len(others) and rows.start != others.start:
        other.scroll_to(rows.start)
