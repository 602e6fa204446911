"""JSON objects that hold the SHA-256 of what else is in them, so that a changed byte is noticed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SEAL = "sha256"


def sealed(entry: Mapping[str, Any]) -> str:
    """The JSON text of ``entry`` with its seal."""
    return json.dumps({**entry, SEAL: _digest(entry)}, indent=1)


def is_sound(raw: Mapping[str, Any]) -> bool | None:
    """Whether an object is what :func:`sealed` wrote; None without a seal, as older versions wrote it."""
    if SEAL not in raw:
        return None
    try:
        return bool(raw[SEAL] == _digest({name: value for name, value in raw.items() if name != SEAL}))
    except RecursionError:
        return False


def _digest(entry: Mapping[str, Any]) -> str:
    # surrogates cannot be encoded; ASCII holds every text
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
