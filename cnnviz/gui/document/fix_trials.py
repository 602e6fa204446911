"""Trying fixes in short slices of time, so that the window stays responsive."""

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

AFTER_MILLISECONDS = 60
"""Delay between the painting of an edit and the first trial: none runs while a key repeats, or while what follows from
the edit, such as the layer table, is still being painted."""
SLICE_SECONDS = 0.008
"""Duration of a slice of trials; a trial takes several."""


class FixTrials(QObject):
    """Tries the fixes of a report's problems, a few at a time.

    ``tried(results)`` maps the index of a problem in the report to the problem with the fixes that mend it.
    """

    tried = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._trials: Trials | None = None
        self._waiting: deque[int] = deque()
        self._given_up: set[int] = set()
        """Indices of problems beyond the budget of trials."""
        self._current: tuple[int, Generator[None, None, Problem]] | None = None
        self._first = AfterPainting(AFTER_MILLISECONDS, self)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        for timer in (self._first.due, self._next.timeout):
            timer.connect(self._go_on)

    @property
    def under_way(self) -> bool:
        """Whether trials are left."""
        return bool(self._waiting) or self._current is not None

    def begin(self, trials: Trials, order: Iterable[int]) -> None:
        """Set the trials of a new report and their order, dropping earlier ones; call :meth:`start` next."""
        self.stop()
        self._trials, self._waiting = trials, deque(order)
        self._given_up.clear()

    def start(self) -> None:
        """Start trying after the edit has been painted."""
        if self.under_way:
            self._next.stop()
            self._first.start()

    def stop(self) -> None:
        """Stop trying."""
        self._waiting.clear()
        self._current = None
        self._rest()

    def prefer(self, indices: Sequence[int]) -> None:
        """Try the problems at these indices before all others."""
        if self._put_first(indices):
            self.start()

    def finish(self, indices: Sequence[int]) -> None:
        """Try the problems at these indices now and emit the results."""
        self._put_first(indices)
        places, results = set(indices), {}
        while self.under_way and not places.isdisjoint(self._left()):
            results.update(self._step())
        if not self.under_way:
            self._rest()
        if results:
            self.tried.emit(results)

    def _put_first(self, indices: Sequence[int]) -> bool:
        """Move these problems to the front, including those beyond the budget; returns whether there are any."""
        first = [index for index in indices if index in self._given_up or index in self._waiting]
        if first and self._trials is not None:
            self._trials.budget = max(self._trials.budget, NODE_BUDGET)
            self._given_up.difference_update(first)
            self._waiting = deque([*first, *(index for index in self._waiting if index not in first)])
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
        """Take one step of a trial; returns the problem by its index once all its fixes are tried, else nothing."""
        assert self._trials is not None
        if self._current is None:
            index = self._waiting.popleft()
            self._current = index, self._trials.steps(self._trials.report.problems[index])
        index, steps = self._current
        try:
            next(steps)
        except StopIteration as end:
            self._current = None
            if self._trials.budget < 0:
                self._given_up.add(index)
            return {index: end.value}
        return {}

    def _left(self) -> set[int]:
        """The indices of the problems that wait or are tried now."""
        return {*self._waiting, *(() if self._current is None else (self._current[0],))}
