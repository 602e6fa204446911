"""What a process holds, after it has given back what nobody needs."""

from __future__ import annotations

import ctypes
import gc
import sys

import psutil

GROWTH = 1_000_000_000
"""Bytes by which a process of the tests may grow before what nobody needs is given back."""

_held = 0
"""Bytes that it held after the last time."""


def memory() -> int:
    """Bytes that the process holds once all that nobody needs has been given back."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return _taken()


def give_back() -> None:
    """Free what nobody needs once the process has grown by :data:`GROWTH`. A closed window is cyclic garbage of some
    60 MB; Python counts its few objects, and waits until they are a quarter of all that there are."""
    global _held
    if _taken() > _held + GROWTH:
        gc.unfreeze()
        _held = memory()


def _taken() -> int:
    return int(psutil.Process().memory_info().rss)
