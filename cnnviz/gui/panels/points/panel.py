"""The Points tab: the outputs of a layer for many validation images as a map of points that follows training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.panels.points import state, words
from cnnviz.gui.panels.points.plot import PointPlot
from cnnviz.gui.widgets.array_picture import channels_last, picture_of
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.gallery import Gallery
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import Content, PictureMenu
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.inspection.answers.point import PointOf
from cnnviz.inspection.arrays import as_npy
from cnnviz.inspection.moment import Sample

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.panels.points.plot import Frame
    from cnnviz.gui.panels.points.state import Colouring
    from cnnviz.gui.run.projecting import Projecting
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.axes import Axes
    from cnnviz.inspection.questions import Array, Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.points import Points

BESIDE = 300
"""The width of what stands beside the map, in pixels."""
PICTURE = 56


class PointsPanel(Panel):
    """Shows the points that ``study`` makes; ``sampleAsked(Sample)`` follows the choice of an image."""

    sampleAsked = Signal(object)

    def __init__(self, study: Projecting, selection: Selection, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study, self._selection = study, selection
        self._failure = ""
        self._selected: str | None = None
        """The selected layer that was chosen last; another one may have been chosen since."""
        self._drawn: Axes | None = None
        """The axes of the points that are drawn."""
        self._classes = 0
        self._frame: Frame | None = None
        self._row: int | None = None
        """The row of the point that is pointed at."""
        self.plot, self.gallery = PointPlot(theme), Gallery(theme)
        self._empty = PlainLabel()
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._make_controls()
        self._lay_out()
        self.plot.pointed.connect(self._point)
        self.plot.asked.connect(self._ask)
        self.plot.framed.connect(self._set_frame)
        self.gallery.asked.connect(self._ask)
        numbers: dict[str, Content] = {"csv": self._as_csv, "npy": self._as_npy}
        self.menu = PictureMenu(self, self.tr("Points"), self._file_name, numbers)
        self.menu.said.connect(self.message)
        study.changed.connect(self._follow)
        study.progressed.connect(self._show_progress)
        study.failed.connect(self._fail)
        selection.changed.connect(self._follow_selection)
        self._show()

    def keeping(self) -> PictureMenu:
        """See :meth:`Panel.keeping`."""
        return self.menu

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        for part in (self.plot, self.gallery):
            part.set_theme(theme)

    def questions(self) -> Questions:
        """Where the sample lies among the points."""
        found = self._study.latest
        return (
            frozenset() if found is None or not self.isVisible() else frozenset({PointOf(found.axes.node, found.axes)})
        )

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw the sample where it lies now."""
        found, position = self._study.latest, None
        if found is not None and not snapshot.sample.blank:
            position = snapshot.answer(PointOf(found.axes.node, found.axes))
        row = self._row_of(snapshot.sample)
        self.plot.set_sample(None if position is None else (float(position[0]), float(position[1])), row)
        if snapshot.sample is self._study.sample and row != self.gallery.chosen:
            self.gallery.choose_none()

    def clear_snapshot(self) -> None:
        """See :meth:`Panel.clear_snapshot`."""
        self.plot.set_sample(None, None)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the moments: the study runs while the panel is visible."""
        super().showEvent(event)
        self._choose_layer()
        self._study.watch(True)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop following."""
        self._study.watch(False)
        super().hideEvent(event)

    def text(self) -> str:
        """The lines of text, from the top."""
        return f"{self._heading.text()}\n{self._facts.text()}" if self._study.latest is not None else self._empty.text()

    def choose_colouring(self, colouring: Colouring) -> None:
        """Colour by class, by right and wrong predictions, or pick out a class."""
        self.colouring.setCurrentIndex(self.colouring.findData(colouring))
        self._show_points()

    def _follow_selection(self) -> None:
        if self.isVisible():
            self._choose_layer()

    def _choose_layer(self) -> None:
        """Choose the layer that was selected last, or the last hidden one where there is none."""
        layers, selected = self._study.layers, self._selection.current
        if selected in layers and selected is not None and selected != self._selected:
            self._selected = selected
            self._study.choose_node(selected)
        elif layers and self._study.node not in layers:
            self._study.choose_node(layers[-2:][0])

    def _follow(self) -> None:
        self._failure = "" if self._study.latest is not None else self._failure
        self._show()

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._show()

    def _show_progress(self, share: float) -> None:
        if self._study.latest is None:
            self._failure = ""
            self._empty.setText(self.tr("Computing points: {percent} % …").format(percent=round(100 * share)))

    def _show(self) -> None:
        if not self.isVisible():
            return
        self._choose_layer()
        self._show_layers()
        found = self._study.latest
        self._stack.setCurrentIndex(0 if found is None else 1)
        self.again.setEnabled(found is not None)
        if found is None:
            self._empty.setText(self._failure or self._why_empty())
            self._drawn = None
            self.plot.set_state(None, anew=True)
            return
        if found.predictions.class_count != self._classes:
            self._offer_colourings(found.predictions.class_count)
        self._show_points()

    def _show_points(self) -> None:
        found = self._study.latest
        if found is None:
            return
        anew = self._drawn is not found.axes
        if anew:
            self._drawn = found.axes
            self._frame = None
            self.plot.set_sample(None, None)
        drawn = state.state(found, found.positions, self.colouring.currentData(), self._names())
        self.plot.set_state(drawn, anew=anew)
        self._heading.setText(words.heading(found))
        self._facts.setText(self._failure or words.facts(found))
        self._facts.setToolTip(self._facts.text())
        self._show_frame(found)
        self._point(self._row)

    def _show_frame(self, found: Points) -> None:
        """List the images in the frame; without a frame the wrong predictions, the surest first."""
        if self._frame is None:
            rows = found.predictions.surest_mistakes()
            self._listed.setText(self.tr("Drag a frame around points to list their images. The wrong ones:"))
        else:
            rows = state.inside(found.positions, self._frame)
            wrong = int((~found.predictions.right[rows]).sum())
            self._listed.setText(words.in_frame(len(rows), wrong))
        self.plot.set_frame(self._frame)
        if (
            not np.array_equal(rows, self.gallery.images.rows)
            or self.gallery.images.predictions is not found.predictions
        ):
            names = self._names()
            captions = words.captions(found, rows, names)
            self.gallery.show_images(found.predictions, rows, found.chosen.images, names, captions)

    def _set_frame(self, frame: Frame | None) -> None:
        self._frame = frame
        if (found := self._study.latest) is not None:
            self._show_frame(found)

    def _point(self, row: int | None) -> None:
        """Show the image of a point, and what the network says of it."""
        self._row = row
        found = self._study.latest
        there = found is not None and row is not None and row < len(found.chosen)
        if found is None or row is None or not there:
            self._picture.clear()
            self._about.setText(self.tr("Point at a point to see its image."))
            return
        side = PICTURE * self.devicePixelRatioF()
        pixmap = QPixmap.fromImage(picture_of(channels_last(found.chosen.images[row]))).scaled(
            int(side), int(side), Qt.AspectRatioMode.KeepAspectRatio
        )
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture.setPixmap(pixmap)
        self._about.setText(words.about(found, row, self._names()))
        self.plot.setAccessibleDescription(self._about.text())

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
        row = int(np.searchsorted(chosen.indices, sample.index))
        return row if row < len(chosen) and chosen.indices[row] == sample.index else None

    def _show_layers(self) -> None:
        layers = self._study.layers
        if tuple(self.layer.itemText(at) for at in range(self.layer.count())) != layers:
            self.layer.clear()
            self.layer.addItems(layers)
        self.layer.setCurrentIndex(self.layer.findText(self._study.node or ""))

    def _offer_colourings(self, classes: int) -> None:
        self._classes = classes
        titles = {"class": self.tr("by class"), "right": self.tr("right and wrong")}
        self.colouring.clear()
        for colouring in state.colourings(classes):
            if isinstance(colouring, str):
                self.colouring.addItem(titles[colouring], colouring)
            else:
                name = class_name(self._names(), colouring)
                self.colouring.addItem(self.tr("class {name}").format(name=name), colouring)

    def _why_empty(self) -> str:
        dataset = self._study.dataset
        if dataset is not None and not len(dataset.validation):
            return self.tr("There are no validation images. Set some aside in the recipe to see them as points.")
        if self._study.running:
            return self.tr("Computing points …")
        return self.tr("The outputs of a layer for 2,000 validation images appear here as soon as the network can run.")

    def _names(self) -> tuple[str, ...]:
        return () if self._study.dataset is None else self._study.dataset.classes

    def _file_name(self) -> str:
        found = self._study.latest
        return "" if found is None else f"points-{found.axes.node}-step-{found.step}"

    def _as_csv(self) -> str:
        assert self._study.latest is not None
        return state.as_csv(self._study.latest, self._positions(), self._names())

    def _as_npy(self) -> bytes:
        return as_npy(self._positions())

    def _positions(self) -> Array:
        assert self._study.latest is not None
        return self._study.latest.positions

    def _make_controls(self) -> None:
        self.layer, self.colouring = ChoiceBox(), ChoiceBox()
        self.layer.setAccessibleName(self.tr("Layer whose outputs are drawn"))
        self.layer.setToolTip(self.tr("The layer whose outputs are drawn as points"))
        self.layer.textActivated.connect(self._study.choose_node)
        self.colouring.setAccessibleName(self.tr("Colours of the points"))
        self.colouring.setToolTip(self.tr("What the colours of the points stand for"))
        self.colouring.activated.connect(lambda _: self._show_points())
        self.again = QPushButton(self.tr("Fit again"))
        self.again.setToolTip(
            self.tr("Fit the axes to the present outputs. Otherwise they stay the same for the whole run.")
        )
        self.again.clicked.connect(self._study.fit_again)

    def _lay_out(self) -> None:
        self._heading, self._facts, self._listed, self._about = (ElidedLabel() for _ in range(4))
        for part in (self._facts, self._listed):
            part.setProperty("role", "muted")
        self._picture = PlainLabel()
        self._picture.setFixedSize(PICTURE, PICTURE)
        self._about.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(6)
        for control in (self.layer, self.colouring, self.again):
            row.addWidget(control)
        row.addStretch()
        pointed = QHBoxLayout()
        pointed.addWidget(self._picture)
        pointed.addWidget(self._about, 1)
        beside = QVBoxLayout()
        beside.setSpacing(4)
        beside.addLayout(row)
        beside.addWidget(self._heading)
        beside.addWidget(self._facts)
        beside.addLayout(pointed)
        beside.addWidget(self._listed)
        beside.addWidget(self.gallery, 1)
        side, content = QWidget(), QWidget()
        side.setLayout(beside)
        beside.setContentsMargins(0, 0, 0, 0)
        side.setMinimumWidth(BESIDE)
        across = QHBoxLayout(content)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(14)
        across.addWidget(self.plot, 1)
        across.addWidget(side, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._stack)
