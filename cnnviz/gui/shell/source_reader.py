"""Reading pasted source: a short one at once, a long one on a thread of its own, so that the window goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.jobs import Job

if TYPE_CHECKING:
    from cnnviz.code.read.paste import Pasted
    from cnnviz.code.read.remarks import PasteError
    from cnnviz.network.shape import Shape

SHORT = 4000
"""Characters that are read at once: a few hundredths of a second at most."""
INTERVAL = 15
"""Milliseconds between two looks whether a long one is read."""


class SourceReader(QObject):
    """``finished(result)`` follows :meth:`start` with what was read or a PasteError; only the newest source counts."""

    finished = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Job[None, Pasted | PasteError] | None = None
        self._next: tuple[str, Shape] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._poll)

    def start(self, text: str, image: Shape) -> None:
        """Read a source; ``image`` is the size where it says none. What is still being read is given up."""
        if len(text) <= SHORT:
            self.cancel()
            self.finished.emit(_read(text, image))
            return
        self._next = text, image
        if self._work is None:
            self._begin()

    def cancel(self) -> None:
        """Nothing follows any more."""
        self._next = self._work = None
        self._timer.stop()

    def _begin(self) -> None:
        assert self._next is not None
        (text, image), self._next = self._next, None
        self._work = Job("cnnviz-source", lambda _: _read(text, image), daemon=False).start()
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


def _read(text: str, image: Shape) -> Pasted | PasteError:
    # not at the top: a window in which nothing is pasted opens the sooner
    from cnnviz.code.read.paste import paste
    from cnnviz.code.read.remarks import PasteError

    try:
        return paste(text, image)
    except PasteError as error:
        return error
