"""This process, and starting the program again as another process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from cnnviz.processes import seconds_since_boot
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence


def command(*arguments: str) -> list[str]:
    """The command line that starts this program with ``arguments``; a frozen app is its own interpreter."""
    return [*_beginning(), *arguments]


def is_standalone() -> bool:
    """Whether this is the standalone program, to which no package can be added."""
    return bool(getattr(sys, "frozen", False))


def _beginning() -> list[str]:
    return [sys.executable] if is_standalone() else [sys.executable, "-m", "cnnviz"]


def to_install(*packages: str) -> str:
    """The command that installs packages where cnnviz runs in an environment of Python."""
    return f"pip install {' '.join(packages)}"


def lacks(*packages: str) -> Sentence:
    """The end of a sentence that names packages which cannot be imported: what to do."""
    installing = unchanged(to_install(*packages))
    if is_standalone():
        return Sentence(
            "which the standalone program does not have. Where cnnviz runs in an environment of Python: {command}",
            command=installing,
        )
    return Sentence("which is not installed: {command}", command=installing)


def age() -> float:
    """Seconds since this process began."""
    if sys.platform == "linux" and (started := seconds_since_boot(os.getpid())) is not None:
        # psutil adds the system's boot time, which is known only to a second
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    import psutil

    return time.time() - psutil.Process().create_time()


class Turns:
    """A training in a separate process that runs only when requested; see :mod:`cnnviz.cli.turns`.

    Programs whose speeds are compared run in processes of their own, so that they do not share an interpreter, an
    allocator or torch's threads. Raises OSError if the process cannot start or ends too early.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command("turns", *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.facts = self._answer()
        """The facts printed by the process once it has loaded everything and made its first steps."""

    def turn(self, seconds: float) -> float:
        """Train for about ``seconds``; returns images per second."""
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
