"""The processor time that a study may use."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

import torch

NICENESS = 10
"""Of a core that is wanted by training too, a thread with this niceness gets about a tenth."""


def leave_cores_to_training() -> None:
    """Compute on the calling thread alone from now on, with the time that training leaves.

    The priority is lowered on Linux, where each thread has its own.
    """
    torch.set_num_threads(1)
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
