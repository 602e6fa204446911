"""The Points tab: the outputs of a layer for many validation images as a map of points that follows training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from cnnviz.gui.panels.points import state, words
from cnnviz.gui.panels.points.controls import TSNE
from cnnviz.gui.panels.points.plot import PointPlot
from cnnviz.gui.panels.points.side_column import SideColumn
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import Content, PictureMenu
from cnnviz.inspection.answers.point import PointOf
from cnnviz.inspection.arrays import as_npy
from cnnviz.inspection.moment import Sample

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.panels.points.plot import Frame
    from cnnviz.gui.run.projecting import Projecting
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Array, Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.points import Embedding, Points


class PointsPanel(Panel):
    """Shows the points that ``study`` makes; ``sampleAsked(Sample)`` follows the choice of an image."""

    sampleAsked = Signal(object)

    def __init__(self, study: Projecting, selection: Selection, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study, self._selection = study, selection
        self._failure = ""
        self._selected = selection.current
        """The selected layer that was taken over last. At first the last hidden layer is shown, which tells most."""
        self._snapshot: Snapshot | None = None
        self._drawn_axes: object = None
        """The axes of the points that are drawn: points on other axes are placed afresh."""
        self._frame: Frame | None = None
        self._row: int | None = None
        """The row of the point that is pointed at."""
        self.plot, self._side = PointPlot(theme), SideColumn(theme)
        self.gallery, self.choices = self._side.gallery, self._side.choices
        self._lay_out()
        self.plot.pointed.connect(self._point)
        self.plot.asked.connect(self._ask)
        self.plot.framed.connect(self._set_frame)
        self.gallery.asked.connect(self._ask)
        self.choices.layerChosen.connect(self._choose_node)
        self.choices.methodChosen.connect(self._choose_method)
        self.choices.coloured.connect(self._show_points)
        self.choices.fit_again.clicked.connect(self._fit_again)
        self.choices.cancel.clicked.connect(study.embedding.cancel)
        numbers: dict[str, Content] = {"csv": self._as_csv, "npy": lambda: as_npy(self._positions())}
        self.menu = PictureMenu(self, self.tr("Points"), self._file_name, numbers)
        self.menu.message.connect(self.message)
        study.changed.connect(self._follow)
        study.progressed.connect(self._show_progress)
        study.failed.connect(self._fail)
        study.embedding.changed.connect(self._follow_embedding)
        study.embedding.failed.connect(self._fail)
        selection.changed.connect(self._follow_selection)
        self._show()

    def picture_menu(self) -> PictureMenu:
        """See :meth:`Panel.picture_menu`."""
        return self.menu

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        for part in (self.plot, self.gallery):
            part.set_theme(theme)

    def questions(self) -> Questions:
        """Where the sample lies among the points."""
        points = self._points()
        if points is None or not self.isVisible():
            return frozenset()
        return frozenset({PointOf(points.axes.node, points.axes)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the sample where it lies now."""
        self._snapshot = snapshot
        if self.isVisible():
            # a network that could not run before has its first layers now
            self._choose_layer()
            if (points := self._points()) is not None and not points.whole:
                # they grow older while others are computed
                self._show_heading(points)
        self._show_sample(snapshot)
        self._show_running()
        # the answer to an earlier sample says nothing about the image that was chosen since
        if snapshot.sample is self._study.sample and self._row_of(snapshot.sample) != self.gallery.chosen:
            self.gallery.choose_none()

    def _show_sample(self, snapshot: Snapshot) -> None:
        points, place = self._points(), None
        if points is not None and not snapshot.sample.blank:
            coordinates = snapshot.answer(PointOf(points.axes.node, points.axes))
            embedding = self._embedding
            if coordinates is None:
                pass
            elif not self._embeds:
                place = float(coordinates[0]), float(coordinates[1])
            elif embedding is not None and (snapshot.run, snapshot.step) == (points.run, points.step):
                place = embedding.place(coordinates)
        self.plot.set_sample(place, self._row_of(snapshot.sample))

    def clear_snapshot(self) -> None:
        """See :meth:`Panel.clear_snapshot`."""
        self._snapshot = None
        self.plot.set_sample(None, None)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the moments: the study runs while the panel is visible."""
        super().showEvent(event)
        self._choose_layer()
        self._study.watch(not self._embeds)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: some texts and the image of the point that is pointed at give way in a low panel."""
        super().resizeEvent(event)
        self._side.fit(self.height())

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop following."""
        self._study.watch(False)
        super().hideEvent(event)

    def text(self) -> str:
        """The lines of text, from the top."""
        return self._side.text() if self._points() is not None else self._empty.text()

    @property
    def _embeds(self) -> bool:
        """Whether embeddings by t-SNE are shown, not principal components."""
        return self.choices.method == TSNE

    def _points(self) -> Points | None:
        """The points on screen."""
        if not self._embeds:
            return self._study.latest
        return None if self._embedding is None else self._embedding.points

    @property
    def _embedding(self) -> Embedding | None:
        """The embedding of the chosen layer, perhaps before its last step."""
        embedding = self._study.embedding.latest
        return None if embedding is None or embedding.points.axes.node != self._study.node else embedding

    def _positions(self) -> Array:
        """The positions of the points on screen, float32 (n, 2)."""
        source = self._embedding if self._embeds else self._study.latest
        return np.empty((0, 2), np.float32) if source is None else source.positions

    def _choose_method(self) -> None:
        self._failure = ""
        self._choose_layer()
        self._study.watch(not self._embeds)
        if self._embeds and self._embedding is None:
            self._study.embed()
        self._show()

    def _choose_node(self, node: str) -> None:
        self._study.choose_node(node)
        if self._embeds:
            self._study.embed()

    def _fit_again(self) -> None:
        if self._embeds:
            self._study.embed()
        else:
            self._study.fit_again()

    def _follow_selection(self) -> None:
        if self.isVisible():
            self._choose_layer()

    def _choose_layer(self) -> None:
        """Choose a layer that was selected since, or the last hidden one where none is chosen.

        An embedding stays with its layer: another one takes long, and is made only if the user asks for it here.
        """
        layers, selected = self._study.layers, self._selection.current
        embedded = self._embedding is not None or self._study.embedding.running
        if self._embeds and embedded and self._study.node in layers:
            return
        if selected in layers and selected is not None and selected != self._selected:
            self._selected = selected
            self._study.choose_node(selected)
        elif layers and self._study.node not in layers:
            # the last one makes the logits
            self._study.choose_node(layers[-2] if len(layers) > 1 else layers[0])

    def _follow(self) -> None:
        if self._study.latest is not None:
            self._failure = ""
        self._show()

    def _follow_embedding(self) -> None:
        if self._embeds:
            self._failure = ""
            self._show()

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._show()

    def _show_progress(self, share: float) -> None:
        if self._points() is None and not self._embeds:
            self._failure = ""
            self._empty.setText(self.tr("Computing points: {percent} % …").format(percent=round(100 * share)))

    def _show(self) -> None:
        if not self.isVisible():
            return
        self._choose_layer()
        self.choices.show_layers(self._study.layers, self._study.node)
        self._show_running()
        points = self._points()
        self._stack.setCurrentIndex(0 if points is None else 1)
        self._side.set_empty(empty=points is None)
        if points is None:
            self._empty.setText(self._failure or words.why_empty(self._study, embeds=self._embeds))
            self._drawn_axes = None
            self.plot.set_state(None, fit=True)
            return
        self.choices.offer_colourings(points.predictions.class_count, self._names())
        self._show_points()

    def _show_running(self) -> None:
        if self.isVisible():
            study = self._study
            possible = study.can_embed if self._embeds else study.latest is not None
            self.choices.show_running(running=self._embeds and study.embedding.running, possible=possible)

    def _show_points(self) -> None:
        points, positions = self._points(), self._positions()
        if points is None:
            return
        embedding = self._embedding if self._embeds else None
        other_axes = self._drawn_axes is not points.axes
        if other_axes:
            self._drawn_axes = points.axes
            self._frame = None
        drawn = state.state(points, positions, self.choices.chosen_colouring(), self._names())
        # an embedding begins as a speck and grows: it always fills the view
        self.plot.set_state(drawn, fit=other_axes or (embedding is not None and not embedding.done))
        self._show_heading(points)
        if self._snapshot is None:
            self.plot.set_sample(None, None)
        else:
            self._show_sample(self._snapshot)
        self._show_frame(points)
        self._point(self._row)

    def _show_heading(self, points: Points) -> None:
        """Say what the points are, and how old."""
        embedding = self._embedding if self._embeds else None
        facts = words.facts(points, self._study.age) if embedding is None else words.embedded(embedding)
        self._side.set_heading(words.heading(points), self._failure or facts)

    def _show_frame(self, points: Points) -> None:
        """List the images in the frame, wrong ones first; without a frame all wrong ones, the surest first."""
        if self._frame is None:
            rows = points.predictions.surest_mistakes()
            sentence = words.without_frame(len(rows))
        else:
            rows, right = state.inside(self._positions(), self._frame), points.predictions.right
            rows = rows[np.lexsort((points.chosen.indices[rows], right[rows]))]
            sentence = words.in_frame(len(rows), int((~right[rows]).sum()))
        self.plot.set_frame(self._frame)
        self._side.list_images(points, rows, sentence, self._names(), framed=self._frame is not None)

    def _set_frame(self, frame: Frame | None) -> None:
        self._frame = frame
        if (points := self._points()) is not None:
            self._show_frame(points)

    def _point(self, row: int | None) -> None:
        """Show the image of a point, and what the network says of it."""
        self._row, points = row, self._points()
        if points is None or row is None or row >= len(points.chosen):
            self._side.show_pointed(None, self.tr("Point at a point to see its image."))
            return
        about = words.about(points, row, self._names())
        self._side.show_pointed(points.chosen.images[row], about)
        self.plot.setAccessibleDescription(about)

    def _ask(self, row: int) -> None:
        chosen = self._study.chosen
        if chosen is not None and row < len(chosen):
            index = int(chosen.indices[row])
            self.sampleAsked.emit(Sample(chosen.images[row], int(chosen.labels[row]), index, "validation"))

    def _row_of(self, sample: Sample) -> int | None:
        """The row of a sample; None if it is not among the images."""
        chosen = self._study.chosen
        if chosen is None or sample.split != "validation" or sample.index is None:
            return None
        return chosen.row_of(sample.index)

    def _names(self) -> tuple[str, ...]:
        return () if self._study.dataset is None else self._study.dataset.classes

    def _file_name(self) -> str:
        points = self._points()
        return "" if points is None else f"points-{self.choices.method}-{points.axes.node}-step-{points.step}"

    def _as_csv(self) -> str:
        points = self._points()
        assert points is not None
        return state.as_csv(points, self._positions(), self._names())

    def _lay_out(self) -> None:
        self._empty = MutedLabel(centred=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.plot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(self._stack, 1)
        row.addWidget(self._side, 1)
