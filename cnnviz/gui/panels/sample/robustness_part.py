"""The accuracy over the size of a change as a curve, measured on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.localized import grouped, percent
from cnnviz.gui.panels.sample import fool_words
from cnnviz.gui.run.robustness import COUNTS
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.layer_curve import LayerCurve
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.inspection.adversarial.attack import Attack

if TYPE_CHECKING:
    from cnnviz.gui.run.robustness import RobustnessStudy
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.adversarial.attack import Method, Norm

CURVE_HEIGHT = 110
"""In pixels."""


class RobustnessPart(QWidget):
    """The curve, a sentence about it, and the button that starts ``study``.

    ``sizeChosen(int)`` follows a click on a size above 0; ``said(str)`` tells what was saved.
    """

    sizeChosen = Signal(int)
    said = Signal(str)

    def __init__(self, study: RobustnessStudy, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._attack = Attack()
        self.count = ChoiceBox()
        for count in COUNTS:
            self.count.addItem(self.tr("of {count}").format(count=grouped(count)), count)
        self.count.setAccessibleName(self.tr("Number of validation images that are attacked"))
        self.count.setToolTip(self.count.accessibleName())
        self.count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.start = QPushButton()
        self.start.setToolTip(self.tr("Attack these validation images at growing sizes, and count how many stay right"))
        self.title = MutedLabel(self.tr("Accuracy on validation images over the size of the change"))
        self.curve = LayerCurve(theme)
        self.curve.setFixedHeight(CURVE_HEIGHT)
        self.curve.setAccessibleName(self.tr("Accuracy over the size of the change"))
        self.words = MutedLabel()
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.title)
        column.addLayout(row)
        column.addWidget(self.curve)
        column.addWidget(self.words)
        self.count.activated.connect(lambda _: self._choose())
        self.start.clicked.connect(self._start)
        self.curve.chosen.connect(self._click)
        self.menu = PictureMenu(
            self.curve, self.curve.accessibleName(), lambda: "robustness" if study.latest else "", {"csv": self.as_csv}
        )
        self.menu.message.connect(self.said)
        study.changed.connect(self._show)
        study.progressed.connect(self._show_progress)
        study.failed.connect(self._fail)
        self._show()

    def choose(self, method: Method, norm: Norm) -> None:
        """Measure with this method and norm when asked to."""
        self._attack = Attack(method, norm)
        self._choose()

    def stop(self) -> None:
        """Cancel the study."""
        self._study.cancel()
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.curve.set_theme(theme)

    def as_csv(self) -> str:
        """The number of images that stay right at each size, as CSV."""
        found = self._study.latest
        assert found is not None
        lines = [f"{size},{right},{found.images}" for size, right in zip(found.sizes, found.right, strict=True)]
        return "\n".join(["size,right,images", *lines]) + "\n"

    def _choose(self) -> None:
        subject = (self._attack, int(self.count.currentData()))
        if subject != self._study.subject:
            self._study.cancel()
            self._study.choose(subject)
            self._study.find()
            self._show()

    def _start(self) -> None:
        """Start the study, or cancel it."""
        if self._study.measuring:
            self.stop()
        else:
            self._study.renew()
            self._show()

    def _show(self) -> None:
        measuring = self._study.measuring
        found = self._study.growing or self._study.latest
        self.start.setText(self.tr("Cancel") if measuring else self.tr("Measure"))
        empty = self._study.dataset is not None and self._study.images is None
        self.start.setEnabled(not empty and (measuring or found is None or self._study.outdated))
        self.curve.setVisible(found is not None)
        if found is not None:
            self.curve.show_values(tuple(map(str, found.sizes)), found.accuracy, "")
        if not measuring:
            nothing = (
                self.tr("There are no validation images. Set some aside on the data page to measure this.")
                if empty
                else ""
            )
            self.words.setText(nothing if found is None else fool_words.accuracy(found))
        self.words.setVisible(bool(self.words.text()))

    def _show_progress(self, done: int, total: int) -> None:
        if self._study.growing is not None:
            self._show()
        self.words.setText(self.tr("Attacking the images: {share}").format(share=percent(done / max(1, total))))
        self.words.show()
        self.start.setText(self.tr("Cancel"))
        self.start.setEnabled(True)

    def _fail(self, sentence: str) -> None:
        self._show()
        self.words.setText(sentence)
        self.words.show()

    def _click(self, size: str) -> None:
        self.curve.set_current(size)
        if int(size):
            self.sizeChosen.emit(int(size))
