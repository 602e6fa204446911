"""Ending a command by a signal, so that it removes its temporary files and the processes that it has started."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from cnnviz.interruption import SIGNALLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""SIGHUP is sent when a terminal is closed; SIGBREAK is Windows' Ctrl+Break. Ctrl+C raises KeyboardInterrupt anyway."""
PATIENCE_SECONDS = 30.0
"""What a command may take to end after a signal."""


class Ended(KeyboardInterrupt):
    """A signal asks the command to end; ``number`` is the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let the signals that ask a program to end raise :class:`Ended`. A signal that is ignored, as SIGHUP is with
    ``nohup``, remains ignored.

    Where C++ has called the function that is interrupted, as Qt does, the exception is lost. So after
    :data:`PATIENCE_SECONDS` the signal is sent again, and ends the process.
    """
    again: list[threading.Timer] = []

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        timer = threading.Timer(PATIENCE_SECONDS, os.kill, (os.getpid(), number))
        timer.daemon = True
        timer.start()
        again.append(timer)
        raise Ended(number)

    signals = [each for each in signal.Signals if each.name in _NAMES]
    handled = [each for each in signals if signal.getsignal(each) is signal.SIG_DFL]
    for each in handled:
        signal.signal(each, end)
    try:
        yield
    finally:
        for timer in again:
            timer.cancel()
        for each in handled:
            signal.signal(each, signal.SIG_DFL)


def exit_code(error: KeyboardInterrupt) -> int:
    """The exit code of a command that ends with this error."""
    return SIGNALLED + (error.number if isinstance(error, Ended) else signal.SIGINT)
