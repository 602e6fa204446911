"""How far the arrow keys and the wheel go among things that stand in rows."""

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
"""(rows, columns) by which a key goes on among pixels."""


def step_of(key: Qt.Key, columns: int, rows: int) -> int:
    """By how many places a key goes on where ``columns`` stand side by side and ``rows`` are on screen; 0: by none."""
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
    """Whether the wheel goes across, as it does with Shift, and by how many places."""
    delta = event.angleDelta()
    shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    across = delta.x() or (delta.y() if shifted else 0)
    turned = across or delta.y()
    return bool(across), (turned < 0) - (turned > 0)
