"""Reading pasted source: a short one at once, a long one on a thread of its own, so that the window goes on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.network.shape import Shape

if TYPE_CHECKING:
    from cnnviz.export.paste import Pasted
    from cnnviz.export.remarks import PasteError

SHORT = 4000
"""Characters that are read at once: a few hundredths of a second at most."""
INTERVAL = 15
"""Milliseconds between two looks whether a long one is read."""


class SourceReader(QObject):
    """``finished(result)`` follows :meth:`start` with what was read or a PasteError; only the newest source counts."""

    finished = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: _Work | None = None
        self._next: tuple[str, Shape] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._look)

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
        self._work, self._next = _Work(*self._next), None
        self._timer.start()

    def _look(self) -> None:
        work = self._work
        if work is None or not work.done.is_set():
            return
        self._work = None
        if self._next is not None:
            self._begin()
            return
        self._timer.stop()
        self.finished.emit(work.result)


class _Work:
    """One reading on a thread that ends with it."""

    def __init__(self, text: str, image: Shape) -> None:
        self.result: Pasted | PasteError | None = None
        self.done = threading.Event()
        self._source = text, image
        threading.Thread(target=self._run, name="cnnviz-source").start()

    def _run(self) -> None:
        try:
            self.result = _read(*self._source)
        finally:
            self.done.set()


def _read(text: str, image: Shape) -> Pasted | PasteError:
    # not at the top: a window in which nothing is pasted opens the sooner
    from cnnviz.export.paste import paste
    from cnnviz.export.remarks import PasteError

    try:
        return paste(text, image)
    except PasteError as error:
        return error
