"""The processor time that a study may use."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

BESIDE_TRAINING = 0.4
"""The share of the time that a study computes beside training. Both threads of a training wait for a core that a study
takes, so without a rest training would lose a quarter of its speed."""
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


def check_of(cancelled: Event, alone: Callable[[], bool]) -> Callable[[], bool]:
    """A check whether ``cancelled`` is set, for a study that calls it after each batch, on the thread that calls this.

    As soon as the study is not ``alone`` but beside a training, it leaves the cores to training, and rests in each
    check until it is alone again.
    """
    left = False

    def share() -> float:
        nonlocal left
        if alone():
            return 1.0
        if not left:
            leave_cores_to_training()
            left = True
        return BESIDE_TRAINING

    share()
    return paced(cancelled, share)


def paced(cancelled: Event, share: Callable[[], float]) -> Callable[[], bool]:
    """A check whether ``cancelled`` is set, for work that calls it after each step and may take a ``share``, in (0, 1],
    of the time; otherwise the check waits."""
    began = time.perf_counter()

    def check() -> bool:
        nonlocal began
        worked = time.perf_counter() - began
        cancelled.wait(worked * (1 / share() - 1))
        began = time.perf_counter()
        return cancelled.is_set()

    return check
