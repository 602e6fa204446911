"""A number box that marks text that is not allowed instead of changing it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QSize, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QValidator,
)
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QStyle, QStyleOptionSpinBox, QWidget

from cnnviz.gui.widgets.choice_box import draw_chevron
from cnnviz.gui.widgets.typed_numbers import real_number, whole_number
from cnnviz.gui.widgets.typed_value import TypedValue
from cnnviz.gui.widgets.wheel_guard import WheelGuard

Step = QAbstractSpinBox.StepEnabledFlag
SHARE_STEP = 0.05
"""The step of a number that cannot be above 1, as a dropout rate, down to this number itself."""
FIRST_STEP = 1e-4
"""The step from 0 of other real numbers."""
ARROWS, LEAST_ARROWS = 40, 26
"""Width beside the digits, for the arrows and margins: the preferred and the least, in pixels."""
DECIMALS, DIGITS = 10, 6
"""Stepped numbers are rounded to so many decimals or digits, which removes the rounding errors of sums."""
PRECISION = 1e-9
"""What rounding may take from the logarithm of a power of ten."""
NEARLY = 0.999
"""A rest of at least this part of a step counts as a whole step."""


class NumberBox(QAbstractSpinBox):
    """A whole or real number from ``low`` to ``high``. Typing is applied by Enter or leaving, steps at once.

    ``edited(value)`` follows an edit by the user to an allowed value, never :meth:`set_value`.
    ``gestureEnded`` follows the release of a button or key: the steps before it are merged for undo. ``typed`` holds
    the text being typed.
    """

    edited = Signal(object)
    gestureEnded = Signal()

    def __init__(self, low: float, high: float, whole: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high, self._whole = low, high, whole
        self.setKeyboardTracking(False)
        WheelGuard(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(4, 0, 0, 0)
        self.typed = TypedValue(self, self.lineEdit(), self.parsed, str if whole else "{:.10g}".format, low)
        self.typed.edited.connect(self.edited)
        self.typed.edited.connect(lambda _: self.gestureEnded.emit())

    def value(self) -> float:
        """The value, an int if the box is for whole numbers."""
        return float(self.typed.value) if not self._whole else int(self.typed.value)

    def set_value(self, value: float) -> None:
        """Set the value; text being typed is kept if the value is unchanged."""
        self.typed.set_value(value)

    def set_limits(self, low: float, high: float) -> None:
        """Allow other values from now on."""
        self._low, self._high = low, high

    def parsed(self, text: str) -> float | None:
        """The number that a text represents; None if it is not an allowed number."""
        value = whole_number(text) if self._whole else real_number(text)
        return value if value is not None and self._low <= value <= self._high else None

    def stepBy(self, steps: int) -> None:
        """Step the value by arrows, keys or wheel, up to the limits."""
        parsed, before = self.typed.parsed(), self.value()
        start = before if parsed is None else parsed
        after = min(self._high, max(self._low, self._stepped(start, steps)))
        self.typed.value = after
        self.typed.restore()
        if after != before:
            self.edited.emit(after)

    def stepEnabled(self) -> Step:
        """Qt asks which arrows are enabled."""
        up = Step.StepUpEnabled if self.value() < self._high else Step.StepNone
        return up | (Step.StepDownEnabled if self.value() > self._low else Step.StepNone)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Accept any text while typing; it is checked when applied."""
        return QValidator.State.Acceptable, text, pos

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: six digits."""
        return QSize(self.fontMetrics().horizontalAdvance("0" * 6) + ARROWS, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size: two digits."""
        return QSize(self.fontMetrics().horizontalAdvance("00") + LEAST_ARROWS, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box, and arrows in the theme's colours, which a style sheet cannot do."""
        super().paintEvent(event)
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        painter = QPainter(self)
        style, part = self.style(), QStyle.SubControl
        enabled = self.stepEnabled() if self.isEnabled() else Step.StepNone
        for control, step in ((part.SC_SpinBoxUp, Step.StepUpEnabled), (part.SC_SpinBoxDown, Step.StepDownEnabled)):
            frame = style.subControlRect(QStyle.ComplexControl.CC_SpinBox, option, control, self)
            colour = self.palette().text() if enabled & step else self.palette().mid()
            draw_chevron(painter, QPointF(frame.center()) + QPointF(0.5, 0.5), colour, step is Step.StepUpEnabled)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter applies, Escape discards the text being typed."""
        if not self.typed.handle_key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End the gesture of a key held down."""
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat():
            self.gestureEnded.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture of a button held down."""
        super().mouseReleaseEvent(event)
        self.gestureEnded.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """End the gesture of wheel turns when the pointer leaves."""
        super().leaveEvent(event)
        self.gestureEnded.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Apply allowed text when the focus is lost."""
        self.typed.handle_focus_loss(event)
        super().focusOutEvent(event)
        self.gestureEnded.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Apply allowed text when the box is hidden."""
        self.typed.handle_hiding(event)
        super().hideEvent(event)

    def _stepped(self, start: float, steps: int) -> float:
        if self._whole:
            return start + steps
        for _ in range(abs(steps)):
            start = _next(start, steps > 0, self._high)
        return start


def _next(value: float, up: bool, high: float) -> float:
    """The next value by a step of the leading digit: 0.002 -> 0.003, 0.001 -> 0.0009; 0.5 -> 0.55 if ``high`` <= 1.

    From 0 it goes up by the first step, down by 1.
    """
    if value <= 0:
        return min(SHARE_STEP if high <= 1 else FIRST_STEP, high) if up else value - 1
    if high <= 1 and value > SHARE_STEP:
        return round(value + (SHARE_STEP if up else -SHARE_STEP), DECIMALS)
    exponent = math.floor(math.log10(value) + PRECISION)
    step = 10.0**exponent
    if not up and value - step < NEARLY * step:
        step /= 10
    return float(f"{value + step if up else value - step:.{DIGITS}g}")
