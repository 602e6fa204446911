"""The recorded step that is nearest to a wished one. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest_step(steps: Iterable[int], step: int) -> int:
    """The one of ``steps``, of which there is at least one, that is nearest to ``step``; of two the first."""
    return min(steps, key=lambda recorded: abs(recorded - step))
