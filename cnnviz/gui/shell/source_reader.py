"""Reading pasted source: a short text at once, a long one on a thread, so that the window stays responsive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.jobs import Job

if TYPE_CHECKING:
    from cnnviz.code.read.paste import Pasted
    from cnnviz.code.read.remarks import PasteError
    from cnnviz.network.shape import Shape

SHORT = 4000
"""Texts up to this many characters, without functions and loops, are read at once, which takes a few hundredths of a
second at most."""
_LONG = re.compile(r"^\s*(?:class|def|for|while)\b", re.MULTILINE)
"""Statements that may make a short text take long to read."""
INTERVAL = 15
"""Milliseconds between two checks whether a long text has been read."""


class SourceReader(QObject):
    """``finished(result)`` follows :meth:`start` with a Pasted or a PasteError, for the newest source only."""

    finished = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Job[None, Pasted | PasteError] | None = None
        self._next: tuple[str, Shape, str | None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._poll)

    def start(self, text: str, image: Shape, choice: str | None = None) -> None:
        """Read a source and abandon an earlier one; ``image`` is the input shape if the source names none, ``choice``
        the name of the network if it has several."""
        if len(text) <= SHORT and not _LONG.search(text):
            self.cancel()
            self.finished.emit(_read(text, image, choice))
            return
        self._next = text, image, choice
        if self._work is None:
            self._begin()

    def cancel(self) -> None:
        """Abandon reading; no signal follows."""
        self._next = self._work = None
        self._timer.stop()

    def _begin(self) -> None:
        assert self._next is not None
        (text, image, choice), self._next = self._next, None
        self._work = Job("cnnviz-source", lambda _: _read(text, image, choice), daemon=False).start()
        self._timer.start()

    def _poll(self) -> None:
        state = None if self._work is None else self._work.latest
        if state is None or not state.ended:
            return
        self._work = None
        if self._next is not None:
            self._begin()
            return
        self._timer.stop()
        self.finished.emit(state.result)


def _read(text: str, image: Shape, choice: str | None) -> Pasted | PasteError:
    # imported here, because most windows never paste anything and so open sooner
    from cnnviz.code.read.paste import paste
    from cnnviz.code.read.remarks import PasteError

    try:
        return paste(text, image, choice)
    except PasteError as error:
        return error
