"""How a network learns.

One setting of the process is made here, when a training starts: each step takes and frees the same tens of
megabytes, and the allocator of glibc gives what a thread frees back to the system, to be given it again zeroed and page
by page. That is up to 5,000 page faults a step, depending on which of its arenas a thread happened to get, and took
half of the speed on two cores. One arena that keeps what it has costs none; memory stays at the most that training
needed. See ``mallopt(3)``.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT_BYTES = 2**31 - 1
LARGEST_MMAP_THRESHOLD = 32 * 2**20
"""What glibc allows; larger blocks are taken from the system one by one."""


def keep_memory() -> None:
    """Have glibc keep freed memory; other C libraries have no such function and need none."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
