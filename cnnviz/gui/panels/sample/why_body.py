"""The content of the section WHY: two classes side by side, each with the pixels that moved its logit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.localized import fixed, grouped, percent
from cnnviz.gui.panels.sample import why_words
from cnnviz.gui.panels.sample.attribution_image import LEAST_BAR, AttributionImage, limit_of
from cnnviz.gui.panels.sample.damage_part import MNIST_SIDE
from cnnviz.gui.panels.sample.late_section import Body
from cnnviz.gui.panels.sample.result_moment import ResultMoment
from cnnviz.gui.panels.sample.why_check import WhyCheck
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.kept_room import say, say_meanwhile
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.picture_menu import PictureMenu, as_csv
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.inspection.arrays import as_npy
from cnnviz.inspection.studies.explanation import METHODS, SIDE, SIDES, Asked, layers_with_maps, sides_for

if TYPE_CHECKING:
    from cnnviz.gui.panels.sample.state import SampleState
    from cnnviz.gui.run.explaining import Explaining
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.studies.explanation import Explanation, Method

SAYS, OTHER = -1, -2
"""Choices of a class: what the network says; the label of the sample or, if that is what the network says, its second
choice."""


class WhyBody(Body):
    """Asks ``study`` while the section is open. ``grown(QWidget)`` follows when a part has a result to be seen."""

    grown = Signal(object)

    def __init__(self, study: Explaining, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._open = False
        self._awaited = False
        """Whether the section was unfolded, and has shown no result since."""
        self._sample: Sample | None = None
        self._state: SampleState | None = None
        self._snapshot: Snapshot | None = None
        self._names: tuple[str, ...] = ()
        self._found: tuple[Explanation, ...] = ()
        self.method, self.other, self.layer, self.side = (ChoiceBox() for _ in range(4))
        self.other.addItem(self.tr("Both by one method"), None)
        for box in (self.method, self.other):
            for method in METHODS:
                title = QCoreApplication.translate("methods", why_words.TITLES[method])
                box.addItem(title if box is self.method else self.tr("Second: {method}").format(method=title), method)
        self.method.setAccessibleName(self.tr("Method of explanation"))
        self.other.setAccessibleName(self.tr("Method of the second explanation"))
        self.other.setToolTip(self.tr("Compare two methods: choose another one for the second picture"))
        self.layer.setAccessibleName(self.tr("Layer whose maps Grad-CAM weighs"))
        self.layer.setToolTip(self.layer.accessibleName())
        self.side.setAccessibleName(self.tr("Side of the black square in pixels"))
        self.side.setToolTip(self.side.accessibleName())
        self._set_sides(MNIST_SIDE)
        self.moment = ResultMoment()
        self.classes = (ChoiceBox(), ChoiceBox())
        self.classes[0].setAccessibleName(self.tr("First class that is explained"))
        self.classes[1].setAccessibleName(self.tr("Second class that is explained"))
        self.pictures = (AttributionImage(theme), AttributionImage(theme))
        self.sums = (MutedLabel(), MutedLabel())
        self.bar = ColourBar(theme)
        self.bar.setMinimumWidth(LEAST_BAR)
        self.over = QCheckBox(self.tr("Over the image"))
        self.over.setToolTip(
            self.tr("Blend the colours over the image. Else they stand alone, beside the image above.")
        )
        self.words, self.note = MutedLabel(), MutedLabel()
        self.legend = MutedLabel()
        self.warning = PlainLabel()
        self.warning.setProperty("role", "warning")
        self.warning.setWordWrap(True)
        self.warning.hide()
        self.checking = WhyCheck(study, self._asked)
        self.check, self.verdict = self.checking.button, self.checking.verdict
        self.note.setText(self.tr("It shows which pixels moved the number, not a reason."))
        self._lay_out()
        for box in (self.method, self.other, self.layer, self.side, *self.classes):
            box.activated.connect(lambda _: self._ask())
        for picture in self.pictures:
            picture.pointed.connect(self._point)
            self.over.toggled.connect(picture.set_over)
        study.answered.connect(self._show)
        study.failed.connect(self._fail)
        self.checking.grown.connect(lambda: self.grown.emit(self.checking))
        study.progressed.connect(self._show_share)
        self.menu = PictureMenu(self, self.tr("Why"), self._file_name, {"csv": self._as_csv, "npy": self._as_npy})
        self.set_names(())

    def first(self) -> QWidget:
        """See :meth:`Body.first`."""
        return self.method

    def result(self) -> tuple[QWidget, QWidget]:
        """See :meth:`Body.result`: the pictures and their scale, or what is said in their place."""
        if self._state is None or not self.targets():
            return self.words, self.words
        return self.classes[0], self.sums[0] if self.legend.isHidden() else self.legend

    def set_open(self, open_: bool) -> None:
        """Explain from now on, or stop."""
        self._open, self._awaited = open_, open_
        self._ask()

    def set_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        self._names = names
        for box, first in zip(self.classes, (SAYS, OTHER), strict=True):
            chosen = box.currentData()
            box.clear()
            box.addItem("", first)
            for number, name in enumerate(names):
                box.addItem(self.tr("for {name}").format(name=name), number)
            box.setCurrentIndex(max(0, box.findData(chosen)))
        self._name_choices()

    def follow(self, sample: Sample | None, state: SampleState | None, snapshot: Snapshot | None) -> None:
        """Explain this sample; see :meth:`Body.follow`."""
        if sample is not self._sample:
            self.checking.forget()
            self.moment.mark_other_image()
            if sample is not None:
                self._set_sides(min(sample.image.shape[1:]))
        self._sample, self._state = sample, state
        self._name_choices()
        if snapshot is not None and snapshot.moment is not None:
            if self._snapshot is None or snapshot.network is not self._snapshot.network:
                self._set_layers(layers_with_maps(snapshot.moment))
            self._snapshot = snapshot
            self.moment.set_shown(snapshot.moment)
            if self.moment.foreign:
                self.checking.forget()
                self._take_away(self.tr("Explaining …"))
        self._ask()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.bar.set_theme(theme)
        for picture in self.pictures:
            picture.set_theme(theme)

    def targets(self) -> tuple[int, ...]:
        """The classes that are explained; none if the network has said nothing of the sample."""
        meant = self._meant()
        if meant is None:
            return ()
        chosen = (box.currentData() for box in self.classes)
        return tuple(meant[choice] if choice < 0 else choice for choice in chosen)

    def _meant(self) -> dict[int, int] | None:
        """The classes that :data:`SAYS` and :data:`OTHER` stand for; None if the network has said nothing."""
        state = self._state
        if state is None or not state.answer:
            return None
        answer, label = state.answer, state.label
        ranked = sorted(range(len(answer)), key=lambda label: -answer[label][0])
        wrong = label is not None and label < len(answer) and label != ranked[0]
        return {SAYS: ranked[0], OTHER: label if wrong and label is not None else ranked[min(1, len(ranked) - 1)]}

    def _name_choices(self) -> None:
        """Name the first choice of each box: the class that the network says, and the label or its second choice."""
        meant = self._meant()
        if meant is None:
            texts = self.tr("says …"), self.tr("next …")
        else:
            label = self._state is not None and meant[OTHER] == self._state.label
            other = self._name(meant[OTHER])
            texts = (
                self.tr("says {name}").format(name=self._name(meant[SAYS])),
                self.tr("label {name}").format(name=other) if label else self.tr("next {name}").format(name=other),
            )
        for box, text in zip(self.classes, texts, strict=True):
            box.setItemText(0, text)

    def _set_layers(self, layers: tuple[str, ...]) -> None:
        before = self.layer.currentText()
        self.layer.clear()
        self.layer.addItems(list(layers))
        self.layer.setCurrentText(before if before in layers else layers[-1] if layers else "")

    def _set_sides(self, length: int) -> None:
        """Offer sides for an image with sides of so many pixels."""
        sides = sides_for(length)
        if [self.side.itemData(at) for at in range(self.side.count())] != list(sides):
            chosen = self.side.currentIndex()
            self.side.clear()
            for side in sides:
                self.side.addItem(f"{side}×{side}", side)
            self.side.setCurrentIndex(chosen if chosen >= 0 else SIDES.index(SIDE))

    def methods(self) -> tuple[Method, Method]:
        """The methods of both pictures."""
        first = self.method.currentData()
        return first, self.other.currentData() or first

    def _asked(self) -> tuple[Asked, ...]:
        methods, layer = self.methods(), self.layer.currentText()
        if not self._open or ("grad_cam" in methods and not layer):
            return ()
        side = int(self.side.currentData())
        return tuple(
            Asked(method, target, layer if method == "grad_cam" else "", side if method == "occlusion" else SIDE)
            for method, target in zip(methods, self.targets(), strict=False)
        )

    def _ask(self) -> None:
        self.layer.setVisible("grad_cam" in self.methods())
        self.side.setVisible("occlusion" in self.methods())
        asked = self._asked()
        if self._found and asked and tuple(explanation.asked for explanation in self._found) != asked:
            self.checking.forget()
        self.check.setEnabled(bool(asked))
        self._study.ask(asked or None)
        if self._open and not asked:
            self._clear(self.tr("There is nothing to explain until the network has said something of a sample."))

    def _show(self, found: tuple[Explanation, ...], moment: Moment) -> None:
        if not self._open or tuple(explanation.asked for explanation in found) != self._asked():
            return
        self._found = found
        self.moment.set_made(moment)
        alike = len({explanation.asked.method for explanation in found}) == 1
        limits = [limit_of(each.values for each in (found if alike else (explanation,))) for explanation in found]
        image = None if self._sample is None else self._sample.image
        for at, picture in enumerate(self.pictures):
            explanation = found[at] if at < len(found) else None
            picture.setVisible(explanation is not None)
            self.sums[at].setVisible(explanation is not None)
            if explanation is None:
                continue
            picture.show_values(explanation.values, limits[at], image, signed=explanation.signed)
            name = self._name(explanation.asked.target)
            picture.setAccessibleName(self.tr("Pixels that moved the number for {name}").format(name=name))
            say(self.sums[at], why_words.numbers(explanation, self._name))
        self.bar.setVisible(alike)
        self.bar.set_scale(limits[0], found[0].signed)
        self.legend.setText(why_words.legend(found[0].asked.method))
        self.legend.setVisible(alike)
        say(self.words, why_words.meaning(found, self._name))
        warning = why_words.warning(found, self._name)
        self.warning.setText(warning)
        self.warning.setVisible(bool(warning))
        if self._awaited:
            self._awaited = False
            self.arrived.emit()

    def _show_share(self, share: float) -> None:
        """Say how far an explanation that takes long is, unless an older one of the same question is on screen."""
        if tuple(explanation.asked for explanation in self._found) != self._asked():
            say(self.words, self.tr("Explaining: {share}").format(share=percent(share)))

    def _fail(self, sentence: str, moment: Moment) -> None:
        self._clear(self.tr("At step {step}: {sentence}").format(step=grouped(moment.step), sentence=sentence))
        self.moment.set_made(moment)

    def _clear(self, sentence: str) -> None:
        self._take_away(sentence)
        for label in (*self.sums, self.words):
            label.setMinimumHeight(0)
        for part in (self.bar, self.legend, self.warning):
            part.hide()

    def _take_away(self, sentence: str) -> None:
        """Remove the numbers of a result, and keep the scale and its legend for the next one."""
        self._found = ()
        self.moment.set_made(None)
        for picture, total in zip(self.pictures, self.sums, strict=True):
            picture.show_values(None, 1.0, None, signed=True)
            say_meanwhile(total, "")
        say_meanwhile(self.words, sentence)

    def _point(self, row: int, column: int) -> None:
        if row < 0 or not self._found:
            if self._found:
                say(self.words, why_words.meaning(self._found, self._name))
            return
        place = self.tr("row {row}, column {column}").format(row=row, column=column)
        values = [
            self.tr("{value} for {name}").format(
                value=fixed(float(explanation.values[row, column]), 4, True), name=self._name(explanation.asked.target)
            )
            for explanation in self._found
        ]
        say_meanwhile(self.words, f"{place}: {', '.join(values)}")

    def _file_name(self) -> str:
        return (
            "-".join(
                ["why", *(f"{explanation.asked.method}-{explanation.asked.target}" for explanation in self._found)]
            )
            if self._found
            else ""
        )

    def _as_csv(self) -> str:
        return as_csv(
            ("picture", "row", "column", "value"), np.stack([explanation.values for explanation in self._found])
        )

    def _as_npy(self) -> bytes:
        return as_npy(np.stack([explanation.values for explanation in self._found]))

    def _name(self, label: int) -> str:
        return class_name(self._names, label)

    def _lay_out(self) -> None:
        # the place may be narrow; a text that is too long is elided
        for chooser in (self.method, self.other, self.layer, self.side, *self.classes):
            chooser.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for chooser in (self.method, self.layer, self.side):
            column.addWidget(chooser)
        column.addWidget(self.moment)
        pair = QHBoxLayout()
        pair.setSpacing(8)
        for box, picture, total in zip(self.classes, self.pictures, self.sums, strict=True):
            cell = QVBoxLayout()
            cell.setSpacing(3)
            for part in (box, picture, total):
                cell.addWidget(part)
            pair.addLayout(cell, 1)
        column.addLayout(pair)
        column.addWidget(self.warning)
        column.addWidget(self.bar)
        column.addWidget(self.legend)
        column.addWidget(self.words)
        column.addWidget(self.note)
        column.addWidget(self.checking)
        column.addWidget(self.over)
        column.addWidget(self.other)
