"""What a process holds, after it has given back what nobody needs."""

from __future__ import annotations

import ctypes
import gc
import sys

import psutil


def memory() -> int:
    """Bytes that the process holds once all that nobody needs has been given back."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return int(psutil.Process().memory_info().rss)
