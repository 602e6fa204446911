"""Where the runs of a session come from, if not from initial weights, as its recorder sees them. No torch."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnviz.runs.folder import moments
from cnnviz.runs.summary import first_rate
from cnnviz.training.channels import BatchMetrics
from cnnviz.training.events import RunResumed, RunStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.runs.folder import MomentFile
    from cnnviz.runs.summary import Facts
    from cnnviz.training.channels import Metrics
    from cnnviz.training.events import Event
    from cnnviz.training.origin import Origin


class ResumedRuns:
    """The runs that continue from a checkpoint or a recorded moment, and those that begin with the weights of another.

    A run that continues has metrics and changed settings from before, and its settings may be changed before it is
    trained or tested. All this is held back until then, so that a run that is only opened leaves no folder.
    """

    def __init__(self, home: Path, unread: Callable[[], Sequence[Event]]) -> None:
        """``home`` is the library; ``unread`` returns the events that the recorder has not passed to this object yet.

        They are asked too, so that a run that was just opened has its name at once, also while the recorder is writing.
        """
        self._home, self._unread = home, unread
        self._origins: dict[int, Origin | None] = {}
        self._untrained: dict[int, RunResumed] = {}
        """The beginnings of the runs that continue and have not been trained or tested since."""
        self._before: dict[int, tuple[list[Metrics], list[Event]]] = {}
        self._first_rates: dict[int, float] = {}
        """The base rates with which runs began, if it was changed before the moment from which they continue."""
        self._pasts: dict[int, tuple[Path, tuple[MomentFile, ...]]] = {}
        """The folders of the runs from which runs go on, and the moments up to where they do."""
        self._begun_at: dict[int, float] = {}
        """When new runs from recorded moments were begun, in seconds since 1970."""
        self._inheriting: dict[int, RunStarted] = {}
        """The beginnings of runs that begin with the weights of other runs."""

    def add(self, event: RunResumed) -> None:
        """Another run goes on from a checkpoint, or from a recorded moment of a run in the library."""
        self._pasts.pop(event.run, None)
        self._first_rates.pop(event.run, None)
        self._begun_at.pop(event.run, None)
        if event.origin is not None:
            # a run that is shown as it was left begins when it is trained, and so does one at step 0
            if event.origin.step and not event.origin.reopened:
                self._begun_at[event.run] = time.time()
            folder = self._home / event.origin.run
            found = moments(folder).values()
            self._pasts[event.run] = folder, tuple(moment for moment in found if moment.step <= event.step)
        self._origins[event.run], self._untrained[event.run], self._before[event.run] = event.origin, event, ([], [])

    def begin(self, event: RunStarted) -> None:
        """A run begins; forget a run that was never trained and had its number."""
        of_runs: tuple[dict[int, Any], ...] = (
            self._origins,
            self._untrained,
            self._before,
            self._pasts,
            self._begun_at,
            self._inheriting,
            self._first_rates,
        )
        for values in of_runs:
            values.pop(event.run, None)
        if event.inherited:
            self._inheriting[event.run] = event

    def facts(self, run: int, facts: Facts, folder: Callable[[int], Path | None]) -> Facts:
        """The facts of a run together with where it comes from; ``folder`` gives the folders of the session's runs."""
        begun = self._begun(run)
        origin = self._origins.get(run) if begun is None else begun.origin if isinstance(begun, RunResumed) else None
        if origin is not None:
            facts = replace(facts, parent=origin.run, parent_step=origin.step, source=origin.source)
        if begun is None:
            facts = replace(
                facts,
                created=self._begun_at.get(run, facts.created),
                learning_rate=self._first_rates.get(run, facts.learning_rate),
            )
        inheriting = self._inheriting.get(run) if begun is None else begun
        if not isinstance(inheriting, RunStarted) or not inheriting.inherited or inheriting.origin is None:
            return facts
        weights = inheriting.origin
        run_folder = folder(weights.run) if weights.run else None
        name = weights.name if run_folder is None else run_folder.name
        return replace(facts, inherited=", ".join(inheriting.inherited), weights_from=name, weights_step=weights.step)

    def origin(self, run: int) -> Origin | None:
        """The recorded moment from which a run goes on; None if there is none."""
        return self._origins.get(run)

    def untrained(self, run: int) -> RunResumed | None:
        """The beginning of a run that continues and has not been trained or tested since; None for every other run."""
        begun = self._begun(run)
        if begun is None:
            return self._untrained.get(run)
        return begun if isinstance(begun, RunResumed) else None

    def folder(self, run: int) -> Path | None:
        """The folder of the run from which a run goes on; None if there is none."""
        begun = self._begun(run)
        if isinstance(begun, RunResumed) and begun.origin is not None:
            return self._home / begun.origin.run
        return self._pasts[run][0] if run in self._pasts and begun is None else None

    def _begun(self, run: int) -> RunStarted | RunResumed | None:
        """The beginning of a run among the events that are not read yet; None if there is none."""
        for event in reversed(self._unread()):
            if isinstance(event, RunStarted) and event.run == run:
                return event
            # a RunResumed without origin and folder is the return to the previous run
            if isinstance(event, RunResumed) and event.run == run and (event.origin or event.folder):
                return event
        return None

    def files(self, run: int) -> tuple[MomentFile, ...]:
        """The recorded moments from before the beginning of a run, in ascending order."""
        return self._pasts[run][1] if run in self._pasts else ()

    def released(
        self, run: int, metrics: Sequence[Metrics], events: Sequence[Event]
    ) -> tuple[list[Metrics], list[Event]]:
        """What is to be recorded now that there are new ``metrics`` and ``events``: nothing before the run is trained,
        then all."""
        if run not in self._untrained:
            return list(metrics), list(events)
        self._before[run][0].extend(metrics)
        self._before[run][1].extend(events)
        step = self._untrained[run].step
        if all(not isinstance(metric, BatchMetrics) or metric.first_step <= step for metric in metrics):
            return [], []
        return self.release(run)

    def release(self, run: int) -> tuple[list[Metrics], list[Event]]:
        """What was held back of a run, to be recorded now: it was trained, or a moment of it was recorded, as after a
        test."""
        before = self._before.pop(run, ([], []))
        self._untrained.pop(run, None)
        if (rate := first_rate(before[1])) is not None:
            self._first_rates[run] = rate
        return before
