"""Shapes of layer outputs, and how numbers and shapes are written."""

from __future__ import annotations

Shape = tuple[int, ...]
"""Size of one sample without the batch axis: ``(C, H, W)`` for maps, ``(N,)`` for a flat vector."""


def spell(value: object) -> str:
    """Format a value for people: ``64×5×5``, ``3×3``, ``1,600``, ``a, b``."""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        if all(isinstance(part, int) for part in value):
            return "×".join(str(part) for part in value)
        return ", ".join(spell(part) for part in value)
    return str(value)
