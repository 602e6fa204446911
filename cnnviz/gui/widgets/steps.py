"""Steps of arrow keys and wheel among items arranged in rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent


ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
"""(rows, columns) by which an arrow key goes on."""


def step_of(key: Qt.Key, columns: int, rows: int) -> int:
    """The step of a key, in items, with ``columns`` items per row and ``rows`` visible rows; 0 for other keys."""
    steps = {
        Qt.Key.Key_Left: -1,
        Qt.Key.Key_Right: 1,
        Qt.Key.Key_Up: -columns,
        Qt.Key.Key_Down: columns,
        Qt.Key.Key_PageUp: -columns * rows,
        Qt.Key.Key_PageDown: columns * rows,
    }
    return steps.get(key, 0)


def wheel_step(event: QWheelEvent) -> tuple[bool, int]:
    """Whether the wheel scrolls horizontally, as with Shift, and the step: 1 on, -1 back."""
    delta = event.angleDelta()
    shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    across = delta.x() or (delta.y() if shifted else 0)
    turned = across or delta.y()
    step = (1 if turned < 0 else -1) if turned else 0
    return bool(across), step
