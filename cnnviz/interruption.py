"""Signals that end the program, as bytes on a socket that an event loop can wait for.

Nothing is raised: Qt calls Python from C++, and an exception that begins there, at whatever moment Ctrl+C comes, can
take the whole process with it.
"""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""SIGHUP is that of a terminal that is closed; SIGBREAK is Windows' Ctrl+Break."""


class Interruption:
    """From now on, on the main thread's behalf, notes the signals that ask the program to end.

    ``socket`` can be read once one has come. Where hanging up is ignored, as ``nohup`` has it, that stays so.
    """

    def __init__(self) -> None:
        self.socket, self._sender = socket.socketpair()
        self.socket.setblocking(False)
        self._sender.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        known = [each for each in signal.Signals if each.name in _NAMES]
        self._before = {
            each: signal.signal(each, _note)
            for each in known
            if each.name != "SIGHUP" or signal.getsignal(each) is not signal.SIG_IGN
        }

    def received(self) -> int | None:
        """The signal that has come since the last call; the first of several, None where none has."""
        try:
            numbers = self.socket.recv(4096)
        except BlockingIOError:
            return None
        return next((number for number in numbers if number in self._before), None)

    def ignore(self) -> None:
        """The program is ending: another signal changes nothing any more."""
        for each in self._before:
            signal.signal(each, signal.SIG_IGN)
        self._close()

    def restore(self) -> None:
        """Signals do again what they did before."""
        for each, handler in self._before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
        self._close()

    def _close(self) -> None:
        signal.set_wakeup_fd(self._wakeup_before)
        self.socket.close()
        self._sender.close()


def _note(number: int, frame: FrameType | None) -> None:
    """A handler has to be there for the byte to be written."""
