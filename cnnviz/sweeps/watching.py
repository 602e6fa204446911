"""Reads a sweep that other processes may be working on. Nothing is written to its storage."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence
from cnnviz.sweeps.results import INTERRUPTED, RUNNING, importances, results
from cnnviz.sweeps.space import Axis
from cnnviz.sweeps.storage import (
    NETWORK,
    SPACE,
    TRIALS_WANTED,
    SweepError,
    is_url,
    library,
    reason_of,
    sqlite_storage,
    sweeps_folder,
    without_password,
)
from cnnviz.sweeps.trials import is_lost, silent_minutes, under_way

if TYPE_CHECKING:
    from collections.abc import Iterable

    import optuna

    from cnnviz.sweeps.results import Result

SUFFIXES = (".sqlite", ".journal")
"""The suffixes of the files in which sweeps are kept."""
SETTLED_SECONDS = 2.0
"""Two changes of a file within this time may leave it with the same time and size."""
HALF_WRITTEN = "attempt to write a readonly database"
"""What SQLite says of a file whose last change has to be undone first, when the file is only read."""
LOCKED_SECONDS = 2.0
"""How long reading waits for a process that is writing."""


@dataclass(frozen=True)
class SweepSnapshot:
    """A sweep at one time: its ``name``, the ``names`` of all sweeps in its storage, and the name of its ``network``.

    ``axes`` are what it varies, ``results`` its trials in their order. ``trials_wanted`` is the number of trials that
    were asked for, 0 if it is not known. ``importance`` is the share of each target, empty if it is not known; it may
    be computed from fewer trials, see :meth:`Reader.with_importance`.
    """

    name: str
    names: tuple[str, ...]
    network: str = ""
    axes: tuple[Axis, ...] = ()
    results: tuple[Result, ...] = ()
    trials_wanted: int = 0
    importance: dict[str, float] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """How many trials have ended and count."""
        return sum(each.ended for each in self.results)


def kept_sweeps() -> list[Path]:
    """The files of the sweeps on this machine, sorted by the time of the last change, the newest first."""
    folder = sweeps_folder()
    try:
        found = [(path.stat().st_mtime, path) for path in folder.iterdir() if path.suffix in SUFFIXES]
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True)]


class Reader:
    """Reads a ``storage``: the file of a sweep, or the URL of a database. For one thread at a time."""

    def __init__(self, storage: str) -> None:
        self.storage = storage
        self._shown = without_password(storage)
        """The storage in sentences, without the password of a database."""
        self._opened: optuna.storages.BaseStorage | None = None
        self._study: optuna.Study | None = None
        self._stamp: tuple[float, int] | None = None
        """Time and size of the file at the last reading."""
        self._last: SweepSnapshot | None = None
        self._trials: list[optuna.trial.FrozenTrial] = []
        """The trials of the last snapshot."""
        self._complete = 0
        """The number of complete trials at the last reading."""
        self._importance: tuple[int, dict[str, float]] = 0, {}
        """The number of complete trials from which the importance was computed, and the importance."""

    def snapshot(self, name: str = "") -> SweepSnapshot:
        """The sweep of this name as it is now, or the newest sweep of the storage; raises :class:`SweepError`.

        If nothing has changed since the last snapshot, that one is returned.
        """
        try:
            stamp = self._stamp_now()
            last = self._last
            # a trial that runs may be lost at any time, which changes no file
            at_rest = last is not None and all(each.state != RUNNING for each in last.results)
            settled = at_rest and stamp is not None and abs(time.time() - stamp[0]) > SETTLED_SECONDS
            if last is not None and settled and stamp == self._stamp and name in ("", last.name):
                return last
            self._last = self._read(name)
        except SweepError:
            raise
        except Exception as error:  # the drivers of databases raise errors of their own
            # what was read in part is read again
            self._opened = self._study = self._stamp = None
            raise self._unreadable(error) from error
        self._stamp = stamp
        return self._last

    def last_snapshot(self) -> SweepSnapshot | None:
        """The last snapshot, in which trials whose process has ended since are interrupted; None if there is none.

        The storage is not read.
        """
        return None if self._last is None else replace(self._last, results=_results(self._trials))

    def with_importance(self) -> SweepSnapshot | None:
        """The last snapshot with the importance computed from its trials; None if it has that importance already.

        It takes longer than a snapshot. Raises :class:`SweepError`.
        """
        if self._last is None or self._study is None or self._importance[0] == self._complete:
            return None
        try:
            self._importance = self._complete, importances(self._study)
        except Exception as error:  # the study is read again for it
            raise self._unreadable(error) from error
        self._last = replace(self._last, importance=self._importance[1])
        return self._last

    def _stamp_now(self) -> tuple[float, int] | None:
        """Time and size of the file; None for a database."""
        if is_url(self.storage):
            return None
        path = Path(self.storage)
        if not path.is_file():
            raise SweepError(Sentence("There is no sweep in “{where}”.", where=self._shown))
        status = path.stat()
        return status.st_mtime, status.st_size

    def _read(self, name: str) -> SweepSnapshot:
        optuna = library()
        if self._opened is None:
            self._opened = _open(self.storage)
        names = tuple(optuna.get_all_study_names(self._opened))
        if not names:
            raise SweepError(Sentence("There is no sweep in “{where}” yet.", where=self._shown))
        chosen = name if name in names else names[-1]
        if self._study is None or self._study.study_name != chosen:
            self._study = optuna.load_study(study_name=chosen, storage=self._opened)
            self._importance = 0, {}
        attributes = self._study.user_attrs
        if SPACE not in attributes:
            raise SweepError(Sentence("“{name}” is a study of another program.", name=quoted(chosen)))
        trials = self._trials = self._study.get_trials(deepcopy=False)
        self._complete = sum(trial.state == optuna.trial.TrialState.COMPLETE for trial in trials)
        trials_wanted = attributes.get(TRIALS_WANTED, 0)
        return SweepSnapshot(
            chosen,
            names,
            str(attributes.get(NETWORK, "")),
            _axes(trials),
            _results(trials),
            trials_wanted if isinstance(trials_wanted, int) else 0,
            self._importance[1],
        )

    def _unreadable(self, error: Exception) -> SweepError:
        reason = reason_of(error, LOCKED_SECONDS)
        if HALF_WRITTEN in str(reason):
            return SweepError(
                Sentence(
                    "A process was ended while it wrote the sweep in “{where}”. The sweep can be read again once it"
                    " goes on.",
                    where=self._shown,
                )
            )
        return SweepError(
            Sentence("The sweep in “{where}” cannot be read now: {reason}.", where=self._shown, reason=reason)
        )


def _open(storage: str) -> optuna.storages.BaseStorage:
    """A storage that is only read; its tables are not made."""
    optuna = library()
    from sqlalchemy.pool import NullPool

    # no connection is left open between two readings
    options = {"poolclass": NullPool}
    if is_url(storage):
        return optuna.storages.RDBStorage(storage, engine_kwargs=options, skip_table_creation=True)  # type: ignore[no-any-return]
    if Path(storage).suffix == ".journal":
        backend = optuna.storages.journal.JournalFileBackend(storage)
        return optuna.storages.JournalStorage(backend)  # type: ignore[no-any-return]
    return sqlite_storage(Path(storage), "ro", LOCKED_SECONDS, **options)  # type: ignore[no-any-return]


def _results(trials: list[optuna.trial.FrozenTrial]) -> tuple[Result, ...]:
    """The trials that count; those whose process has ended before them are interrupted."""
    running = {trial.number: trial for trial in under_way(trials)}

    def judged(each: Result) -> Result:
        if (trial := running.get(each.number)) is None:
            return each
        return replace(each, state=INTERRUPTED) if is_lost(trial) else replace(each, silent=silent_minutes(trial))

    return tuple(judged(each) for each in results(trials))


def _axes(trials: Iterable[optuna.trial.FrozenTrial]) -> tuple[Axis, ...]:
    """What the trials vary, in the order of the first trial."""
    found: dict[str, Axis] = {}
    for trial in trials:
        for target, values in trial.distributions.items():
            if target not in found:
                found[target] = _axis(target, values)
    return tuple(found.values())


def _axis(target: str, values: optuna.distributions.BaseDistribution) -> Axis:
    kinds = library().distributions
    if isinstance(values, kinds.CategoricalDistribution):
        return Axis(target, tuple(values.choices))
    assert isinstance(values, kinds.IntDistribution | kinds.FloatDistribution)
    whole = isinstance(values, kinds.IntDistribution)
    return Axis(target, low=values.low, high=values.high, scale="log" if values.log else "linear", whole=whole)
