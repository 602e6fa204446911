"""The timeline below the curves: a dot for each recorded moment, and a handle at the one that is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.localized import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.theme import Theme

HEIGHT = 18
DOT, HANDLE = 2.5, 6.0
"""Radii in pixels."""


@dataclass(frozen=True)
class TimelineState:
    """What is drawn: the ``steps`` of the moments and their ``places`` in pixels, the step that is looked at (None for
    the present) and the place of the present."""

    steps: tuple[int, ...] = ()
    places: tuple[float, ...] = ()
    step: int | None = None
    now: float = 0.0


def state_of(
    moments: Sequence[int], places: Sequence[float], span: tuple[float, float], step: int | None
) -> TimelineState:
    """The state for ``moments``. Their ``places``, and last that of now, are pixels from the left of the curves.

    ``span`` is where the curves begin and how wide they are. What lies beyond them is left out.
    """
    left, width = span
    seen = [(one, left + at) for one, at in zip(moments, places, strict=False) if -1 <= at <= width]
    now = left + min(width, max(0.0, places[-1]))
    return TimelineState(tuple(one for one, _ in seen), tuple(at for _, at in seen), step, now)


class Timeline(QWidget):
    """``asked(step)`` follows a press or a drag on it, ``moved(int)`` the arrow keys, ``nowAsked`` End and Escape."""

    asked = Signal(int)
    moved = Signal(int)
    nowAsked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = TimelineState()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Timeline of recorded moments"))
        self.setToolTip(
            self.tr(
                "Each dot is a recorded moment of this run. Drag along them, or press ← and →, to see kernels and maps"
                " as they were. End goes back to now."
            )
        )

    @property
    def state(self) -> TimelineState:
        """What is drawn."""
        return self._state

    def set_state(self, state: TimelineState) -> None:
        """Draw this."""
        if state == self._state:
            return
        if state.step != self._state.step:
            at = self.tr("now") if state.step is None else self.tr("step {step}").format(step=grouped(state.step))
            self.setAccessibleDescription(at)
        self._state = state
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Qt: as wide as there is room."""
        return QSize(100, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: line, dots and handle."""
        state, theme = self._state, self._theme
        if not state.places:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(state.places[0], middle), QPointF(max(state.places[-1], state.now), middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.muted))
        handle = state.now
        for step, place in zip(state.steps, state.places, strict=True):
            painter.drawEllipse(QPointF(place, middle), DOT, DOT)
            handle = place if step == state.step else handle
        painter.setBrush(QColor(theme.muted if state.step is None else theme.activation))
        painter.drawEllipse(QPointF(handle, middle), HANDLE, HANDLE)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: go to the moment below the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: follow the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrow keys go from moment to moment, Home to the first, End and Escape to now."""
        key, state = event.key(), self._state
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.moved.emit(1 if key == Qt.Key.Key_Right else -1)
        elif key == Qt.Key.Key_Home and state.steps:
            self.asked.emit(state.steps[0])
        elif key == Qt.Key.Key_End or (key == Qt.Key.Key_Escape and state.step is not None):
            self.nowAsked.emit()
        else:
            super().keyPressEvent(event)

    def _go(self, x: float) -> None:
        state = self._state
        if not state.places:
            return
        nearest = min(range(len(state.places)), key=lambda at: abs(state.places[at] - x))
        if abs(state.now - x) < abs(state.places[nearest] - x):
            self.nowAsked.emit()
        else:
            self.asked.emit(state.steps[nearest])
