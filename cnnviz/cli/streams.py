"""The standard streams, which need not be there: a program without a terminal has none, and any may be closed."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress


def prepare_streams() -> None:
    """Make the standard output and error such that anything can be written to them; what cannot be seen is lost."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # else the next file that is opened would be taken for the standard output by whoever writes to its number
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _nothing())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def discard_output() -> None:
    """Nobody reads the standard output any more: what is still written there, at exit too, goes nowhere."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        sys.stdout = _nothing()
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _nothing() -> io.TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8", errors="replace")  # noqa: PTH123 # for as long as the process
