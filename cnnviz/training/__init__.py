"""How a network is trained.

This file changes one setting of the process when a training starts. Each step allocates and frees the same tens of
megabytes. By default glibc's allocator returns freed memory to the system, and gets it back zeroed, page by page: up
to 5,000 page faults a step, depending on the arena that the thread uses, which halved the speed on two cores. With one
arena that keeps freed memory there are none; the process then keeps the most memory that training needed. See
``mallopt(3)``.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT_BYTES = 2**31 - 1
LARGEST_MMAP_THRESHOLD = 32 * 2**20
"""The largest threshold that glibc allows; larger blocks are still taken from the system one by one."""


def keep_memory() -> None:
    """Make glibc keep freed memory; other C libraries have no such function and do not need it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
