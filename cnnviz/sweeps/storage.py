"""Where a sweep is kept: an Optuna study in SQLite, in a journal file, or in a database with a URL."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cnnviz import settings
from cnnviz.quoting import quoted
from cnnviz.sentence import SaidError, Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import optuna

    from cnnviz.sweeps.space import Axis

PrunerName = Literal["median", "hyperband", "none"]
SPACE, PROJECT, NETWORK = "space", "project", "network"
"""The attributes of a study: what it varies, a digest of the project, and the name of its network."""
MOST = "trials"
"""The attribute of a study with the number of trials that was asked for last."""
WRITING_SECONDS = 60.0
"""How long a process that sweeps waits until another has written."""
INSTALL = "pip install 'cnnviz[sweep]'"


class SweepError(SaidError):
    """A sweep cannot be opened."""


def sweeps_folder() -> Path:
    """The folder of all sweeps that are kept on this machine."""
    return settings.folders().data / "sweeps"


def library() -> Any:
    """Optuna's module; raises :class:`SweepError` if it is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise SweepError(
            Sentence("Sweeps need Optuna, which is not installed here: {command}.", command=unchanged(INSTALL))
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Optuna warns of choices of numbers that it stores, and of experimental classes; both are known
    logging.getLogger("optuna").setLevel(logging.ERROR)
    return optuna


def open_storage(where: str | None, name: str) -> optuna.storages.BaseStorage:
    """The storage of a sweep.

    ``where`` is a URL of a database, a path that ends in ``.journal`` (for a folder that several machines share), or
    another path for SQLite; None keeps the sweep ``name`` among the user's data. Raises :class:`SweepError`.
    """
    optuna = library()
    try:
        if where is not None and "://" in where:
            return optuna.storages.RDBStorage(where, engine_kwargs={"pool_pre_ping": True})  # type: ignore[no-any-return]
        path = sweeps_folder() / f"{name}.sqlite" if where is None else Path(where)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".journal":
            backend = optuna.storages.journal.JournalFileBackend(str(path))
            return optuna.storages.JournalStorage(backend)  # type: ignore[no-any-return]
        # processes that sweep together wait for each other's writing
        return sqlite_storage(path, "rwc", WRITING_SECONDS)  # type: ignore[no-any-return]
    except Exception as error:  # the drivers of databases raise errors of their own
        raise SweepError(
            Sentence(
                "The sweep cannot be kept in “{where}”: {reason}.",
                where=quoted(where or str(sweeps_folder())),
                reason=unchanged(reason_of(error)),
            )
        ) from error


def sqlite_storage(path: Path, mode: Literal["ro", "rwc"], seconds: float, **options: Any) -> Any:
    """A storage in a file of SQLite that is read only, or else written, and made if it is missing.

    It waits up to ``seconds`` for other processes; ``options`` are those of SQLAlchemy's engine.
    """
    # not as a part of the storage's URL, in which braces, question marks and percent signs have a meaning
    place = f"{path.absolute().as_uri()}?mode={mode}"
    options["creator"] = lambda: sqlite3.connect(place, seconds, uri=True, check_same_thread=False)
    return library().storages.RDBStorage("sqlite:///sweep", engine_kwargs=options, skip_table_creation=mode == "ro")


def reason_of(error: BaseException) -> str:
    """What the first cause of an error says, on one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return quoted(str(error).partition("\n")[0].rstrip(".") or type(error).__name__)


def open_study(
    storage: optuna.storages.BaseStorage,
    name: str,
    axes: Sequence[Axis],
    project: str,
    network: str,
    pruner: PrunerName,
    seed: int | None,
) -> optuna.Study:
    """The study of a sweep, a new one or one that goes on.

    ``project`` is a digest of the project that is varied. Raises :class:`SweepError` if the study varies another
    project or other values.
    """
    found = library()
    pruners = {
        "median": found.pruners.MedianPruner,
        "hyperband": found.pruners.HyperbandPruner,
        "none": found.pruners.NopPruner,
    }
    study: optuna.Study = found.create_study(
        storage=storage,
        sampler=found.samplers.TPESampler(seed=seed),
        pruner=pruners[pruner](),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
    )
    told = {SPACE: json.dumps([asdict(axis) for axis in axes]), PROJECT: project, NETWORK: network}
    known = study.user_attrs
    for key, value in told.items():
        if key not in known:
            study.set_user_attr(key, value)
    if any(known.get(key, told[key]) != told[key] for key in (SPACE, PROJECT)):
        raise SweepError(
            Sentence(
                "The sweep “{name}” varies another network or other values; choose another --name.", name=quoted(name)
            )
        )
    return study
