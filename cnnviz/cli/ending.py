"""Ending a command by a signal, so that it removes its temporary files and the processes that it has started."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from cnnviz.interruption import SIGNALLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""SIGHUP is sent when a terminal is closed; SIGBREAK is Windows' Ctrl+Break. Ctrl+C raises KeyboardInterrupt anyway."""


class Ended(KeyboardInterrupt):
    """A signal asks the command to end; ``number`` is the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let the signals that ask a program to end raise :class:`Ended`. A signal that is ignored, as SIGHUP is with
    ``nohup``, remains ignored."""
    known = [each for each in signal.Signals if each.name in _NAMES]
    before = {each: signal.getsignal(each) for each in known if signal.getsignal(each) is signal.SIG_DFL}
    for each in before:
        signal.signal(each, _end)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def exit_code(error: KeyboardInterrupt) -> int:
    """The exit code of a command that ends with this error."""
    return SIGNALLED + (error.number if isinstance(error, Ended) else signal.SIGINT)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise Ended(number)
