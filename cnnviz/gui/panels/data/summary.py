"""What the data page shows of a dataset: its widgets and their arrangement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cnnviz.data import decoded_cache
from cnnviz.gui.panels.data import words
from cnnviz.gui.panels.data.class_list import ClassHeading, ClassList
from cnnviz.gui.panels.data.options import FormOptions
from cnnviz.gui.panels.data.pixel_histogram import PixelHistogram
from cnnviz.gui.panels.data.split_row import SplitRow
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.plain import PlainLabel, literal

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from cnnviz.data.description import Description
    from cnnviz.data.sources.source import Form
    from cnnviz.data.survey import Stage, Survey
    from cnnviz.gui.panels.data.state import Use
    from cnnviz.gui.theme import Theme

BESIDE = 208
"""Width of the column beside the classes, in pixels."""
NARROW = 380
"""A summary narrower than this, in pixels, has that column below the classes."""
FACTS = 3
"""So many rows stand above the sentence on the network: title, facts and place."""
LEAST_CLASSES = 170
"""Least height of the list of classes, in pixels."""


class Summary(QScrollArea):
    """Shows a dataset. ``use``, ``only``, ``set_normalization``, ``cancel`` and ``change`` are its buttons."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.place, self.form = (ElidedLabel() for _ in range(3))
        self.split = SplitRow()
        self.title.setStyleSheet("font-size: 13pt; font-weight: 600")
        self.facts, self.said, self.error, self.normalization, self.trouble, self.cached = (
            PlainLabel() for _ in range(6)
        )
        self.error.setProperty("role", "error")
        for label in (self.facts, self.place, self.form, self.trouble, self.cached):
            label.setProperty("role", "muted")
        for label in (self.facts, self.said, self.error, self.trouble, self.cached):
            label.setWordWrap(True)
        self.use, self.only, self.set_normalization, self.cancel, self.change = (QPushButton() for _ in range(5))
        self.use.setProperty("primary", True)
        self.only.setText(self.tr("Only use them"))
        self.only.setToolTip(self.tr("Use these images and leave the network as it is"))
        self.cancel.setText(self.tr("Cancel"))
        self.change.setText(self.tr("Change …"))
        self.change.setToolTip(self.tr("Size, colours, and cropping, padding or stretching"))
        self.change.setCheckable(True)
        self.options = FormOptions()
        self.change.toggled.connect(lambda on: self.options.setVisible(on and self.has_form))
        self.bar, self.stage = QProgressBar(), PlainLabel()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of reading"))
        self.heading, self.classes, self.histogram = ClassHeading(theme), ClassList(theme), PixelHistogram(theme)
        self.classes.setMinimumHeight(LEAST_CLASSES)
        self.troubles = QListWidget()
        self.troubles.setAccessibleName(self.tr("Files that are left out, and images in two splits"))
        self.troubles.setFrameShape(QFrame.Shape.NoFrame)
        self.troubles.setWordWrap(True)
        self._lay_out()
        self.clear()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for part in (self.heading, self.classes, self.histogram):
            part.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the column beside the classes below them where it has no room."""
        super().resizeEvent(event)
        below = self.viewport().width() < NARROW
        self._side.setMinimumWidth(0 if below else BESIDE)
        self._side.setMaximumWidth(self.viewport().width() if below else BESIDE)
        directions = QBoxLayout.Direction
        self._beside.setDirection(directions.TopToBottom if below else directions.LeftToRight)

    def clear(self) -> None:
        """Show nothing."""
        for label in (self.title, self.facts, self.place, self.error):
            label.setText("")
        self.show_survey(None, None)
        self.show_use(None)
        self.show_stage(None, running=False)
        self.show_form(None)

    def show_about(self, title: str, facts: str, place: str) -> None:
        """Show the name of a dataset, its facts and where it is."""
        self.title.setText(title)
        self.facts.setText(facts)
        self.place.setText(place)
        self.place.setToolTip(literal(place))
        for label in (self.facts, self.place):
            label.setVisible(bool(label.text()))

    def add_part(self, part: QWidget) -> None:
        """Show another part below the facts."""
        self._column.insertWidget(FACTS, part)

    @property
    def has_form(self) -> bool:
        """Whether the form of pictures is shown."""
        return not self._form.isHidden()

    def show_form(self, form: Form | None) -> None:
        """Show the form of the images; None for images that have a form of their own."""
        self._form.setVisible(form is not None)
        self.options.setVisible(form is not None and self.change.isChecked())
        if form is not None:
            self.options.set_form(form)
            self.form.setText(self.tr("Pictures become {form}").format(form=words.form(form)))

    def show_stage(self, stage: Stage | None, *, running: bool) -> None:
        """Show how far reading has come; ``stage`` is None at the beginning."""
        self._progress.setVisible(running)
        self.bar.setRange(0, 0 if stage is None else max(1, stage.total))
        if stage is not None:
            self.bar.setValue(stage.done)
        self.stage.setText(self.tr("Looking for pictures …") if stage is None else words.progress(stage))

    def show_error(self, sentence: str) -> None:
        """Show why the images cannot be read; empty if they can."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def show_use(self, use: Use | None) -> None:
        """Show what using the dataset would do; None while that is not known."""
        changes = "" if use is None else words.changes(use)
        self.said.setText(changes)
        self.said.setVisible(bool(changes))
        needed = use is not None and not (use.used and use.fits)
        fitting = use is not None and not use.fits
        self.use.setVisible(needed)
        self.only.setVisible(use is not None and fitting and not use.used)
        if use is not None:
            together, fit, only = self.tr("Use, and fit the network"), self.tr("Fit the network"), self.tr("Use these")
            self.use.setText(only if use.fits else fit if use.used else together)
            self.use.setToolTip(self.tr("One step, which can be undone (Ctrl+Z)"))

    def show_normalization(self, node: str) -> None:
        """Offer mean and deviation to an Input; ``node`` is empty if it has them."""
        self.set_normalization.setVisible(bool(node))
        self.set_normalization.setText(self.tr("Set them in “{node}”").format(node=node))

    def show_survey(self, found: Survey | None, about: Description | None, *, editable: bool = False) -> None:
        """Show what is in the dataset; None while that is not known. ``editable`` is as in :class:`SplitRow`."""
        self._content.setVisible(found is not None)
        self.cached.setVisible(False)
        self.classes.classes.set_survey(found)
        self.troubles.clear()
        if found is None or about is None:
            self.histogram.show_histogram(None)
            return
        self.histogram.show_histogram(found.census.histogram)
        self.split.show_split(found, editable=editable)
        self.normalization.setText(words.mean_and_deviation(about))
        heading, lines = words.troubles(found)
        self.cached.setText(words.cached(decoded_cache.size()))
        self.cached.setVisible(bool(self.cached.text()))
        self.trouble.setText(heading)
        self.troubles.addItems(lines)
        self.troubles.setVisible(bool(lines))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        for button in (self.only, self.use):
            head.addWidget(button)
        self._form, self._progress, self._content = QWidget(), QWidget(), QWidget()
        form = QHBoxLayout(self._form)
        form.addWidget(self.form, 1)
        form.addWidget(self.change)
        progress = QHBoxLayout(self._progress)
        progress.addWidget(self.stage)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.cancel)
        beside = QVBoxLayout()
        beside.setSpacing(6)
        for widget in (
            _heading(self.tr("Values of pixels")),
            self.histogram,
            self.normalization,
            self.set_normalization,
            _heading(self.tr("Worth a look")),
            self.trouble,
        ):
            beside.addWidget(widget)
        beside.addWidget(self.troubles, 1)
        beside.addStretch()
        self._side = QWidget()
        self._side.setFixedWidth(BESIDE)
        beside.setContentsMargins(0, 0, 0, 0)
        self._side.setLayout(beside)
        classes = QVBoxLayout()
        classes.setSpacing(4)
        classes.addWidget(_heading(self.tr("Classes")))
        classes.addWidget(self.split)
        classes.addWidget(self.heading)
        classes.addWidget(self.classes, 1)
        content = self._beside = QHBoxLayout(self._content)
        content.setSpacing(16)
        content.addLayout(classes, 1)
        content.addWidget(self._side)
        # a long sentence must not make the page wider than its place
        for label in (self.facts, self.said, self.error, self.trouble, self.stage, self.cached):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, label.sizePolicy().verticalPolicy())
        inside = QWidget()
        column = self._column = QVBoxLayout(inside)
        column.setSpacing(6)
        column.setContentsMargins(0, 0, 8, 0)
        column.addLayout(head)
        parts: tuple[QWidget, ...] = (self.facts, self.place, self.said, self.error)
        for part in (*parts, self._form, self.options, self._progress):
            column.addWidget(part)
        column.addWidget(self._content, 1)
        column.addWidget(self.cached)
        column.addStretch()
        for row in (form, progress, content):
            row.setContentsMargins(0, 0, 0, 0)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def _heading(text: str) -> ElidedLabel:
    label = ElidedLabel()
    label.setText(text)
    label.setToolTip(text)
    label.setProperty("role", "title")
    return label
