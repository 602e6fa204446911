"""Shapes of layer outputs."""

from __future__ import annotations

Shape = tuple[int, ...]
"""Size of one sample without the batch axis: ``(C, H, W)`` for maps, ``(N,)`` for a flat vector."""
