"""The Mistakes tab: the confusion matrix, and the images of a cell, a class, or all mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.mistakes import state, words
from cnnviz.gui.panels.mistakes.calibration import CalibrationView
from cnnviz.gui.panels.mistakes.class_plot import ClassPlot
from cnnviz.gui.panels.mistakes.epochs_row import EpochsRow
from cnnviz.gui.panels.mistakes.epochs_state import class_curves
from cnnviz.gui.panels.mistakes.matrix import ConfusionMatrix
from cnnviz.gui.panels.mistakes.rounding_line import RoundingLine
from cnnviz.gui.panels.mistakes.scrolled_matrix import ScrolledMatrix
from cnnviz.gui.panels.mistakes.state import Filter
from cnnviz.gui.run.moment_study import VALIDATION
from cnnviz.gui.run.predicting import TEST, Predicting
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.elided import ElidedLabel, WholeParts
from cnnviz.gui.widgets.gallery import Gallery
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import Content, PictureMenu
from cnnviz.gui.widgets.segments import Segments
from cnnviz.inspection.arrays import as_npy
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.studies.epochs import suspicious_labels

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from cnnviz.gui.panels.mistakes.epochs_state import Measure
    from cnnviz.gui.panels.mistakes.state import Order
    from cnnviz.gui.run.epoch_predictions import EpochPredictions
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.snapshot import Snapshot


IMAGES, CALIBRATION, CLASSES = "images", "calibration", "classes"
SUSPICIOUS = Filter("labels")


class MistakesPanel(Panel):
    """Shows the predictions that ``study`` makes for the moment on screen, and ``epochs`` at the ends of epochs.

    ``sampleAsked(Sample)`` follows the choice of an image.
    """

    sampleAsked = Signal(object)

    def __init__(
        self, study: Predicting, epochs: EpochPredictions, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._study, self._epochs = study, epochs
        self._filter = Filter()
        self._failure = ""
        self._view = IMAGES
        self._measure: Measure = "accuracy"
        self.matrix, self.gallery, self.calibration = ConfusionMatrix(theme), Gallery(theme), CalibrationView(theme)
        self.plot, self.epochs_row = ClassPlot(theme), EpochsRow(epochs)
        self._heading, self._facts, self._rounding = ElidedLabel(), WholeParts(), RoundingLine(epochs)
        self._facts.setProperty("role", "muted")
        explain(self._facts, "calibration")
        self._empty = MutedLabel(centred=True)
        self._make_controls()
        self._lay_out()
        self.matrix.chosen.connect(self._choose_cell)
        self.matrix.roomChanged.connect(self._show_matrix)
        self.gallery.asked.connect(self._ask)
        self.calibration.chosen.connect(lambda number: self.show_filter(Filter(bin=number)))
        self.epochs_row.measureChosen.connect(self._choose_measure)
        numbers: dict[str, Content] = {"csv": self._as_csv, "npy": self._as_npy}
        self.menu = PictureMenu(self, self.tr("Mistakes"), self._file_name, numbers)
        self.menu.message.connect(self.message)
        study.changed.connect(self._follow)
        study.progressed.connect(self._show_progress)
        study.failed.connect(self._fail)
        epochs.changed.connect(self._follow_epochs)
        self._show()

    def controls(self) -> QWidget:
        """See :meth:`Panel.controls`."""
        return self._controls

    def picture_menu(self) -> PictureMenu:
        """See :meth:`Panel.picture_menu`."""
        return self.menu

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        for part in (self.matrix, self.gallery, self.calibration, self.plot):
            part.set_theme(theme)

    def set_finished(self, *, finished: bool) -> None:
        """Offer the test images once a run has ended, and not before."""
        self.split.setEnabled(finished)
        self.split.setToolTip(
            self.tr("Which images are predicted")
            if finished
            else self.tr("The test images are looked at once a run has ended")
        )
        if not finished and self._study.subject == TEST:
            self._study.choose(VALIDATION)

    def showEvent(self, event: QShowEvent) -> None:
        """Start predicting: the study runs while the panel is visible."""
        super().showEvent(event)
        self._study.watch(True)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop predicting."""
        self._study.watch(False)
        super().hideEvent(event)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """No image is chosen any more once another sample is shown."""
        # a snapshot of an earlier sample may come after the choice of an image
        if snapshot.sample is self._study.sample and snapshot.sample.index != self.gallery.chosen:
            self.gallery.choose_none()

    def show_filter(self, wish: Filter) -> None:
        """Show the images that match a filter in the gallery."""
        self._filter, self._view = wish, IMAGES
        self.matrix.mark(wish.label, wish.predicted)
        self._show_view()

    def show_view(self, view: str) -> None:
        """Show ``"images"``, ``"calibration"`` or ``"classes"``."""
        self._view = view
        self._show_view()

    def show_mistakes(self) -> None:
        """Show all mistakes."""
        self.show_filter(Filter())

    def text(self) -> str:
        """The lines of text, from the top."""
        if self._study.latest is None:
            return self._empty.text()
        parts = (self._heading, self.epochs_row, self._facts, self._rounding)
        return "\n".join(part.text() for part in parts if not part.isHidden())

    def _choose_cell(self, label: int, predicted: int | None) -> None:
        self.show_filter(Filter(label=label, predicted=predicted))

    def _choose(self, identifier: str) -> None:
        """Show what a segment stands for."""
        if identifier in (CALIBRATION, CLASSES):
            self.show_view(identifier)
        else:
            self.show_filter(Filter(cast("Order", identifier)))

    def _choose_measure(self, measure: str) -> None:
        self._measure = cast("Measure", measure)
        self.epochs_row.measures.choose(measure)
        self._show_view()

    def _ask(self, index: int) -> None:
        split = VALIDATION if self._filter == SUSPICIOUS else self._study.subject
        images = self._epochs.images if self._filter == SUSPICIOUS else self._study.images
        if images is not None and index < len(images):
            self.sampleAsked.emit(Sample(images.images[index], int(images.labels[index]), index, split))

    def _follow_epochs(self) -> None:
        self._show_rounding()
        if self._view == CLASSES or self._filter == SUSPICIOUS:
            self._show_view()

    def _follow(self) -> None:
        self.split.setCurrentIndex(self.split.findData(self._study.subject))
        self._failure = "" if self._study.latest is not None else self._failure
        self._show()

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._show()

    def _show_progress(self, done: int, total: int) -> None:
        text = self.tr("Predicting {done} of {total} images …").format(done=grouped(done), total=grouped(total))
        if self._study.latest is None:
            self._failure = ""
            self._empty.setText(text)
        else:
            self._show_facts(text)

    def _show(self) -> None:
        found = self._study.latest
        self.renew.setVisible(found is not None and self._study.outdated)
        self._stack.setCurrentIndex(0 if found is None else 1)
        if found is None:
            self.matrix.set_state(None)
            self._empty.setText(self._failure or self._why_empty())
            self.gallery.show_images(None, np.empty(0, np.int64), None, ())
            return
        self._show_matrix()
        self._show_view()

    def _show_matrix(self) -> None:
        if (found := self._study.latest) is not None:
            most = min(self.matrix.room, state.MOST_CLASSES)
            self.matrix.set_state(state.matrix(found, self._names(), rates=self.rates.isChecked(), most=most))
            self.matrix.mark(self._filter.label, self._filter.predicted)

    def _show_view(self) -> None:
        """Show the images or the diagram that was chosen."""
        found, images, wish = self._study.latest, self._study.images, self._filter
        if found is None or images is None or not self.isVisible():
            return
        showing = self._view == IMAGES
        unrestricted = wish.label is None and wish.bin is None
        self.orders.choose((wish.order if unrestricted else "") if showing else self._view)
        self._views.setCurrentWidget({IMAGES: self.gallery, CLASSES: self.plot}.get(self._view, self.calibration))
        by_epoch = self._view == CLASSES or (showing and wish == SUSPICIOUS)
        self.epochs_row.setVisible(by_epoch)
        for part in (self._heading, self._facts):
            part.setVisible(showing and not by_epoch)
        self._show_rounding()
        if by_epoch:
            self._show_epochs()
        elif showing:
            rows = state.chosen_images(found, wish)
            self.gallery.show_images(found, rows, images.images, self._names())
            self._heading.setText(words.heading(found, wish, len(rows), self._names()))
            self._heading.setMaximumWidth(self._heading.fontMetrics().horizontalAdvance(self._heading.text()) + 2)
            self._show_facts(self._failure)
        else:
            self.calibration.set_state(state.calibration(found, words.calibration_lines(state.facts(found))))

    def _show_epochs(self) -> None:
        """Show classes over the epochs, or suspicious labels."""
        results, missing, images = self._epochs.results, len(self._epochs.missing), self._epochs.images
        if self._view == CLASSES:
            curves = class_curves(results, self._names(), self._measure)
            self.plot.set_state(curves)
            heading = words.epochs_heading(results, curves, missing)
            return self.epochs_row.show_sentence(heading, measures=curves is not None)
        doubts = () if images is None else suspicious_labels(results, images.labels)
        captions = tuple(words.doubt_caption(doubt, self._names()) for doubt in doubts)
        rows = np.array([doubt.image for doubt in doubts], np.int64)
        pictures = None if images is None else images.images
        self.gallery.show_images(self._study.latest, rows, pictures, self._names(), captions.__getitem__)
        return self.epochs_row.show_sentence(words.suspicious_heading(results, doubts, missing), measures=False)

    def _show_facts(self, addition: str = "") -> None:
        if (found := self._study.latest) is not None:
            self._facts.setText(words.facts(state.facts(found), addition))

    def _show_rounding(self) -> None:
        self._rounding.show_for(None if self._heading.isHidden() else self._study.latest)

    def _why_empty(self) -> str:
        images = self._study.images
        if images is not None and not len(images):
            return self.tr("There are no validation images. Set some aside on the data page to see mistakes.")
        if self._study.running:
            return self.tr("Predicting …")
        return self.tr(
            "Train the network: which validation images it gets wrong appears here after each epoch and pause."
        )

    def _names(self) -> tuple[str, ...]:
        return () if self._study.dataset is None else self._study.dataset.classes

    def _file_name(self) -> str:
        found = self._study.latest
        return "" if found is None else f"mistakes-{found.split}-step-{found.step}"

    def _as_csv(self) -> str:
        assert self._study.latest is not None
        return state.as_csv(self._study.latest, self._names())

    def _as_npy(self) -> bytes:
        assert self._study.latest is not None
        return as_npy(self._study.latest.confusion)

    def _make_controls(self) -> None:
        self.rates = QPushButton(self.tr("Rates"))
        self.rates.setCheckable(True)
        self.rates.setToolTip(self.tr("Show the matrix in percent of each class instead of counts"))
        self.rates.toggled.connect(lambda _: self._show())
        self.split = ChoiceBox()
        self.split.addItem(self.tr("validation"), VALIDATION)
        self.split.addItem(self.tr("test"), TEST)
        self.split.setCurrentIndex(self.split.findData(self._study.subject))
        self.split.setAccessibleName(self.tr("Images that are predicted"))
        self.split.activated.connect(lambda at: self._study.choose(self.split.itemData(at)))
        self.renew = QPushButton(self.tr("Now"))
        self.renew.setToolTip(self.tr("Predict all images again with the present weights"))
        self.renew.clicked.connect(self._study.renew)
        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self.renew, self.split, self.rates):
            row.addWidget(part)
        self._controls.hide()

    def _lay_out(self) -> None:
        self.orders = Segments(self.tr("Which images are shown"))
        for identifier, title, tip in (
            ("mistakes", self.tr("Mistakes"), self.tr("All wrong predictions, the surest first")),
            ("unsure", self.tr("Unsure"), self.tr("All images, the most undecided first")),
            ("right", self.tr("Right"), self.tr("All right predictions, the surest first")),
            ("labels", self.tr("Labels"), self.tr("Validation images whose label nearly every epoch denies")),
            (CLASSES, self.tr("Classes"), self.tr("Loss and accuracy by class over the epochs")),
            (CALIBRATION, self.tr("Calibration"), self.tr("How often it is right, by how sure it is")),
        ):
            self.orders.add(identifier, title, tip)
        self.orders.chosen.connect(self._choose)
        self._views = QStackedWidget()
        for view in (self.gallery, self.calibration, self.plot):
            self._views.addWidget(view)
        top = QHBoxLayout()
        top.addWidget(self.orders)
        top.addStretch()
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addLayout(top)
        sentences = QHBoxLayout()
        sentences.setSpacing(14)
        # the facts take what the heading leaves
        sentences.addWidget(self._heading, 1000)
        sentences.addWidget(self._facts, 1)
        right.addLayout(sentences)
        right.addWidget(self._rounding)
        right.addWidget(self.epochs_row)
        right.addWidget(self._views, 1)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(ScrolledMatrix(self.matrix))
        row.addLayout(right, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._stack)
