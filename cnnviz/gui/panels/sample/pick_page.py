"""The page that picks a sample from the data."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.panels.sample.small_button import small_button
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.pixel_image import LEAST_SIDE, PixelImage
from cnnviz.inspection.moment import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.gui.theme import Theme


GAP, ABOVE_CONTROLS = 8, 7
"""Pixels between the image and a widget beside it, and between the image and the controls."""


class PickPage(QWidget):
    """Shows an image of the dataset, and buttons that go to other images; ``chosen(sample)`` follows each choice."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: NDArray[np.uint8] | None = None
        self._labels: NDArray[np.int64] = np.empty(0, np.int64)
        self._random = random.Random()
        self._beside: QWidget | None = None
        self.current: Sample | None = None
        """The last chosen sample, undamaged."""
        self.image = PixelImage(theme)
        self.image.setAccessibleName(
            self.tr("The sample; left and right choose its neighbours, Shift with arrows points at its pixels")
        )
        self.image.stepped.connect(self.step)
        self.pick = ChoiceBox()
        self.pick.setToolTip(self.tr("Pick images of one class"))
        self.pick.setAccessibleName(self.pick.toolTip())
        self.pick.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.pick.setMinimumWidth(54)
        self.pick.activated.connect(self._picked)
        self.random = small_button(self.tr("Random image"), self.choose_random)
        self.previous = small_button(self.tr("Previous image"), lambda: self.step(-1))
        self.next = small_button(self.tr("Next image"), lambda: self.step(1))
        controls = QHBoxLayout()
        controls.setSpacing(4)
        controls.addWidget(self.pick, 1)
        for button in (self.random, self.previous, self.next):
            controls.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ABOVE_CONTROLS)
        self._row = QHBoxLayout()
        self._row.setSpacing(GAP)
        self._row.addWidget(self.image)
        column.addLayout(self._row)
        column.addLayout(controls)
        self.set_theme(theme)
        self.remove_images()

    def set_images(self, images: NDArray[np.uint8], labels: NDArray[np.int64], names: tuple[str, ...]) -> None:
        """Pick from these images: uint8 (N, C, H, W), their labels int64 (N,), and the names of the classes."""
        self._images, self._labels = images, labels
        if self.current is not None and not _may_stay(self.current, images):
            self.current = None
        self.pick.clear()
        self.pick.addItem(self.tr("any"), None)
        for number, name in enumerate(names):
            self.pick.addItem(name, number)
        self._show_controls()

    def remove_images(self) -> None:
        """Remove the images and the buttons, because there is nothing to pick from."""
        self._images, self.current = None, None
        self.image.hide()
        self._show_controls()

    def show_image(self, image: NDArray[np.uint8]) -> None:
        """Show an image, uint8 (C, H, W)."""
        self.image.show_pixels(image)
        self.image.show()

    def fit(self, width: int, height: int) -> None:
        """Fit the image into this room, in pixels, with what stands beside it."""
        beside_width = 0 if self._beside is None else self._beside.minimumWidth() + GAP
        self.image.fit(width - beside_width, height - self._rest())

    def set_beside(self, widget: QWidget | None) -> None:
        """Put a widget to the right of the image; None if it was put elsewhere, which takes it out of this row."""
        self._beside = widget
        if widget is not None:
            self._row.addWidget(widget, 1)

    def least_height(self) -> int:
        """The height of the page with the smallest image, in pixels."""
        return self._rest() + LEAST_SIDE

    def _rest(self) -> int:
        return self.pick.sizeHint().height() + ABOVE_CONTROLS

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.image.set_theme(theme)
        for button, name in (
            (self.random, "shuffle-variant"),
            (self.previous, "chevron-left"),
            (self.next, "chevron-right"),
        ):
            button.setIcon(icon(name, theme.text))

    def choose(self, index: int) -> None:
        """Choose the image with this index."""
        if self._images is not None:
            self.current = Sample(self._images[index], int(self._labels[index]), index)
            self.chosen.emit(self.current)

    def step(self, by: int) -> None:
        """Go to the next or previous image of the chosen class; from the last to the first and back."""
        numbers = self._pickable()
        if not numbers.size:
            return
        now = self.current.index if self.current is not None and self.current.index is not None else -1
        # the first number after ``now``, or the last one before it; and further by the rest of ``by``
        place = np.searchsorted(numbers, now, side="right" if by > 0 else "left") + (by - 1 if by > 0 else by)
        self.choose(int(numbers[place % numbers.size]))

    def choose_random(self) -> None:
        """Choose a random image of the chosen class."""
        numbers = self._pickable()
        if numbers.size:
            self.choose(int(numbers[self._random.randrange(numbers.size)]))

    def _pickable(self) -> NDArray[np.intp]:
        label = self.pick.currentData()
        if label is None:
            return np.arange(len(self._labels))
        return np.flatnonzero(self._labels == label)

    def _picked(self) -> None:
        label = self.pick.currentData()
        if label is not None and (self.current is None or self.current.label != label):
            self.step(1)

    def _show_controls(self) -> None:
        for control in (self.pick, self.random, self.previous, self.next):
            control.setVisible(self._images is not None)


def _may_stay(sample: Sample, images: NDArray[np.uint8]) -> bool:
    """Whether a sample may stay after the validation images have become ``images``, uint8 (N, C, H, W).

    Its shape has to be theirs; a sample of the validation images has to be among them, at the same index.
    """
    if sample.image.shape != images.shape[1:]:
        return False
    if sample.index is None or sample.split != "validation":
        return True
    return sample.index < len(images) and np.array_equal(images[sample.index], sample.image)
