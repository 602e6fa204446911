"""Two samples and one network: the layer at which they become different, as a curve and in the maps."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.compare import words
from cnnviz.gui.panels.compare.side_row import name_of
from cnnviz.gui.panels.compare.tiles import Values, as_tiles
from cnnviz.gui.panels.compare.two_samples import Measure, Rise, steepest, values_of
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.layer_curve import LayerCurve
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.pixel_image import PixelImage
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.inspection.answers.distances import DistancesTo

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.answers.distances import Distances
    from cnnviz.inspection.answers.prediction import Prediction
    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot

PICTURE = 40
"""The side of a picture, in pixels."""


class SamplesPage(QWidget):
    """Compares the sample on screen, B, with a sample that was kept, A.

    ``keepAsked`` follows the wish to keep the sample on screen as A, ``layerAsked(node)`` the choice of a layer.
    """

    keepAsked = Signal()
    layerAsked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._reference: Sample | None = None
        self._node = ""
        """The layer whose maps are shown; "" for the one at which the distance rises most."""
        self._snapshot: Snapshot | None = None
        self._question: DistancesTo | None = None
        """The question whose answer is shown."""
        self._rise: Rise | None = None
        self._shown: tuple[object, ...] = ()
        self.keep = QPushButton(self.tr("Keep as A"))
        self.keep.setToolTip(
            self.tr("Compare the sample on screen with those that are picked, drawn or damaged after it")
        )
        self.keep.clicked.connect(self.keepAsked)
        self.measure = ChoiceBox()
        self.measure.setAccessibleName(self.tr("Measure of distance"))
        for measure, title, tip in (
            ("lengths", self.tr("difference"), self.tr("|B − A| / (|A| + |B|) of all values of a layer: 0 to 1")),
            ("cosines", self.tr("1 − cosine"), self.tr("1 minus the cosine between A and B: 0 to 2")),
        ):
            self.measure.addItem(title, measure)
            self.measure.setItemData(self.measure.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.measure.setToolTip(
            "\n".join(self.measure.itemData(at, Qt.ItemDataRole.ToolTipRole) for at in range(self.measure.count()))
        )
        self.measure.activated.connect(lambda _: self._draw())
        self.says = PlainLabel()
        self.legend = ColourBar(theme)
        self.curve = LayerCurve(theme)
        self.curve.setAccessibleName(self.tr("Distance of A and B by layer"))
        self.curve.chosen.connect(self.layerAsked)
        self.images = PixelImage(theme), PixelImage(theme)
        for image, name in zip(self.images, (self.tr("Sample A"), self.tr("Sample B")), strict=True):
            image.setAccessibleName(name)
        self.captions = PlainLabel(), PlainLabel()
        self._why = MutedLabel(centred=True)
        for label in self.captions:
            label.setProperty("role", "muted")
        self._lay_out()
        self._explain()
        self.menu = PictureMenu(self, self.tr("Two samples"), self._file_name, {"csv": self._as_csv})

    @cached_property
    def grids(self) -> tuple[ImageGrid, ImageGrid, ImageGrid]:
        """The maps of A, of B, and B minus A. They are created on first use, because importing pyqtgraph takes long."""
        from cnnviz.gui.widgets.image_grid import ImageGrid

        grids = ImageGrid(self._theme), ImageGrid(self._theme), ImageGrid(self._theme)
        for grid, name in zip(grids, self._titles(), strict=True):
            grid.setAccessibleName(name)
            grid.set_invitation(name)
            self._maps.addWidget(grid, 1)
        for grid in grids:
            grid.scrolled.connect(partial(_scroll_along, grid, tuple(each for each in grids if each is not grid)))
        return grids

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        parts = (self.legend, self.curve, *self.images, *(self.grids if "grids" in vars(self) else ()))
        for part in parts:
            part.set_theme(theme)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        self._names = names

    def set_reference(self, sample: Sample | None) -> None:
        """Set sample A."""
        self._reference = sample
        self._draw()

    def choose_layer(self, node: str) -> None:
        """Show the maps of a layer."""
        self._node = node
        self._draw()

    def questions(self) -> Questions:
        """The question about the sample on screen."""
        if self._reference is None:
            return frozenset()
        return frozenset({DistancesTo(self._reference, self._wanted())})

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the answer."""
        self._snapshot = snapshot
        self._draw()

    def text(self) -> str:
        """What is said instead of a comparison; empty if there is a comparison."""
        return self._why.text() if self._stack.currentWidget() is self._why else ""

    def _wanted(self) -> str:
        """The layer whose maps are asked for."""
        nodes = self.curve.values()
        if self._node in nodes or not nodes:
            return self._node
        rise = self._rise
        return next(iter(nodes)) if rise is None else rise.node

    def _found(self) -> Distances | None:
        """The newest answer, also if it is about the maps of the layer before."""
        snapshot = self._snapshot
        if snapshot is None or self._reference is None:
            return None
        questions = (question for question in snapshot.answers if isinstance(question, DistancesTo))
        self._question = next((asked for asked in questions if asked.reference is self._reference), None)
        return None if self._question is None else snapshot.answer(self._question)

    def _draw(self) -> None:
        snapshot, reference = self._snapshot, self._reference
        if reference is None or snapshot is None:
            return self._explain()
        if snapshot.sample.blank:
            return self._explain(self.tr("Nothing is drawn yet."))
        if snapshot.sample.image.shape != reference.image.shape:
            return self._explain(self.tr("Sample A has another size. Keep another one."))
        found = self._found()
        measure: Measure = self.measure.currentData()
        shown = (found, measure, reference, self._names)
        if found is None or (
            len(shown) == len(self._shown) and all(a is b for a, b in zip(shown, self._shown, strict=True))
        ):
            return None
        self._shown = shown
        for image, sample in zip(self.images, (reference, snapshot.sample), strict=True):
            image.show_pixels(sample.image)
        for letter, caption, sample, output in zip(
            "AB", self.captions, (reference, snapshot.sample), found.outputs, strict=True
        ):
            caption.setText(self._caption(letter, sample, output))
        self._rise = steepest(snapshot.network, found, measure)
        values = tuple(values_of(found, measure).tolist())
        self.curve.show_values(found.nodes, values, "" if self._rise is None else self._rise.node)
        self.curve.set_current(self._wanted())
        on_screen = snapshot.sample is reference
        self.says.setText(
            self.tr("A is the sample on screen: pick or draw another one.") if on_screen else self._said()
        )
        self._draw_maps(found)
        self._stack.setCurrentIndex(1)
        return None

    def _draw_maps(self, found: Distances) -> None:
        if found.maps is None or self._question is None:
            return
        a, b = found.maps
        for grid, values, what in zip(self.grids, (a, b, b - a), self._titles(), strict=True):
            tiles = values if values.ndim == 3 else values.reshape(-1, 1, 1)
            name = partial(self._name, what, self._question.node)
            grid.show_tiles(as_tiles(Values(tiles, None, found.limit, True), name, caption_height(self.font())))
        self.legend.set_scale(found.limit, signed=True)

    def _said(self) -> str:
        rise = self._rise
        if rise is None:
            return self.tr("The distance rises at no layer.")
        return self.tr("The distance rises most at {node}: from {before} to {after}.").format(
            node=rise.node, before=fixed(rise.before, 2), after=fixed(rise.after, 2)
        )

    def _caption(self, letter: str, sample: Sample, output: Prediction) -> str:
        return f"{letter}: {name_of(sample)}\n{words.predicted(output.probabilities.tolist(), self._names)}"

    def _file_name(self) -> str:
        return "" if self._snapshot is None or not self._shown else f"two-samples-step-{self._snapshot.step}"

    def _as_csv(self) -> str:
        found = self._found()
        assert found is not None
        rows = zip(found.nodes, found.lengths.tolist(), found.cosines.tolist(), strict=True)
        return "\n".join(
            ["layer,difference,one_minus_cosine", *(f"{node},{length},{cosine}" for node, length, cosine in rows), ""]
        )

    def _titles(self) -> tuple[str, str, str]:
        return self.tr("A"), self.tr("B"), self.tr("B minus A")

    def _name(self, side: str, node: str, position: int) -> str:
        return self.tr("{side}: {node}, {number}").format(side=side, node=node, number=position)

    def _explain(self, why: str = "") -> None:
        self._shown = ()
        self.legend.set_scale(None, signed=True)
        self.says.setText("")
        self._why.setText(
            why
            or self.tr("Choose a sample and press “Keep as A”. Then pick, draw or damage another one to compare it.")
        )
        self._stack.setCurrentWidget(self._why)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.keep)
        head.addWidget(self.measure)
        head.addWidget(self.says, 1)
        head.addWidget(self.legend)
        pictures = QGridLayout()
        pictures.setSpacing(4)
        for row, (image, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            image.setFixedSize(PICTURE, PICTURE)
            pictures.addWidget(image, row, 0)
            pictures.addWidget(caption, row, 1)
        pictures.setRowStretch(2, 1)
        self._maps = QHBoxLayout()
        self._maps.setSpacing(8)
        body = QWidget()
        row_of_parts = QHBoxLayout(body)
        row_of_parts.setContentsMargins(0, 0, 0, 0)
        row_of_parts.setSpacing(12)
        row_of_parts.addLayout(pictures)
        row_of_parts.addWidget(self.curve, 3)
        row_of_parts.addLayout(self._maps, 4)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._why)
        self._stack.addWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._stack, 1)


def _scroll_along(grid: ImageGrid, others: tuple[ImageGrid, ...]) -> None:
    """Scroll the other grids to the same row."""
    rows = grid.visible()[0]
    for other in others:
        shown = other.visible()[0]
        if len(rows) and len(shown) and rows.start != shown.start:
            other.scroll_to(rows.start)
