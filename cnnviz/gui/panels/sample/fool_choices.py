"""The choices of an attack: method, norm, class and size."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.inspection.adversarial.attack import Attack, largest_size

FIRST_SIZE = 8
"""The first value of the largest size, in pixel units of 0 to 255."""


class FoolChoices(QWidget):
    """Boxes one below the other. ``changed`` follows another choice of the user."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method, self.norm, self.goal, self.limit = (ChoiceBox() for _ in range(4))
        self.method.addItem(self.tr("PGD: many steps"), "pgd")
        self.method.addItem(self.tr("FGSM: one step"), "fgsm")
        self.method.setAccessibleName(self.tr("Method of the attack"))
        self.norm.addItem(self.tr("each pixel (L∞)"), "linf")
        self.norm.addItem(self.tr("the whole (L2)"), "l2")
        self.norm.setAccessibleName(self.tr("What the size of the change limits"))
        self.goal.setAccessibleName(self.tr("Class that the network shall say"))
        self.limit.addItem(self.tr("smallest that works"), False)
        self.limit.addItem(self.tr("at most"), True)
        self.limit.setAccessibleName(self.tr("Size of the change"))
        self.most = NumberBox(1, 100_000, whole=True)
        self.most.set_value(FIRST_SIZE)
        self.most.setAccessibleName(self.tr("Largest size, in pixel units of 0 to 255"))
        sizes = QHBoxLayout()
        sizes.addWidget(self.limit, 1)
        sizes.addWidget(self.most)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for box in (self.method, self.norm, self.goal):
            column.addWidget(box)
        column.addLayout(sizes)
        for box in (self.method, self.norm, self.goal, self.limit):
            # the place may be narrow; a text that is too long is elided
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setToolTip(box.accessibleName())
            box.activated.connect(lambda _: self._change())
        self.most.setToolTip(self.most.accessibleName())
        self.most.edited.connect(lambda _: self._change())
        self.most.hide()
        self.set_names(())

    def set_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        chosen = self.goal.currentData()
        self.goal.clear()
        self.goal.addItem(self.tr("any other class"), None)
        for number, name in enumerate(names):
            self.goal.addItem(self.tr("towards {name}").format(name=name), number)
        self.goal.setCurrentIndex(max(0, self.goal.findData(chosen)))

    def set_size(self, size: int) -> None:
        """Allow a change of at most this size, as if the user had chosen it."""
        self.most.set_value(size)
        self.limit.setCurrentIndex(self.limit.findData(True))
        self._change()

    def attack(self, shape: tuple[int, ...]) -> Attack:
        """The chosen attack on an image of this shape, (C, H, W)."""
        norm = self.norm.currentData()
        size = min(int(self.most.value()), largest_size(norm, shape)) if self.limit.currentData() else None
        return Attack(self.method.currentData(), norm, size, self.goal.currentData())

    def _change(self) -> None:
        self.most.setVisible(bool(self.limit.currentData()))
        self.changed.emit()
