"""The content of the section FOOL IT: an adversarial version of the sample, its change, and the answers to both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.sample import fool_words
from cnnviz.gui.panels.sample.attribution_image import LEAST_BAR, MOST, AttributionImage
from cnnviz.gui.panels.sample.fool_choices import FoolChoices
from cnnviz.gui.panels.sample.fool_state import fool_state
from cnnviz.gui.panels.sample.fool_table import FoolTable
from cnnviz.gui.panels.sample.late_section import Body
from cnnviz.gui.panels.sample.result_moment import ResultMoment
from cnnviz.gui.panels.sample.robustness_part import RobustnessPart
from cnnviz.gui.widgets.class_names import class_name
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.kept_room import say, say_meanwhile
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.pixel_image import FILLED, PixelImage
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.inspection.arrays import as_npy

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.sample.state import SampleState
    from cnnviz.gui.run.fooling import Fooling
    from cnnviz.gui.run.robustness import RobustnessStudy
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.adversarial.attack import Adversarial, Attack
    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.snapshot import Snapshot

GAP = 8


class FoolBody(Body):
    """Asks ``study`` while the section is open. For the signals see :class:`FoolPart`."""

    used = Signal(object)
    compared = Signal(object)
    said = Signal(str)

    def __init__(
        self, study: Fooling, robustness: RobustnessStudy, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._study = study
        self._open = self._awaited = False
        """Whether the section was unfolded, and has shown no result since."""
        self._sample: Sample | None = None
        """The sample that is attacked, also while its changed image is the sample on screen."""
        self._applied: Sample | None = None
        """The sample made of the changed image, while it is on screen."""
        self._state: SampleState | None = None
        self._names: tuple[str, ...] = ()
        self._found: Adversarial | None = None
        self._pending: Attack | None = None
        """The attack whose result is awaited, or that failed, while no result is on screen."""
        self.choices, self.moment = FoolChoices(), ResultMoment()
        self.image, self.change = PixelImage(theme), AttributionImage(theme)
        self.image.setAccessibleName(self.tr("The changed image"))
        self.change.setAccessibleName(self.tr("The change of each pixel"))
        self.captions = (MutedLabel(self.tr("changed image")), MutedLabel(self.tr("the change alone")))
        self.bar = ColourBar(theme)
        self.bar.setMinimumWidth(LEAST_BAR)
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        self._grid = FoolTable()
        self.table = self._grid.lines
        self.use = QPushButton()
        self.compare = QPushButton(self.tr("Compare the layers"))
        self.compare.setToolTip(
            self.tr("Make the changed image the sample, and show at which layer it becomes different from the original")
        )
        self.stop = QPushButton(self.tr("Cancel"))
        self.stop.setToolTip(self.tr("Stop looking for a change; another choice above looks again"))
        self._stopped = False
        """Whether the user cancelled the search."""
        self.note = MutedLabel(
            self.tr(
                "A change that hardly anybody sees can make the network say another class. That is a weakness of the"
                " network, not a flaw of the picture."
            )
        )
        self.robustness = RobustnessPart(robustness, theme)
        self._lay_out()
        self.choices.changed.connect(self._follow_choice)
        self.change.pointed.connect(self._point)
        self.image.pointed.connect(self._point)
        self.use.clicked.connect(self._use)
        self.compare.clicked.connect(self._compare)
        self.stop.clicked.connect(self._stop)
        self.menu = PictureMenu(
            self.change, self.tr("The change of each pixel"), self._file_name, {"npy": self._change_as_npy}
        )
        self.menu.message.connect(self.said)
        self.robustness.said.connect(self.said)
        self.robustness.sizeChosen.connect(self.choices.set_size)
        study.answered.connect(self._show)
        study.progressed.connect(self._show_trial)
        study.failed.connect(self._fail)
        self._clear("")

    def first(self) -> QWidget:
        """See :meth:`Body.first`."""
        return self.choices.method

    def result(self) -> tuple[QWidget, QWidget]:
        """See :meth:`Body.result`: the pictures, the sentence and the table, or the sentence alone."""
        if self.attack() is None:
            return self.words, self.words
        return self.image, self.table[-1][0]

    def set_open(self, open_: bool) -> None:
        """See :meth:`Body.set_open`."""
        self._open, self._awaited = open_, open_
        if not open_:
            self.robustness.stop()
        self._ask()

    def set_names(self, names: tuple[str, ...]) -> None:
        """See :meth:`Body.set_names`."""
        self._names = names
        self.choices.set_names(names)

    def follow(self, sample: Sample | None, state: SampleState | None, snapshot: Snapshot | None) -> None:
        """See :meth:`Body.follow`."""
        if snapshot is not None:
            self.moment.set_shown(snapshot.moment)
        if self._applied is not None and sample is not None and sample.image is self._applied.image:
            return
        self._applied = None
        if sample is not self._sample:
            self._stopped = False
            self._enable(able=False)
            self.moment.mark_other_image()
        self._sample, self._state = sample, state
        if self.moment.foreign:
            self._clear("")
        self._name_button()
        self._ask()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Body.set_theme`."""
        for part in (self.image, self.change, self.bar, self.robustness):
            part.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: give both pictures half of the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        half = max(1, min(MOST, (self.width() - GAP) // 2))
        height, width = (1, 1) if self._found is None else self._found.image.shape[1:]
        whole_pixels = half // width * width
        # enlarged by a whole number if that fills most of the half
        across = whole_pixels if whole_pixels > FILLED * half else half
        for picture in (self.image, self.change):
            # a fixed width would keep the place from becoming narrower
            picture.setMinimumWidth(1)
            picture.setMaximumWidth(across)
            picture.setFixedHeight(max(1, round(across * height / width)))

    def attack(self) -> Attack | None:
        """The attack that is chosen; None if there is nothing to attack or the target is the answer already."""
        state, sample = self._state, self._sample
        if not self._open or self._stopped or state is None or not state.answer or sample is None:
            return None
        attack = self.choices.attack(sample.image.shape)
        return None if state.best is not None and attack.target == state.best else attack

    def _follow_choice(self) -> None:
        """Follow another choice of the user. It is an attack on the original, also while the changed image is shown."""
        self._stopped = False
        if self._applied is not None:
            # the answer to the original will follow, and then the attack
            self._use()
        else:
            self._ask()

    def _stop(self) -> None:
        self._stopped = True
        self._ask()

    def _ask(self) -> None:
        self.robustness.choose(self.choices.method.currentData(), self.choices.norm.currentData())
        if self._applied is not None:
            self._study.ask(None)
            return
        attack, state = self.attack(), self._state
        if attack is not None and self._found is None:
            # nothing below moves when the result comes
            self._show_results(shown=False, room=True)
            if attack != self._pending:
                say(self.words, self.tr("Looking for a change …"))
        self._pending = attack if self._found is None else None
        self._study.ask(attack)
        if self._open and attack is None:
            if self._stopped:
                self._clear(self.tr("Cancelled."))
            elif state is not None and state.best is not None:
                name = class_name(self._names, state.best)
                self._clear(self.tr("The network says {name} already. Choose another class.").format(name=name))
            else:
                self._clear(self.tr("There is nothing to fool until the network has said something of a sample."))

    def _show(self, found: Adversarial, moment: Moment) -> None:
        sample = self._sample
        if found.asked != self.attack() or sample is None or not np.array_equal(found.original, sample.image):
            return
        self._found = found
        self.moment.set_made(moment)
        state = fool_state(found, self._names)
        self.image.show_pixels(state.image)
        self.change.show_values(state.change, state.limit, None, signed=True)
        self.bar.set_scale(state.limit, signed=True)
        self._fit()
        self.stop.hide()
        self._show_results(shown=True, room=True)
        self._enable(able=True)
        say(self.words, fool_words.verdict(found, self._names))
        self._grid.show_rows(state.rows)
        if self._awaited:
            self._awaited = False
            self.arrived.emit()

    def _show_trial(self, size: int) -> None:
        """Show the size that is being tried, unless an older result of the same attack is on screen."""
        if self._found is None or self._found.asked != self.attack():
            say(self.words, self.tr("Trying changes of size {size} and more …").format(size=grouped(size)))
            if self.stop.isHidden():
                self.stop.show()
                if self._awaited:
                    # the button has moved the room of the result
                    self.arrived.emit()

    def _fail(self, sentence: str, moment: Moment) -> None:
        """Tell a failure with its step, as training goes on meanwhile."""
        if (attack := self.attack()) is not None:
            self._clear(self.tr("At step {step}: {sentence}").format(step=grouped(moment.step), sentence=sentence))
            self._show_results(shown=False, room=True)
            # hidden, but with the moment of another run the sentence goes away like a result
            self.moment.set_made(moment)
            # so that the sentence stays while the same attack is tried again
            self._pending = attack

    def _clear(self, sentence: str) -> None:
        self._found = self._pending = None
        self.moment.set_made(None)
        self._show_results(shown=False, room=False)
        self.stop.hide()
        say(self.words, sentence)

    def _show_results(self, *, shown: bool, room: bool) -> None:
        """Show or hide the parts of a result; hidden ones may keep their ``room``."""
        for part in self._results:
            policy = part.sizePolicy()
            if policy.retainSizeWhenHidden() != room:
                policy.setRetainSizeWhenHidden(room)
                part.setSizePolicy(policy)
            part.setVisible(shown)

    def _use(self) -> None:
        """Make the changed image the sample, or the original again."""
        sample, found = self._sample, self._found
        if self._applied is not None:
            self._applied = None
            self._name_button()
            self.used.emit(sample)
        elif sample is not None and found is not None:
            self._study.ask(None)
            self._applied = replace(sample, image=found.image, undamaged=found.original, unfinished=False)
            self._name_button()
            self.used.emit(self._applied)

    def _enable(self, *, able: bool) -> None:
        for button in (self.use, self.compare):
            button.setEnabled(able)

    def _compare(self) -> None:
        """Make the changed image the sample, and compare it with the original."""
        original = self._sample
        if self._applied is None:
            self._use()
        if original is not None and self._applied is not None:
            self.compared.emit(original)

    def _file_name(self) -> str:
        return "" if self._found is None else "adversarial-change"

    def _change_as_npy(self) -> bytes:
        assert self._found is not None
        return as_npy(self._found.change)

    def _name_button(self) -> None:
        applied = self._applied is not None
        self.use.setText(self.tr("Back to the original") if applied else self.tr("Make it the sample"))
        self.use.setToolTip(
            self.tr("Show the original sample in all places")
            if applied
            else self.tr("Show the changed image in all places: maps, microscope, Why")
        )

    def _point(self, row: int, column: int) -> None:
        found = self._found
        if found is None:
            return
        if row < 0:
            say(self.words, fool_words.verdict(found, self._names))
            return
        say_meanwhile(self.words, fool_words.of_pixel(found, row, column))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.choices)
        column.addWidget(self.moment)
        pair = QHBoxLayout()
        pair.setSpacing(GAP)
        for picture, caption in zip((self.image, self.change), self.captions, strict=True):
            picture_column = QVBoxLayout()
            picture_column.setSpacing(3)
            picture_column.addWidget(picture)
            picture_column.addWidget(caption)
            picture_column.addStretch(1)
            pair.addLayout(picture_column, 1)
        column.addLayout(pair)
        column.addWidget(self.bar)
        column.addWidget(self.words)
        column.addWidget(self.stop)
        column.addLayout(self._grid)
        column.addWidget(self.use)
        column.addWidget(self.compare)
        column.addWidget(self.note)
        column.addWidget(self.robustness)
        table = [label for labels in self.table for label in labels]
        pictures = self.moment, self.image, self.change, *self.captions, self.bar
        self._results: tuple[QWidget, ...] = (*pictures, *table, self.use, self.compare)
        self._name_button()
