"""Decides whether torch's threads spin or sleep while they wait for each other, by the load from other programs.

The threads of an operation wait for the slowest of them. GNU OpenMP lets them spin for some milliseconds before they
sleep, so that the next operation starts at once. If other programs run, though, the spinning threads take processor
time from the thread that they wait for. Measured on two cores, in images/s, with threads that spin and threads that
sleep: 5,000 and 3,000 alone, 1,300 and 3,100 beside one busy program.

GNU OpenMP has no function to change this while the program runs. But it hardly spins while it has more threads than
there are processors ("throttled", in ``libgomp/config/linux/wait.h``). So a thread that owns a team of that many idle
threads makes all other threads sleep; when it ends they spin again. The results are the same either way. On systems
with another OpenMP library, and if the user has set it up by environment variables, nothing is changed.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import psutil
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

CHECK_SECONDS = 1.0
WATCHING_SECONDS = 0.3
"""How long other programs are watched before a measurement, in seconds."""
POLL_SECONDS = WATCHING_SECONDS / 10
"""How often it is checked meanwhile whether the measurement is interrupted."""
CROWDED, FREE = 0.5, 0.25
"""How many processors the training lacks because of other programs: from CROWDED on its threads sleep, below FREE they
spin."""
SETTINGS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


class Clocks(NamedTuple):
    """The time ``now``, and the processor seconds used so far: ``busy`` by all programs, ``own`` by this one."""

    now: float
    busy: float
    own: float


class Neighbours:
    """Watches how many processors other programs use, for a training with ``threads`` threads."""

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
        """Begin to measure again after a pause; the load during the pause does not count."""
        self._seen = self._clocks()

    def check(self, least: float = CHECK_SECONDS) -> None:
        """Decide again by the load since the last decision, if that was at ``least`` this many seconds ago.

        Call it now and then while training.
        """
        if not self._changeable or time.monotonic() - self._seen.now < least:
            return
        before, self._seen = self._seen, self._clocks()
        elapsed, busy, own = (now - earlier for now, earlier in zip(self._seen, before, strict=True))
        self.judge((busy - own) / elapsed)

    def watch(self, interrupted: Callable[[], bool] = lambda: False) -> None:
        """Decide before a measurement, by the load since this object was made; wait until that is
        :data:`WATCHING_SECONDS`, unless ``interrupted``.

        A training also decides within its first second.
        """
        if not self._changeable:
            return
        while time.monotonic() - self._seen.now < WATCHING_SECONDS and not interrupted():
            time.sleep(POLL_SECONDS)
        self.check(WATCHING_SECONDS)

    def judge(self, others: float) -> None:
        """Decide by the number of processors that ``others``, all other programs together, use."""
        # how many processors are missing for the threads of the training
        short = others + self._threads - self._processors
        if short >= CROWDED and not self.crowded:
            self._crowd()
        elif short < FREE and self.crowded:
            self.close()

    def close(self) -> None:
        """Let torch's threads spin again."""
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

    def _clocks(self) -> Clocks:
        times, own = psutil.cpu_times(), self._process.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
        # guest time is contained in user time
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return Clocks(time.monotonic(), total - idle, own.user + own.system)


def _own_a_team(count: int, ready: threading.Event, end: threading.Event) -> None:
    """Create a team of ``count`` OpenMP threads, and keep it until ``end`` is set."""
    torch.set_num_threads(count)
    # torch uses all threads only for large tensors
    torch.zeros(count * 2**16).add_(1)
    ready.set()
    end.wait()
