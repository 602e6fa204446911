"""Names with a number at the end."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container


def numbered(stem: str, taken: Container[str], first: int = 1) -> str:
    """The first free name of ``stem`` and a number, counted from ``first``: ``conv1``, ``conv2`` ..."""
    return next(name for number in count(first) if (name := f"{stem}{number}") not in taken)
