"""A box for one number that says what is allowed instead of changing what was typed."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QSize, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    Qt,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QStyle, QStyleOptionSpinBox, QWidget

from cnnviz.gui.widgets.choice_box import draw_chevron

Step = QAbstractSpinBox.StepEnabledFlag


class NumberBox(QAbstractSpinBox):
    """A whole or real number from ``low`` to ``high``, typed (applied by Enter or by leaving) or stepped (at once).

    ``edited(value)`` follows the user alone, never :meth:`set_value`, and always with an allowed value. ``judged(ok)``
    follows every key: False while the text is not an allowed number. ``gestureEnded`` follows the release of a button
    or key: the steps before it belong together.
    """

    edited = Signal(object)
    judged = Signal(bool)
    gestureEnded = Signal()

    def __init__(self, low: float, high: float, whole: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high, self._whole = low, high, whole
        self._value: float = low
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(4, 0, 0, 0)
        self.lineEdit().textEdited.connect(lambda text: self._judge(self.parsed(text) is not None))
        self._write()

    def value(self) -> float:
        """The number that stands, an int where the box is for whole ones."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show another number; what is being typed stays when the number is the same."""
        if value != self._value:
            self._value = value
            self._write()

    def parsed(self, text: str) -> float | None:
        """The allowed number that a text stands for, or None."""
        try:
            value: float = int(text.replace(",", "").replace(" ", "")) if self._whole else float(text.replace(",", "."))
        except ValueError:
            return None
        return value if self._low <= value <= self._high else None

    def commit(self) -> bool:
        """Take what was typed; False, and nothing changes, where it is not allowed."""
        value = self.parsed(self.lineEdit().text())
        self._judge(value is not None)
        if value is None:
            return False
        if value != self._value:
            self._value = value
            self.edited.emit(value)
        self._write()
        return True

    def stepBy(self, steps: int) -> None:
        """Qt: one step of the arrows, keys or wheel; stops at the limits."""
        value = self.parsed(self.lineEdit().text())
        start = self._value if value is None else value
        after = min(self._high, max(self._low, self._stepped(start, steps)))
        self._judge(True)
        if after != self._value:
            self._value = after
            self._write()
            self.edited.emit(after)
        else:
            self._write()

    def stepEnabled(self) -> Step:
        """Qt: which arrows can be pressed."""
        up = Step.StepUpEnabled if self._value < self._high else Step.StepNone
        return up | (Step.StepDownEnabled if self._value > self._low else Step.StepNone)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Qt: any text may be typed; :meth:`commit` refuses what is not allowed."""
        return QValidator.State.Acceptable, text, pos

    def sizeHint(self) -> QSize:
        """Room for six digits."""
        return QSize(self.fontMetrics().horizontalAdvance("0" * 6) + 40, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for two digits."""
        return QSize(self.fontMetrics().horizontalAdvance("00") + 26, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: the box, and arrows in the colours of the theme, which a style sheet cannot draw."""
        super().paintEvent(event)
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        painter = QPainter(self)
        style, part = self.style(), QStyle.SubControl
        for control, step in ((part.SC_SpinBoxUp, Step.StepUpEnabled), (part.SC_SpinBoxDown, Step.StepDownEnabled)):
            frame = style.subControlRect(QStyle.ComplexControl.CC_SpinBox, option, control, self)
            able = self.isEnabled() and bool(self.stepEnabled() & step)
            colour = self.palette().text() if able else self.palette().mid()
            draw_chevron(painter, QPointF(frame.center()) + QPointF(0.5, 0.5), colour, step is Step.StepUpEnabled)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Enter applies, Escape takes back what was typed."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
            self.selectAll()
            self.gestureEnded.emit()
        elif event.key() == Qt.Key.Key_Escape and self.lineEdit().text() != self._text():
            self._write()
            self._judge(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Qt: a key held down is one gesture."""
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat():
            self.gestureEnded.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: a button held down is one gesture."""
        super().mouseReleaseEvent(event)
        self.gestureEnded.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: turns of the wheel are one gesture while the pointer stays."""
        super().leaveEvent(event)
        self.gestureEnded.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: leaving applies what is allowed and takes back what is not."""
        if not self.commit():
            self._write()
            self._judge(True)
        super().focusOutEvent(event)
        self.gestureEnded.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: the wheel changes the number only where the user is at work, else it scrolls the form."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _stepped(self, start: float, steps: int) -> float:
        if self._whole:
            return start + steps
        for _ in range(abs(steps)):
            start = _next(start, steps > 0, self._high)
        return start

    def _text(self) -> str:
        return str(self._value) if self._whole else f"{self._value:.10g}"

    def _write(self) -> None:
        self.lineEdit().setText(self._text())

    def _judge(self, ok: bool) -> None:
        if self.property("invalid") != (not ok):
            self.setProperty("invalid", not ok)
            self.style().unpolish(self)
            self.style().polish(self)
        self.judged.emit(ok)


def _next(value: float, up: bool, high: float) -> float:
    """One step of the leading digit: 0.002 -> 0.003, 0.001 -> 0.0009, 0.5 -> 0.55 where the largest is at most 1."""
    if value <= 0:
        return min(0.05, high) if high <= 1 else (min(1e-4, high) if up else value - 1)
    if high <= 1 and value > 0.05:
        return round(value + (0.05 if up else -0.05), 10)
    exponent = math.floor(math.log10(value) + 1e-9)
    step = 10.0**exponent
    if not up and value - step < step * 0.999:
        step /= 10
    return float(f"{value + step if up else value - step:.6g}")
