"""Names: which can be ids of nodes, and free ones that end with a number."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

LONGEST_ID = 64
"""The most characters of the id of a node."""
_ID = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{LONGEST_ID - 1}}}")


@lru_cache(maxsize=65_536)
def is_id(name: str) -> bool:
    """Whether a name can be the id of a node."""
    return _ID.fullmatch(name) is not None


def numbered(stem: str, taken: Container[str], first: int = 1) -> str:
    """The first of ``stem`` with the numbers from ``first`` on (``conv1``, ``conv2`` ...) that is not ``taken``."""
    return next(name for number in count(first) if (name := f"{stem}{number}") not in taken)
