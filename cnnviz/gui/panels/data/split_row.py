"""How the images are split, and how many of them are set aside for validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cnnviz.gui.panels.data import words
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from cnnviz.data.survey import Survey


class SplitRow(QWidget):
    """``changed(int)`` follows when the user sets another number of validation images aside."""

    changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said, self.label = ElidedLabel(), PlainLabel(self.tr("validation"))
        self.box = NumberBox(0, 1, whole=True)
        tip = self.tr("How many training images are set aside, to see how the network does on others. 0 is none.")
        for label in (self.said, self.label):
            label.setProperty("role", "muted")
        self.label.setToolTip(tip)
        self.box.setToolTip(tip)
        self.box.setAccessibleName(self.tr("Images for validation"))
        self._shown = 0
        self.box.gestureEnded.connect(self._end)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.said, 1)
        row.addWidget(self.label)
        row.addWidget(self.box)

    def show_split(self, found: Survey, *, editable: bool) -> None:
        """Show the numbers of a dataset; ``editable`` if the number of validation images is the user's."""
        dataset = found.dataset
        self.said.setText(words.left(found) if editable else words.split(found))
        self.box.set_limits(0, max(0, len(dataset.train) + len(dataset.validation) - 1))
        self.box.set_value(found.choice.validation)
        self._shown = found.choice.validation
        self.label.setVisible(editable)
        self.box.setVisible(editable)

    def _end(self) -> None:
        if (value := int(self.box.value())) != self._shown:
            self._shown = value
            self.changed.emit(value)
