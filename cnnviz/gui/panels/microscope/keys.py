"""The keys of the microscope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QKeyEvent

    from cnnviz.gui.panels.microscope.panel import Microscope

Key, Held = Qt.Key, Qt.KeyboardModifier

KEYS: Mapping[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[Microscope], object]] = {
    (Key.Key_Escape, Held.NoModifier): lambda scope: scope.go_up(),
    (Key.Key_Backspace, Held.NoModifier): lambda scope: scope.go_up(),
    (Key.Key_Left, Held.AltModifier): lambda scope: scope.go_up(),
    (Key.Key_Left, Held.NoModifier): lambda scope: scope.step(0, -1),
    (Key.Key_Right, Held.NoModifier): lambda scope: scope.step(0, 1),
    (Key.Key_Up, Held.NoModifier): lambda scope: scope.step(-1, 0),
    (Key.Key_Down, Held.NoModifier): lambda scope: scope.step(1, 0),
    (Key.Key_PageUp, Held.NoModifier): lambda scope: scope.step_map(-1),
    (Key.Key_PageDown, Held.NoModifier): lambda scope: scope.step_map(1),
    (Key.Key_Return, Held.NoModifier): lambda scope: scope.follow(),
    (Key.Key_Enter, Held.NoModifier): lambda scope: scope.follow(),
    (Key.Key_S, Held.NoModifier): lambda scope: scope.bar.sweep.toggle(),
    (Key.Key_N, Held.NoModifier): lambda scope: scope.sweep(1),
    (Key.Key_N, Held.ShiftModifier): lambda scope: scope.sweep(-1),
    (Key.Key_B, Held.NoModifier): lambda scope: scope.turn_round(),
    (Key.Key_W, Held.NoModifier): lambda scope: scope.follow_weight(),
}
"""Arrows move the value, Page Up and Down change the map, Enter follows the largest term and W its weight. S sweeps, N
makes single steps, B switches the direction, and Esc goes one level up."""


def act(scope: Microscope, event: QKeyEvent) -> bool:
    """Handle a key press; returns whether the key has a meaning."""
    held = event.modifiers() & ~Held.KeypadModifier
    command = KEYS.get((Key(event.key()), held))
    if command is not None:
        command(scope)
    return command is not None
