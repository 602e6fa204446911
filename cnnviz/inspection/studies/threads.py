"""The processor time that a study may use."""

from __future__ import annotations

import os
import sys
import threading
import time
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
LAST_NICENESS = 15
"""A thread with this niceness gets 3.5 % of such a core, and otherwise the time that training leaves over."""


def leave_cores_to_training(niceness: int = NICENESS) -> bool:
    """Compute on the calling thread alone from now on, with the time that training leaves.

    The priority is lowered on Linux, where each thread has its own; returns whether it was.
    """
    torch.set_num_threads(1)
    return lower_priority(niceness)


def lower_priority(niceness: int) -> bool:
    """Give the calling thread a ``niceness``, in [0, 19]; returns whether that was possible.

    It is possible on Linux alone, where each thread has its own niceness. An ordinary user cannot raise the priority
    again.
    """
    if sys.platform != "linux":
        return False
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
    except OSError:
        return False
    return True


def check_of(cancelled: Event, training_idle: Callable[[], bool], *, last: bool = False) -> Callable[[], bool]:
    """A check whether ``cancelled`` is set; the study, on whose thread this is called, calls it after each batch.

    Unless ``training_idle`` the study leaves the cores to training, and rests for a while in each check. Where its
    priority can be lowered, a study that comes ``last`` takes little but the time that training leaves over, without
    rests.
    """
    cores_left = last_now = False

    def share() -> float:
        nonlocal cores_left, last_now
        if training_idle():
            return 1.0
        if not cores_left:
            last_now = leave_cores_to_training(LAST_NICENESS if last else NICENESS) and last
            cores_left = True
        return 1.0 if last_now else BESIDE_TRAINING

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
