"""Processes of this program, to tell files of a running process from those of one that has ended."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil

_SAME_START = 2.0
"""Tolerance, in seconds, for the start time of a process: it changes when the system's clock is set."""
_LARGEST_PID = 2**31 - 1
_LAST_TIME = 1e11
"""The last valid time, in seconds since 1970: some thousand years from now."""


@dataclass(frozen=True)
class Owner:
    """The process that writes a file: its id, and its start time in seconds since 1970."""

    pid: int
    started: float

    @classmethod
    def here(cls) -> Owner:
        """This process."""
        process = psutil.Process()
        return cls(process.pid, process.create_time())

    @classmethod
    def read(cls, pid: object, started: object) -> Owner:
        """The owner from the values in a file; raises ValueError if they cannot be those of a process."""
        if type(pid) is not int or not 0 < pid <= _LARGEST_PID:
            raise ValueError("its process has no id")
        return cls(pid, seconds(started))

    @property
    def alive(self) -> bool:
        """Whether the process still runs on this computer."""
        if self.pid == os.getpid():
            return True
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START
            # a process that was killed keeps its id until its parent asks how it ended
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def seconds(value: object) -> float:
    """``value`` as seconds since 1970; raises ValueError if it cannot be that."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_TIME:
        raise ValueError("a time is no number of seconds")
    return float(value)
