"""Signals that end the program, passed as bytes to a socket that an event loop can wait for.

No exception is raised: Qt calls Python from C++, and an exception in such a call, at any moment, can
crash the process.
"""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

SIGNALLED = 128
"""The exit code of a program that a signal has ended is this plus the signal's number."""
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""SIGHUP is sent when a terminal is closed; SIGBREAK is Windows' Ctrl+Break."""
_MOST_SIGNALS = 4096
"""So many signals are taken from the socket at once."""


class Interruption:
    """Notes the signals that ask the program to end. It must be created on the main thread.

    ``socket`` becomes readable when a signal arrives. If SIGHUP is ignored, as with ``nohup``, it remains ignored.
    """

    def __init__(self) -> None:
        self.socket, self._sender = socket.socketpair()
        self.socket.setblocking(False)
        self._sender.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        signals = [each for each in signal.Signals if each.name in _NAMES]
        self._before = {
            each: signal.signal(each, _note)
            for each in signals
            if each.name != "SIGHUP" or signal.getsignal(each) is not signal.SIG_IGN
        }

    def received(self) -> int | None:
        """The first signal since the last call; None if there was none."""
        try:
            numbers = self.socket.recv(_MOST_SIGNALS)
        except BlockingIOError:
            return None
        return next((number for number in numbers if number in self._before), None)

    def ignore(self) -> None:
        """Ignore further signals, because the program is ending."""
        for each in self._before:
            signal.signal(each, signal.SIG_IGN)
        self._close()

    def restore(self) -> None:
        """Restore the previous handlers."""
        for each, handler in self._before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
        self._close()

    def _close(self) -> None:
        signal.set_wakeup_fd(self._wakeup_before)
        self.socket.close()
        self._sender.close()


def _note(number: int, frame: FrameType | None) -> None:
    """Do nothing; Python writes the byte only if there is a handler."""
