"""Processes of this program: whether the process that wrote a file is still running."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_SAME_START_SECONDS = 2.0
"""Tolerance, in seconds, for the start time of a process: it changes when the system's clock is set."""
_LONGEST_UPTIME_SECONDS = 1e9
"""Seconds; thirty years. A start time beyond is counted from 1970."""
_START_TICKS = 19
"""Place of the start time after the name of a process in ``/proc/PID/stat``."""
_LARGEST_PID = 2**31 - 1
_LAST_TIME = 1e11
"""The last valid time, in seconds since 1970: some thousand years from now."""


@dataclass(frozen=True)
class Owner:
    """The process that writes a file: its id, and when it started, in seconds.

    The start is counted from the start of the computer where that is known, on Linux, as setting the clock does not
    change it; elsewhere, and in files of older versions, from 1970.
    """

    pid: int
    started: float

    @classmethod
    def here(cls) -> Owner:
        """This process."""
        pid = os.getpid()
        started = seconds_since_boot(pid)
        if started is None:
            import psutil

            started = psutil.Process(pid).create_time()
        return cls(pid, started)

    @classmethod
    def read(cls, pid: object, started: object) -> Owner:
        """The owner from the values in a file; raises ValueError if no process can have them."""
        if type(pid) is not int or not 0 < pid <= _LARGEST_PID:
            raise ValueError("its process has no id")
        return cls(pid, seconds(started))

    @property
    def alive(self) -> bool:
        """Whether the process still runs on this computer."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            since_boot = seconds_since_boot(self.pid) if self.started < _LONGEST_UPTIME_SECONDS else None
            started = process.create_time() if since_boot is None else since_boot
            same_start = abs(started - self.started) < _SAME_START_SECONDS
            # a process that was killed keeps its id until its parent asks how it ended
            return same_start and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, OSError):
            return False


def seconds_since_boot(pid: int) -> float | None:
    """Seconds from the start of the computer to that of a process; None where the system does not count them.

    Raises OSError if there is no such process.
    """
    if sys.platform != "linux":
        return None
    # the name of the process, in brackets, may hold spaces
    values = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return int(values[_START_TICKS]) / os.sysconf("SC_CLK_TCK")


def seconds(value: object) -> float:
    """``value`` as seconds since 1970, or since the start of the computer; raises ValueError if it cannot be that."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_TIME:
        raise ValueError("a time is no number of seconds")
    return float(value)
