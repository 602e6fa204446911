"""A control that chooses between present values and their change since a moment, and that holds a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.localized import grouped, memory
from cnnviz.gui.widgets.choice_box import ChoiceBox

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

NOW: Final = "now"
START: Final = "start"
HELD: Final = "held"
"""What is chosen: the present values, or their change since the start or since the held moment."""
SPACE = 6
"""Pixels between the parts."""


class CompareRow(QWidget):
    """``chosen(since)`` follows a choice: :data:`NOW`, :data:`START` or :data:`HELD`. ``holdAsked(bool)`` asks to hold
    the present moment, or to release the held one."""

    chosen = Signal(str)
    holdAsked = Signal(bool)

    def __init__(self, present: str, parent: QWidget | None = None) -> None:
        """``present`` is the name of the values shown without a comparison."""
        super().__init__(parent)
        self._held: int | None = None
        self.box = ChoiceBox()
        self.box.setToolTip(self.tr("Values of now, or their change since another moment"))
        self.box.setAccessibleName(self.box.toolTip())
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.box.addItem(present, NOW)
        self.box.addItem(self.tr("Since the start"), START)
        self.box.activated.connect(lambda _: self.chosen.emit(self.box.currentData()))
        self.hold = QToolButton()
        self.hold.setStyleSheet("padding: 4px 6px;")
        self.hold.clicked.connect(lambda _=False: self.holdAsked.emit(self._held is None))
        self._left_widget: QWidget | None = None
        self._low = False
        self._row = row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.box, 3)
        row.addWidget(self.hold)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE)
        self._rows.addLayout(row)
        self.show_held(None, 0)

    def add_before(self, widget: QWidget) -> None:
        """Add another widget at the left, or above where there is no room for the words of all."""
        self._left_widget = widget
        self._row.insertWidget(0, widget, 2)

    def set_low(self, low: bool) -> None:
        """Take a single row in a low panel, where words of the choices may be cut."""
        self._low = low
        self._row.setStretchFactor(self.box, 2 if low else 3)
        self._take_rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: take one row or two."""
        super().resizeEvent(event)
        self._take_rows()

    def _take_rows(self) -> None:
        if self._left_widget is None:
            return
        parts = [part for part in (self._left_widget, self.box, self.hold) if not part.isHidden()]
        room = self.width() - SPACE * (len(parts) - 1)
        above = not self._low and room < sum(part.sizeHint().width() for part in parts)
        if above != (self._rows.indexOf(self._left_widget) >= 0):
            if above:
                self._rows.insertWidget(0, self._left_widget)
            else:
                self._row.insertWidget(0, self._left_widget, 2)

    def show_held(self, step: int | None, size: int) -> None:
        """Offer the change since the held moment of ``step``, which takes ``size`` bytes; None if no moment is held."""
        self._held = step
        place = self.box.findData(HELD)
        if step is None:
            self.hold.setText(self.tr("Keep"))
            self.hold.setToolTip(
                self.tr(
                    "Keep the weights of the step on screen. Kernels and Maps can then show the change since that step."
                )
            )
            self.hold.setAccessibleName(self.tr("Keep the weights of this step"))
            if place >= 0:
                self.box.removeItem(place)
            return
        text = self.tr("Since step {step}").format(step=grouped(step))
        if place >= 0:
            self.box.setItemText(place, text)
        else:
            self.box.addItem(text, HELD)
        self.hold.setText(self.tr("Forget"))
        tip = self.tr(
            "The weights of step {step} are kept, for “Since step {step}” in Kernels and Maps: {size}. Forget them."
        )
        self.hold.setToolTip(tip.format(step=grouped(step), size=memory(size)))
        self.hold.setAccessibleName(self.tr("Forget the weights that are kept"))

    def show_start(self, size: int | None) -> None:
        """Show the memory taken by the weights of the start, in bytes; None if they are unknown."""
        if size is None:
            tip = self.start_unknown()
        else:
            tip = self.tr("The weights of the start are kept: {size}.").format(size=memory(size))
        self.box.setItemData(self.box.findData(START), tip, Qt.ItemDataRole.ToolTipRole)

    def start_unknown(self) -> str:
        """Why there is no change since the start."""
        return self.tr("The weights of step 0 are not in memory: this run was opened, or began at a later step.")

    def choose(self, since: str) -> None:
        """Set the choice, without a signal."""
        self.box.setCurrentIndex(max(0, self.box.findData(since)))
