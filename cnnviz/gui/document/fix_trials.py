"""Fixes are tried beside the window: nothing waits for them, and they are there a moment after an edit."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.after_painting import AfterPainting
from cnnviz.network.trial import NODE_BUDGET, Trials

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from cnnviz.network.problems import Problem

AFTER_MILLISECONDS = 30
"""Trials begin so long after an edit has been painted, and not between the edits of a key held down."""
SLICE_SECONDS = 0.008
"""For so long the window does nothing else, or for as long as a single trial takes."""


class FixTrials(QObject):
    """Tries the fixes of the problems of a report, some at a time.

    ``tried(results)`` maps the place of a problem in the report to the problem with the fixes that mend it.
    """

    tried = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._trials: Trials | None = None
        self._waiting: deque[int] = deque()
        self._given_up: set[int] = set()
        """Those for which the budget did not reach."""
        self._current: tuple[int, Generator[None, None, Problem]] | None = None
        self._first = AfterPainting(AFTER_MILLISECONDS, self)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        for timer in (self._first.due, self._next.timeout):
            timer.connect(self._go_on)

    @property
    def under_way(self) -> bool:
        """Whether there is something left to try."""
        return bool(self._waiting) or self._current is not None

    def begin(self, trials: Trials, order: Iterable[int]) -> None:
        """Take these up, in this order, and no longer those of another report; :meth:`start` follows."""
        self.stop()
        self._trials, self._waiting = trials, deque(order)
        self._given_up.clear()

    def start(self) -> None:
        """An edit is done, but not painted yet: try what there is to try after that."""
        if self.under_way:
            self._next.stop()
            self._first.start()

    def stop(self) -> None:
        """Try no more."""
        self._waiting.clear()
        self._current = None
        self._rest()

    def prefer(self, places: Sequence[int]) -> None:
        """Try these before all others."""
        if self._take_up(places):
            self.start()

    def finish(self, places: Sequence[int]) -> None:
        """Try these now; what they are is known when this returns."""
        self._take_up(places)
        wanted, results = set(places), {}
        while self.under_way and not wanted.isdisjoint({*self._waiting, *self._at()}):
            results.update(self._step())
        if not self.under_way:
            self._rest()
        if results:
            self.tried.emit(results)

    def _take_up(self, places: Sequence[int]) -> bool:
        """Put these in front, also where the budget did not reach for them; returns whether there are any."""
        first = [place for place in places if place in self._given_up or place in self._waiting]
        if first and self._trials is not None:
            self._trials.budget = max(self._trials.budget, NODE_BUDGET)
            self._given_up.difference_update(first)
            self._waiting = deque([*first, *(place for place in self._waiting if place not in first)])
        return bool(first)

    def _go_on(self) -> None:
        end = time.perf_counter() + SLICE_SECONDS
        results: dict[int, Problem] = {}
        while self.under_way and time.perf_counter() < end:
            results.update(self._step())
        if self.under_way:
            self._next.start(0)
        if results:
            self.tried.emit(results)

    def _rest(self) -> None:
        self._first.stop()
        self._next.stop()

    def _step(self) -> dict[int, Problem]:
        """Try one fix; returns the problem of which it was the last."""
        assert self._trials is not None
        if self._current is None:
            place = self._waiting.popleft()
            self._current = place, self._trials.steps(self._trials.report.problems[place])
        place, steps = self._current
        try:
            next(steps)
        except StopIteration as end:
            self._current = None
            if self._trials.budget < 0:
                self._given_up.add(place)
            return {place: end.value}
        return {}

    def _at(self) -> tuple[int, ...]:
        return () if self._current is None else (self._current[0],)
