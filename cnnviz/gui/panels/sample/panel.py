"""The Sample place: one image, and what the network says of it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.class_bars import Answer, ClassBars
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.picture_menu import Content, PictureMenu, as_npy
from cnnviz.gui.widgets.pixel_image import PixelImage
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.steady_label import Run, SteadyLine
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.moment import Sample
from cnnviz.network.layers import Input
from cnnviz.numerals import fixed, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network

ROOM_FOR_FOOT = 280
"""Pixels: in a lower panel the bars of the classes have the room of the foot."""


class SamplePanel(Panel):
    """Chooses an image of the dataset and shows the network's answer to it.

    ``sampleChosen(sample)`` follows the user and the first :meth:`set_images`, not :meth:`show_sample`.
    """

    sampleChosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._images: NDArray[np.uint8] | None = None
        self._labels: NDArray[np.int64] = np.empty(0, np.int64)
        self._names: tuple[str, ...] = ()
        self._sample: Sample | None = None
        self._network: Network | None = None
        self._mute = False
        """Whether the network cannot say anything of any sample."""
        self._random = random.Random()
        self._waiting = PlainLabel(self.tr("Loading MNIST …"))
        self._waiting.setProperty("role", "muted")
        self._waiting.setWordWrap(True)
        self.image = PixelImage(theme)
        self.image.setAccessibleName(self.tr("The sample; left and right choose its neighbours"))
        self.image.pointed.connect(self._point)
        self.image.stepped.connect(self.step)
        self.pick = ChoiceBox()
        self.pick.setToolTip(self.tr("Pick images of one class"))
        self.pick.setAccessibleName(self.pick.toolTip())
        self.pick.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.pick.setMinimumWidth(54)
        self.pick.activated.connect(self._picked)
        self.random = self._button(self.tr("Random image"))
        self.random.clicked.connect(self.choose_random)
        self.previous = self._button(self.tr("Previous image"))
        self.previous.clicked.connect(lambda: self.step(-1))
        self.next = self._button(self.tr("Next image"))
        self.next.clicked.connect(lambda: self.step(1))
        self._foot = QStackedWidget()
        """Notes on the answer, or the pixel that is pointed at."""
        self._pixel = PlainLabel()
        self._pixel.setProperty("role", "muted")
        self._says = SteadyLine()
        self.bars = ClassBars(theme)
        self._note = PlainLabel()
        self._note.setProperty("role", "muted")
        self._note.setWordWrap(True)
        font = self._note.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self._note.setFont(font)
        self._pixel.setFont(font)
        numbers: dict[str, Content] = {"npy": self._as_npy, "csv": self._as_csv}
        self.menu = PictureMenu(self, self.tr("Sample"), self._file_name, numbers)
        self.menu.failed.connect(self.message)
        self._lay_out()
        self.set_theme(theme)
        self._show_parts()

    def set_images(self, images: NDArray[np.uint8], labels: NDArray[np.int64], names: tuple[str, ...]) -> None:
        """Choose from these images: uint8 (N, C, H, W), their labels int64 (N,), and the names of the classes."""
        self._images, self._labels, self._names = images, labels, names
        self.pick.clear()
        self.pick.addItem(self.tr("any"), None)
        for number, name in enumerate(names):
            self.pick.addItem(name, number)
        self.bars.set_names(names)
        choice = self.tr("It must choose one of ten.") if len(names) == 10 else self.tr("It must choose one of {0:,}.")
        self._note.setText(self.tr("softmax · logit") + "\n" + choice.format(len(names)))
        if self._sample is None and len(images):
            self.choose(0)
        self._show_parts()

    def say_why_empty(self, sentence: str) -> None:
        """There are no images to choose from; ``sentence`` says why."""
        self._images, self._sample = None, None
        self._waiting.setText(sentence)
        self._show_parts()

    def show_sample(self, sample: Sample) -> None:
        """Show a sample that was chosen elsewhere, without :attr:`sampleChosen`."""
        if sample is not self._sample:
            self._sample = sample
            self.image.show_pixels(sample.image)
            self._show_parts()
            self._answer(None)

    def questions(self) -> Questions:
        """What the network says, while the place is on screen."""
        return frozenset({NetworkOutput()}) if self.isVisible() else frozenset()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the answer of the network, where it is one to the sample on screen."""
        self._network, self._mute = snapshot.network, False
        said = snapshot.answer(NetworkOutput())
        if snapshot.sample is not self._sample or said is None:
            return
        pairs = zip(said.probabilities.tolist(), said.logits.tolist(), strict=True)
        self._answer(tuple(pairs))

    def clear_snapshot(self) -> None:
        """There is no answer, and none to be waited for."""
        self._mute = True
        self._answer(None)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.image.set_theme(theme)
        self.bars.set_theme(theme)
        self._says.set_ground(theme.surface)
        for button, name in (
            (self.random, "shuffle-variant"),
            (self.previous, "chevron-left"),
            (self.next, "chevron-right"),
        ):
            button.setIcon(icon(name, theme.text))
        self._answer(self.bars.answer())

    def sample(self) -> Sample | None:
        """The sample on screen."""
        return self._sample

    def choose(self, index: int) -> None:
        """Take the image with this number."""
        if self._images is None:
            return
        sample = Sample(self._images[index], int(self._labels[index]), index)
        self.show_sample(sample)
        self.sampleChosen.emit(sample)

    def step(self, by: int) -> None:
        """The next or the previous image of the class that is picked; goes round at the ends."""
        numbers = self._pickable()
        if not numbers.size:
            return
        now = self._sample.index if self._sample is not None and self._sample.index is not None else -1
        place = np.searchsorted(numbers, now, side="right" if by > 0 else "left") + (by - 1 if by > 0 else by)
        self.choose(int(numbers[place % numbers.size]))

    def choose_random(self) -> None:
        """Any image of the class that is picked."""
        numbers = self._pickable()
        if numbers.size:
            self.choose(int(numbers[self._random.randrange(numbers.size)]))

    def says(self) -> str:
        """The line of label and answer, as rich text."""
        return self._says.rich_text()

    def pixel_text(self) -> str:
        """The line that reads the pixel pointed at."""
        return self._pixel.text()

    def _file_name(self) -> str:
        if self._sample is None:
            return ""
        return "sample" if self._sample.index is None else f"sample-{self._sample.index}"

    def _as_npy(self) -> bytes:
        assert self._sample is not None
        return as_npy(self._sample.image)

    def _as_csv(self) -> str:
        """What the network says of each class."""
        lines = [
            f"{self._name(label)},{share!r},{logit!r}" for label, (share, logit) in enumerate(self.bars.answer() or ())
        ]
        return "\n".join(["class,probability,logit", *lines]) + "\n"

    def _pickable(self) -> NDArray[np.intp]:
        wanted = self.pick.currentData()
        if wanted is None:
            return np.arange(len(self._labels))
        return np.flatnonzero(self._labels == wanted)

    def _picked(self) -> None:
        wanted = self.pick.currentData()
        if wanted is not None and (self._sample is None or self._sample.label != wanted):
            self.step(1)

    def _answer(self, answer: Answer | None) -> None:
        self.bars.show_answer(answer)
        runs: list[Run] = []
        sample = self._sample
        if sample is not None and sample.label is not None:
            runs += _around(self.tr("label {name}"), Run(self._name(sample.label), self._theme.text))
        if answer:
            best = max(range(len(answer)), key=lambda place: answer[place][0])
            right = sample is None or sample.label is None or sample.label == best
            said = self.tr("says {name} {share}").replace("{share}", percent(answer[best][0]))
            runs += [Run(" · ")] if runs else []
            runs += _around(said, Run(self._name(best), self._theme.good if right else self._theme.error))
        elif self._mute and runs:
            runs.append(Run(" · " + self.tr("no answer yet")))
        self._says.set_runs(runs)

    def _name(self, label: int) -> str:
        return self._names[label] if label < len(self._names) else str(label)

    def _point(self, row: int, column: int) -> None:
        sample = self._sample
        if sample is None or row < 0:
            self._pixel.clear()
            self._foot.setCurrentWidget(self._note)
            return
        raw = [int(value) for value in sample.image[:, row, column]]
        normal = [fixed(value, 3) for value in self._normalized(raw)]
        seen = self.tr("the network sees {values}").format(values=", ".join(normal)) if normal else ""
        where = self.tr("row {row}, column {column}").format(row=row, column=column)
        self._foot.setCurrentWidget(self._pixel)
        self._pixel.setText(f"{where}: {', '.join(map(str, raw))}" + (f"\n{seen}" if seen else ""))

    def _normalized(self, raw: list[int]) -> list[float]:
        """The pixel as the network sees it."""
        starts = self._network.of_kind(Input) if self._network is not None else ()
        if self._network is None or not starts:
            return []
        layer = self._network[starts[0]]
        assert isinstance(layer, Input)
        means, stds = (part * len(raw) if len(part) == 1 else part for part in (layer.mean, layer.std))
        return [(value / 255 - mean) / std for value, mean, std in zip(raw, means, stds, strict=False)]

    def _show_parts(self) -> None:
        there = self._sample is not None
        self._waiting.setVisible(not there)
        answer: tuple[QWidget, ...] = (self.image, self._says, self.bars, self._foot)
        for part in answer:
            part.setVisible(there)
        for control in (self.pick, self.random, self.previous, self.next):
            control.setVisible(self._images is not None)
        self._fit_image()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The foot and the image give way first, so that every class keeps its bar."""
        super().resizeEvent(event)
        self._foot.setVisible(self.height() >= ROOM_FOR_FOOT)
        self._fit_image()

    def _fit_image(self) -> None:
        rest = self._column.minimumSize().height() - self.image.minimumSizeHint().height()
        self.image.fit(self.width(), self.height() - rest)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setStyleSheet("padding: 4px 3px;")
        button.setMinimumWidth(28)
        return button

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setSpacing(4)
        controls.addWidget(self.pick, 1)
        for button in (self.random, self.previous, self.next):
            controls.addWidget(button)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        column.addWidget(self._waiting)
        column.addWidget(self.image)
        column.addLayout(controls)
        column.addWidget(self._says)
        column.addWidget(self.bars)
        self._foot.addWidget(self._note)
        self._foot.addWidget(self._pixel)
        self._foot.setFixedHeight(2 * self._pixel.fontMetrics().lineSpacing() + 2)
        column.addWidget(self._foot)
        column.addStretch(1)


def _around(sentence: str, name: Run) -> list[Run]:
    """A sentence in pieces, with a name where it has ``{name}``."""
    before, _, after = sentence.partition("{name}")
    return [Run(before), name, Run(after)]
