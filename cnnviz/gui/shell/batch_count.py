"""The entry of a menu that trains any number of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget, QWidgetAction

from cnnviz.gui.localized import grouped
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.restyling import restyle

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu

USUAL_BATCHES, MOST_BATCHES = 50, 1_000_000


class BatchCount(QWidget):
    """A field and a button at the end of ``menu``; ``asked(count)`` asks to train ``count`` batches.

    The button is enabled while ``batch``, the action that trains one batch, is.
    """

    asked = Signal(int)

    def __init__(self, menu: QMenu, batch: QAction) -> None:
        super().__init__()
        self._menu = menu
        self.box = NumberBox(1, MOST_BATCHES, whole=True)
        self.box.set_value(USUAL_BATCHES)
        self.box.setAccessibleName(self.tr("Number of batches"))
        train = QPushButton(self.tr("Train"))
        train.setEnabled(batch.isEnabled())
        batch.enabledChanged.connect(train.setEnabled)
        train.clicked.connect(self._ask)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 8, 4)
        for place, part in enumerate((self.box, PlainLabel(self.tr("batches")), train)):
            grid.addWidget(part, 0, place)
        # always visible, because an open menu does not grow
        self._allowed = PlainLabel(self.tr("A whole number from 1 to {most}.").format(most=grouped(MOST_BATCHES)))
        grid.addWidget(self._allowed, 1, 0, 1, 3)
        self.box.typed.judged.connect(self._judge)
        self._judge(ok=True)
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(self)
        menu.addSeparator()
        menu.addAction(holder)

    def _ask(self) -> None:
        if self.box.typed.apply():
            self._menu.close()
            self.asked.emit(int(self.box.value()))

    def _judge(self, ok: bool) -> None:
        restyle(self._allowed, "role", "muted" if ok else "error")
        self.box.setAccessibleDescription("" if ok else self._allowed.text())
