"""The validation images that one side gets wrong and the other right, or both wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.localized import grouped, percent
from cnnviz.gui.panels.compare.figures import at_step
from cnnviz.gui.panels.compare.predicted import GROUPS, BothPredicted, Group, group
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.gallery import Answer, Caption, Gallery
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.inspection.moment import Sample

if TYPE_CHECKING:
    from cnnviz.data.catalogue import Dataset
    from cnnviz.gui.panels.compare.observed import ObservedSide
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.predictions import Predictions


def caption(both: tuple[Predictions, Predictions], index: int, names: tuple[str, ...]) -> Caption:
    """The words beside the image with this index in the split: its label, and what both sides say."""
    translate = QCoreApplication.translate
    label = class_name(names, int(both[0].labels[index]))
    said = [class_name(names, int(side.predicted[index])) for side in both]
    shares = [float(side.confidence[index]) for side in both]
    a, b = (
        Answer(f"{letter} {name}", f"({percent(share, 0)})", bool(side.right[index]))
        for letter, name, share, side in zip("AB", said, shares, both, strict=True)
    )
    sentence = translate(
        "MistakesPage", "Image {index}: label {label}, A predicts {a} ({a_share}), B predicts {b} ({b_share})"
    ).format(index=index, label=label, a=said[0], a_share=percent(shares[0]), b=said[1], b_share=percent(shares[1]))
    return Caption(translate("MistakesPage", "label {label}").format(label=label), *a, sentence, b)


class MistakesPage(QWidget):
    """A button with a count for each group of images, and a gallery. ``sampleAsked(Sample)`` follows a click on an
    image."""

    sampleAsked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.predicted = BothPredicted(self)
        self.predicted.changed.connect(self._follow)
        self.predicted.failed.connect(self._fail)
        self._dataset: Dataset | None = None
        self._moments: tuple[Moment, Moment] | None = None
        """The moments whose mistakes are shown or awaited."""
        self._shown: tuple[object, ...] = ()
        self._failure = ""
        self._group: Group = "a"
        self.gallery = Gallery(theme)
        self.gallery.asked.connect(self._ask)
        self._facts, self._why = PlainLabel(), PlainLabel()
        self._why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._why.setWordWrap(True)
        for label in (self._facts, self._why):
            label.setProperty("role", "muted")
        head = QHBoxLayout()
        head.setSpacing(6)
        group_of_buttons = QButtonGroup(self)
        self.buttons: dict[Group, QToolButton] = {}
        for name in GROUPS:
            button = self.buttons[name] = QToolButton()
            button.setCheckable(True)
            button.clicked.connect(partial(self.show_group, name))
            group_of_buttons.addButton(button)
            head.addWidget(button)
        self.buttons["a"].setChecked(True)
        head.addWidget(self._facts)
        head.addStretch(1)
        found = QWidget()
        column = QVBoxLayout(found)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.gallery, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._why)
        self._stack.addWidget(found)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self._stack)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.gallery.set_theme(theme)

    def set_dataset(self, dataset: Dataset) -> None:
        """Predict the validation images of this dataset."""
        self._dataset = dataset

    def show_group(self, name: Group) -> None:
        """Show the images of a group."""
        self._group = name
        self.buttons[name].setChecked(True)
        self._follow()

    def show_sides(self, a: ObservedSide, b: ObservedSide) -> None:
        """Show the mistakes of both sides, and predict what is needed for that."""
        if a.loaded is None or b.loaded is None:
            self._moments = None
            return self._explain(a.failure or b.failure or self.tr("Loading …"))
        moments = (a.loaded.moment, b.loaded.moment)
        moving = any(not moment.settled and not moment.recorded for moment in moments)
        # while training goes on, each new moment would begin the predictions again
        if self._moments is None or not moving:
            self._moments = moments
        return self._follow()

    def text(self) -> str:
        """What is said instead of images; empty if there are images."""
        return self._why.text() if self._stack.currentWidget() is self._why else ""

    def _follow(self) -> None:
        images = None if self._dataset is None else self._dataset.validation
        if self._moments is None or images is None or not self.isVisible():
            return None
        if not len(images):
            return self._explain(self.tr("The project sets no validation images aside."))
        self.predicted.want(self._moments, images)
        a, b = (self.predicted.of(moment, images) for moment in self._moments)
        steps = self._moments[0].step, self._moments[1].step
        if a is None or b is None:
            share = self.predicted.progress
            waiting = self.tr("Predicting the validation images: {share}").format(share=percent(share or 0.0))
            return self._explain(waiting if share is not None else self._failure)
        return self._show(a, b, steps)

    def _show(self, a: Predictions, b: Predictions, steps: tuple[int, int]) -> None:
        assert self._dataset is not None
        if (a, b, self._group) == self._shown:
            return
        self._shown = (a, b, self._group)
        rows = {name: group(a, b, name) for name in GROUPS}
        titles = {
            "a": self.tr("only A is wrong: {count}"),
            "b": self.tr("only B is wrong: {count}"),
            "both": self.tr("both are wrong: {count}"),
        }
        for name, button in self.buttons.items():
            button.setText(titles[name].format(count=grouped(len(rows[name]))))
        right = [at_step(percent(predictions.accuracy), step) for predictions, step in zip((a, b), steps, strict=True)]
        facts = self.tr("of {count} validation images; right: A {a}, B {b}")
        self._facts.setText(facts.format(count=grouped(len(a)), a=right[0], b=right[1]))
        images = self._dataset.validation.images
        chosen, names = rows[self._group], self._dataset.classes
        self.gallery.show_images(a, chosen, images, names, lambda row: caption((a, b), int(chosen[row]), names))
        self._stack.setCurrentIndex(1)

    def _ask(self, index: int) -> None:
        if self._dataset is not None:
            split = self._dataset.validation
            self.sampleAsked.emit(Sample(split.images[index], int(split.labels[index]), index))

    def _fail(self, sentence: str) -> None:
        self._failure = sentence

    def _explain(self, why: str) -> None:
        self._shown = ()
        self.gallery.show_images(None, np.empty(0, np.int64), None, ())
        self._why.setText(why)
        self._stack.setCurrentWidget(self._why)
