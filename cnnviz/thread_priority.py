"""The priority of a thread."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
import threading

SLICE_NANOSECONDS = 100_000
"""The least time slice of Linux. A thread that wakes up waits for the end of the slice of a thread that computes, also
of one with a low priority: with the usual slice of 1.4 ms a training, which wakes its threads thousands of times a
second, would wait most of the time."""
SET_ATTRIBUTES = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
"""The number of the system call sched_setattr by the kind of processor."""
ATTRIBUTES = "=IIQiIQQQ"
"""struct sched_attr: size, policy, flags, niceness, priority, runtime, deadline, period."""


def lower_priority(niceness: int) -> bool:
    """Give the calling thread a ``niceness``, in [0, 19], and short time slices; returns whether that was possible.

    It is possible on Linux alone, where each thread has its own niceness; slices since Linux 6.12. An ordinary user
    cannot raise the priority again.
    """
    if sys.platform != "linux":
        return False
    size = struct.calcsize(ATTRIBUTES)
    attributes = struct.pack(ATTRIBUTES, size, os.SCHED_OTHER, 0, niceness, 0, SLICE_NANOSECONDS, 0, 0)
    try:
        number = SET_ATTRIBUTES[platform.machine()]
        if ctypes.CDLL(None).syscall(number, 0, attributes, 0) == 0:
            return True
    except (KeyError, OSError, AttributeError):
        pass
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
    except OSError:
        return False
    return True
