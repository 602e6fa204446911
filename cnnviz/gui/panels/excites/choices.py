"""The controls that choose a map of the layer, and which images of it are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.segments import Segments

if TYPE_CHECKING:
    from cnnviz.inspection.studies.excitation import Order


class Choices(QWidget):
    """``channelChosen(number)`` and ``orderChosen(order)`` follow choices of the user, ``patchesTurned`` the button
    that shows only the parts of images that values see."""

    channelChosen = Signal(int)
    orderChosen = Signal(str)
    patchesTurned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self.box = ChoiceBox()
        self.box.setAccessibleName(self.tr("Map or value"))
        self.box.currentIndexChanged.connect(self.channelChosen)
        self.before, self.after = QPushButton("‹"), QPushButton("›")
        for button, by, name in (
            (self.before, -1, self.tr("Previous map or value")),
            (self.after, 1, self.tr("Next map or value")),
        ):
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _checked=False, by=by: self.box.setCurrentIndex(self.box.currentIndex() + by))
        self.patches = QPushButton(self.tr("Patches"))
        self.patches.setCheckable(True)
        self.patches.setToolTip(self.tr("Show only the part of each image that the value sees, enlarged"))
        self.patches.toggled.connect(lambda _: self.patchesTurned.emit())
        self.orders = Segments(self.tr("Which images are shown"))
        for identifier, title, tip in (
            ("strongest", self.tr("Strongest"), self.tr("The images with the largest values")),
            ("weakest", self.tr("Weakest"), self.tr("The images whose largest value is smallest")),
            ("lowest", self.tr("Lowest"), self.tr("The images with the lowest, most negative values")),
        ):
            self.orders.add(identifier, title, tip)
        self.orders.chosen.connect(self.orderChosen)
        row = QHBoxLayout()
        row.setSpacing(4)
        for control in (self.before, self.box, self.after):
            row.addWidget(control)
        row.addStretch()
        row.addWidget(self.patches)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.orders, 0, Qt.AlignmentFlag.AlignLeft)

    def show_channels(self, names: list[str], chosen: int) -> None:
        """Offer the maps with these names."""
        with QSignalBlocker(self.box):
            if names != self._names:
                self._names = names
                self.box.clear()
                self.box.addItems(names)
            self.box.setCurrentIndex(chosen)
        self.before.setEnabled(chosen > 0)
        self.after.setEnabled(chosen + 1 < len(names))

    def show_order(self, order: Order, *, lowest: bool) -> None:
        """Mark an order; ``lowest`` tells whether that order is offered."""
        self.orders.choose(order)
        self.orders.buttons()[-1].setVisible(lowest)
