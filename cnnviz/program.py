"""This process, and this program started again as another process beside this one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence


def command(*arguments: str) -> list[str]:
    """The command line that starts this program with ``arguments``; a frozen app is its own interpreter."""
    start = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "cnnviz"]
    return [*start, *arguments]


def age() -> float:
    """Seconds since this process began."""
    if sys.platform == "linux":
        # the time of day at which the system began, which psutil adds, is known to a second only
        started = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
    return time.time() - psutil.Process().create_time()


class Turns:
    """A training in a process of its own that goes on only when it is told to; see :mod:`cnnviz.cli.turns`.

    Programs that are compared do not share an interpreter, an allocator or the threads of torch. Raises OSError where
    the process cannot start or ends too early.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command("turns", *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.facts = self._answer()
        """What it says of itself once it has loaded everything and made its first steps."""

    def turn(self, seconds: float) -> float:
        """Train for about so long; images per second."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise OSError("The training beside it ended too early.")
        return line.strip()
