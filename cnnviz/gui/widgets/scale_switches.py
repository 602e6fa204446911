"""The switches of the scales on which curves of loss and accuracy are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from cnnviz.gui.widgets.accuracy_scale import AccuracyScale

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LOWEST_MAGNIFIED = 0.9
"""The accuracy at the bottom of a magnified axis."""


class ScaleSwitches(QObject):
    """Two buttons, ``log`` and ``high``, for whoever lays them out; ``changed`` follows another choice."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.log = _switch(self.tr("Log"), self.tr("Loss on a logarithmic scale"), parent)
        self.high = _switch(self.tr("90–100 %"), self.tr("Accuracy from 90 to 100 %"), parent)
        self.switches = (self.log, self.high)
        for switch in self.switches:
            switch.toggled.connect(lambda _: self.changed.emit())

    @property
    def logarithmic(self) -> bool:
        """Whether the scale of the loss is logarithmic."""
        return self.log.isChecked()

    @property
    def accuracy(self) -> AccuracyScale:
        """The scale of the accuracy."""
        return AccuracyScale(LOWEST_MAGNIFIED if self.high.isChecked() else 0.0)

    def actions(self, parent: QObject) -> list[QAction]:
        """The switches as actions of a menu."""
        actions = []
        for switch in self.switches:
            action = QAction(switch.toolTip(), parent)
            action.setCheckable(True)
            action.setChecked(switch.isChecked())
            action.toggled.connect(switch.setChecked)
            switch.toggled.connect(action.setChecked)
            actions.append(action)
        return actions


def _switch(text: str, tip: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setCheckable(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
