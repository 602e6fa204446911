"""Free names that end with a number."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container


def numbered(stem: str, taken: Container[str], first: int = 1) -> str:
    """The first of ``stem`` with the numbers from ``first`` on (``conv1``, ``conv2`` ...) that is not ``taken``."""
    return next(name for number in count(first) if (name := f"{stem}{number}") not in taken)
