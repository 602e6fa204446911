"""A line for one number or several, which says what is allowed instead of changing what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnviz.gui.widgets.typed_numbers import reals
from cnnviz.gui.widgets.typed_value import TypedValue

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent


class NumbersLine(QLineEdit):
    """Real numbers from ``low`` to ``high``, applied by Enter or by leaving; ``typed`` holds what is being typed.

    ``edited(values)`` follows the user alone, never :meth:`set_value`, and always with allowed values.
    """

    edited = Signal(object)
    gestureEnded = Signal()

    def __init__(self, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = low, high
        self.typed = TypedValue(self, self, self.parsed, _written, (low,))
        self.typed.edited.connect(self.edited)
        self.typed.edited.connect(lambda _: self.gestureEnded.emit())

    def set_value(self, values: tuple[float, ...]) -> None:
        """Show other numbers; what is being typed stays when they are the same."""
        self.typed.set_value(values)

    def parsed(self, text: str) -> tuple[float, ...] | None:
        """The allowed numbers that a text stands for, or None."""
        values = reals(text)
        return values if values and all(self._low <= value <= self._high for value in values) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Enter applies, Escape takes back what was typed."""
        if not self.typed.key(event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: leaving applies what is allowed."""
        self.typed.lost_focus(event)
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: so does going out of sight."""
        self.typed.hidden(event)
        super().hideEvent(event)


def _written(values: tuple[float, ...]) -> str:
    return "; ".join(f"{value:.10g}" for value in values)
