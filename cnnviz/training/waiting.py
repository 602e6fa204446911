"""How torch's threads wait for each other: awake while they have the processor to themselves, else asleep.

The threads of an operation wait for the slowest of them. GNU OpenMP lets them spin for some milliseconds before they
sleep: the next operation follows at once, but on a machine where other programs run, the waiting take the processor
from the very thread that is waited for. Measured on two cores, images/s with threads that spin and threads that sleep:
5,000 and 3,000 alone, 1,300 and 3,100 beside one busy program.

There is no function to change it after the start. But the library hardly spins at all while it has more threads than
there are processors ("throttled", in ``libgomp/config/linux/wait.h``), so a thread that does nothing but own a team of
that many makes all others sleep, and its end wakes them again. What is computed is the same either way. Other systems
bring other libraries, which are left as they are; so are the user's own settings.
"""

from __future__ import annotations

import os
import sys
import threading
import time

import psutil
import torch

LOOK_SECONDS = 1.0
CROWDED, FREE = 0.5, 0.25
"""Processors that other programs take: from the first on there is no room to spin, below the second there is again."""
SETTINGS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


class Neighbours:
    """Watches what other programs leave of the processors, on behalf of one training with ``threads`` threads."""

    def __init__(self, threads: int) -> None:
        self.crowded = False
        self._processors = os.cpu_count() or 1
        self._threads = threads
        self._process = psutil.Process()
        self._changeable = sys.platform == "linux" and threads > 1 and not any(name in os.environ for name in SETTINGS)
        self._end: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._seen = self._clocks()

    def begin(self) -> None:
        """A training goes on: what others did while it stood still does not count."""
        self._seen = self._clocks()

    def look(self, least: float = LOOK_SECONDS) -> None:
        """Decide anew by what others did since the last time, at the ``least`` so many seconds ago; to be called now
        and then while training."""
        if not self._changeable or time.monotonic() - self._seen[0] < least:
            return
        before, self._seen = self._seen, self._clocks()
        elapsed, busy, own = (now - then for now, then in zip(self._seen, before, strict=True))
        self.judge((busy - own) / elapsed)

    def judge(self, others: float) -> None:
        """Take note that other programs use so many processors."""
        # what is left must do for the threads of the training
        short = others + self._threads - self._processors
        if short >= CROWDED and not self.crowded:
            self._crowd()
        elif short < FREE and self.crowded:
            self.close()

    def close(self) -> None:
        """Let torch's threads wait as they like."""
        if self._end is not None and self._thread is not None:
            self._end.set()
            self._thread.join()
        self._end = self._thread = None
        self.crowded = False

    def _crowd(self) -> None:
        self._end, ready = threading.Event(), threading.Event()
        self._thread = threading.Thread(
            target=_own_a_team, args=(self._processors + 1, ready, self._end), name="cnnviz-waiting", daemon=True
        )
        self._thread.start()
        ready.wait()
        self.crowded = True

    def _clocks(self) -> tuple[float, float, float]:
        """Now, and the seconds that processors have worked: for all programs, and for this one."""
        times, own = psutil.cpu_times(), self._process.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
        # guest time is contained in user time
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return time.monotonic(), total - idle, own.user + own.system


def _own_a_team(count: int, ready: threading.Event, end: threading.Event) -> None:
    torch.set_num_threads(count)
    # an operation is shared out where there is enough of it
    torch.zeros(count * 2**16).add_(1)
    ready.set()
    end.wait()
