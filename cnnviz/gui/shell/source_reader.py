"""Reading pasted source: a short text at once, a long one on a thread, so that the window stays responsive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.jobs import Job

if TYPE_CHECKING:
    from cnnviz.code.read.pasted import Pasted
    from cnnviz.code.read.remarks import PasteError
    from cnnviz.network.shape import Shape

    _Result = tuple[Pasted | PasteError, tuple["Offer", ...]]

SHORT = 4000
"""Texts up to this many characters, without functions and loops, are read at once, which takes a few hundredths of a
second at most."""
_LONG = re.compile(r"^\s*(?:class|def|for|while)\b", re.MULTILINE)
"""Statements that may make a short text take long to read."""
POLL_MILLISECONDS = 15
"""Milliseconds between two checks whether a long text has been read."""


MOST_COUNTED = 8
"""The most networks of a source whose layers and parameters are counted."""


@dataclass(frozen=True)
class Offer:
    """A network of a source: its name, and the numbers of its layers and parameters; None if they are not counted."""

    name: str
    layers: int | None = None
    parameters: int | None = None


class SourceReader(QObject):
    """``finished(result)`` follows :meth:`start` with a Pasted or a PasteError, for the newest source only.

    ``offers`` are then the networks of the source, if it has several.
    """

    finished = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.offers: tuple[Offer, ...] = ()
        self._work: Job[None, _Result] | None = None
        self._next: tuple[str, Shape, str | None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    def start(self, text: str, image: Shape, choice: str | None = None) -> None:
        """Read a source and abandon an earlier one; ``image`` is the input shape if the source names none, ``choice``
        the name of the network if it has several."""
        if len(text) <= SHORT and not _LONG.search(text):
            self.cancel()
            self._finish(_read(text, image, choice))
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
        assert state.result is not None
        self._finish(state.result)

    def _finish(self, read: _Result) -> None:
        result, self.offers = read
        self.finished.emit(result)


def _read(text: str, image: Shape, choice: str | None) -> _Result:
    # imported here, because most windows never paste anything and so open sooner
    from cnnviz.code.read.paste import paste
    from cnnviz.code.read.remarks import PasteError

    result: Pasted | PasteError
    try:
        result = paste(text, image, choice)
    except PasteError as error:
        result = error
    offers = tuple(_offer(text, image, name) for name in result.choices[:MOST_COUNTED])
    return result, (*offers, *map(Offer, result.choices[MOST_COUNTED:]))


def _offer(text: str, image: Shape, name: str) -> Offer:
    from cnnviz.code.read.paste import paste
    from cnnviz.code.read.remarks import PasteError
    from cnnviz.network.check import check
    from cnnviz.network.report import Facts

    try:
        network = paste(text, image, name).network
    except PasteError:
        return Offer(name)
    # the number of classes does not matter for the number of parameters
    return Offer(name, len(network.nodes), check(network, Facts(image, 1)).parameters)
