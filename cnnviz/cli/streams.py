"""Standard streams that are missing, closed, or files on a full disk."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress


def prepare_streams() -> None:
    """Make sure that standard output and error accept any text; a missing stream discards it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # otherwise the next opened file would get the stream's number, and output would be written into it
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _nothing())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def write_note(line: str) -> None:
    """Write a line to the standard error; if that fails, the work goes on without it."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def discard_output() -> None:
    """Discard all further standard output, including that at exit, because it cannot be written any more."""
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
