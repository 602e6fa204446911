"""How far the arrow keys go among things that stand in rows."""

from __future__ import annotations

from PySide6.QtCore import Qt


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
