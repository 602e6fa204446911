"""What is known of the times of networks, by their trainings and by trial steps. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.training.estimate import PASSES, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.training.pace import Pace

EVEN = 1.5
"""Trial steps that took up to so many times as long as they would alone are not repeated."""
MOST_TRIALS = 3
MOST_TRIED = 16
"""The most networks whose trial steps are remembered, for undo."""


class KnownTimes:
    """The times of an image in training and evaluation, by the step of a network (see
    :func:`cnnviz.training.pace.step_of`).

    The pace of a run counts more than trial steps: it was measured for longer, with all that a training does.
    """

    def __init__(self) -> None:
        self._runs: dict[str, Pace] = {}
        self._tried: dict[str, Estimate] = {}
        """The newest last."""
        self._trials: dict[str, int] = {}

    def add_runs(self, paces: Mapping[str, Pace]) -> None:
        """Take the paces of runs; those that are known already are of later runs."""
        self._runs = {**paces, **self._runs}

    def add_run(self, step: str, pace: Pace) -> None:
        """Take the pace of the present run."""
        if pace.counts_more(self._runs.get(step)):
            self._runs[step] = pace

    def begin_trial(self, step: str) -> bool:
        """Count another trial; returns False if none is needed, or if there were enough."""
        trials, tried = self._trials.get(step, 0), self._tried.get(step)
        if step in self._runs or trials >= MOST_TRIALS or (tried is not None and tried.most <= EVEN * tried.least):
            return False
        self._trials[step] = trials + 1
        return True

    def end_trial(self, step: str, image: Estimate | None, *, interrupted: bool) -> bool:
        """Take the time by trial steps, None if they were ``interrupted`` or failed; returns whether to try again.

        Of several trials the one counts that other programs disturbed least. What failed is not tried again.
        """
        if image is None:
            self._trials[step] = 0 if interrupted else MOST_TRIALS
            return interrupted
        known = self._tried.pop(step, image)
        self._tried[step] = min(known, image, key=lambda each: each.most / each.least)
        for old in [*self._tried][:-MOST_TRIED]:
            del self._tried[old], self._trials[old]
        return self._tried[step].most > EVEN * self._tried[step].least

    def get(self, step: str) -> tuple[Estimate, Estimate] | None:
        """The times of an image in training and in evaluation; None if they are not known."""
        if (pace := self._runs.get(step)) is not None:
            return Estimate(pace.image, pace.image), Estimate(pace.evaluation, pace.evaluation)
        tried = self._tried.get(step)
        return None if tried is None else (tried, tried * (1 / PASSES))
