"""A line for one or more numbers that marks text that is not allowed instead of changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnviz.gui.widgets.typed_numbers import real_numbers
from cnnviz.gui.widgets.typed_value import TypedValue

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent


class NumbersLine(QLineEdit):
    """Real numbers from ``low`` to ``high``, applied by Enter or leaving; ``typed`` holds the text being typed.

    ``edited(values)`` follows an edit by the user to allowed values, never :meth:`set_value`.
    """

    edited = Signal(object)
    gestureEnded = Signal()

    def __init__(self, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = low, high
        self.typed = TypedValue(self, self, self.parsed, _write, (low,))
        self.typed.edited.connect(self.edited)
        self.typed.edited.connect(lambda _: self.gestureEnded.emit())

    def set_value(self, values: tuple[float, ...]) -> None:
        """Set the values; text being typed is kept if they are unchanged."""
        self.typed.set_value(values)

    def parsed(self, text: str) -> tuple[float, ...] | None:
        """The numbers that a text represents; None if they are not allowed."""
        values = real_numbers(text)
        return values if values and all(self._low <= value <= self._high for value in values) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter applies, Escape discards the text being typed."""
        if not self.typed.handle_key(event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Apply allowed text when the focus is lost."""
        self.typed.handle_focus_loss(event)
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Apply allowed text when the line is hidden."""
        self.typed.handle_hiding(event)
        super().hideEvent(event)


def _write(values: tuple[float, ...]) -> str:
    return "; ".join(f"{value:.10g}" for value in values)
