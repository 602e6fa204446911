"""Where a sweep is kept: an Optuna study in SQLite, in a journal file, or in a database with a URL."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Literal

from cnnviz import settings
from cnnviz.files import cause, is_folder
from cnnviz.program import lacks
from cnnviz.quoting import quoted
from cnnviz.sentence import SaidError, Sentence, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import optuna

    from cnnviz.sweeps.space import Axis

PrunerName = Literal["median", "hyperband", "none"]
SPACE, PROJECT, NETWORK, TRIALS_WANTED = "space", "project", "network", "trials"
"""The keys of a study's attributes: what it varies, a digest of the project, the name of its network, and the number of
trials that was asked for last."""
WRITING_SECONDS = 60.0
"""How long a process that sweeps waits until another has written."""
MOST_TRIES, TRY_SECONDS = 20, 0.1
"""How often a process tries to make the tables of a database that another process is making, and the time between."""
MADE_MEANWHILE = ("already exists", "UNIQUE constraint failed", "duplicate key")
"""What databases say of tables and rows that another process has made meanwhile."""
LOCKED = "database is locked"
"""What SQLite says of a file that another process has locked."""
DAMAGED = ("file is not a database", "malformed")
"""What SQLite says of a damaged file."""
EXAMPLE = "postgresql://user:password@host/name"
"""The URL of a database."""
_LIKE_A_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""The beginning of a URL; drives have a single letter."""


class SweepError(SaidError):
    """A sweep cannot be opened."""


def sweeps_folder() -> Path:
    """The folder of all sweeps that are kept on this machine."""
    return settings.folders().data / "sweeps"


def storage_file(name: str) -> Path:
    """The file of the sweep of a name that is kept on this machine."""
    return sweeps_folder() / f"{name}.sqlite"


def is_url(storage: str) -> bool:
    """Whether a storage is the URL of a database, and not a path."""
    return "://" in storage


def wrong_storage(storage: str) -> Sentence | None:
    """Why no sweep can be kept in a storage, as far as its name tells it; None if nothing speaks against it.

    Nothing is opened.
    """
    reason = _wrong_url(storage) if is_url(storage) else _wrong_path(storage)
    return None if reason is None else _unusable(storage, reason).sentence


def _wrong_url(storage: str) -> Sentence | None:
    """What is wrong with the URL of a database, as a part of a sentence."""
    try:
        import sqlalchemy
    except ImportError:
        # it comes with Optuna, whose absence is said elsewhere
        return None
    try:
        sqlalchemy.make_url(storage).get_dialect().import_dbapi()
    except ImportError as error:
        needed = quoted(error.name or "")
        return Sentence("its database needs the Python package “{package}”, which is not installed", package=needed)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        return Sentence("that is not the URL of a database, such as {example}", example=EXAMPLE)
    return None


def _wrong_path(storage: str) -> Sentence | None:
    """What is wrong with the path of a file for a sweep, as a part of a sentence."""
    if _LIKE_A_URL.match(storage):
        return Sentence("that is neither a file nor the URL of a database, such as {example}", example=EXAMPLE)
    if is_folder(Path(storage)):
        return Sentence("that is a folder, and a sweep is kept in a file, such as sweep.journal")
    return None


def missing_optuna() -> Sentence:
    """That sweeps need Optuna, and what to do."""
    return Sentence("Sweeps need Optuna, {lacks}", lacks=lacks("optuna"))


def library() -> Any:
    """Optuna's module; raises :class:`SweepError` if it is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise SweepError(missing_optuna()) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Optuna warns of choices of numbers that it stores, and of experimental classes; both are known
    logging.getLogger("optuna").setLevel(logging.ERROR)
    return optuna


def open_storage(storage: str | None, name: str) -> optuna.storages.BaseStorage:
    """The storage of a sweep.

    ``storage`` is a URL of a database, a path that ends in ``.journal`` (for a folder that several machines share), or
    another path for SQLite; None keeps the sweep ``name`` among the user's data. Raises :class:`SweepError`.
    """
    optuna = library()
    if storage is not None and (wrong := wrong_storage(storage)) is not None:
        raise SweepError(wrong)
    with storage_errors(storage):
        if storage is not None and is_url(storage):
            options = {"pool_pre_ping": True}
            return _made(lambda: optuna.storages.RDBStorage(storage, engine_kwargs=options))
        path = _prepared(storage, name)
        if path.suffix == ".journal":
            lock = optuna.storages.journal.JournalFileOpenLock(str(path))
            backend = optuna.storages.journal.JournalFileBackend(str(path), lock)
            return optuna.storages.JournalStorage(backend)  # type: ignore[no-any-return]
        # processes that sweep together wait for each other's writing
        return _made(lambda: sqlite_storage(path, "rwc", WRITING_SECONDS))


def _made(make: Callable[[], optuna.storages.BaseStorage]) -> optuna.storages.BaseStorage:
    """What ``make`` opens: a database whose tables are made if it has none. If another process makes them at the same
    time, it is tried again."""
    for left in reversed(range(MOST_TRIES)):
        try:
            return make()
        except Exception as error:
            if not left or not any(each in str(error) for each in MADE_MEANWHILE):
                raise
            time.sleep(TRY_SECONDS)
    raise AssertionError("not reached")


def _prepared(storage: str | None, name: str) -> Path:
    """The file of a sweep, which is made if there is none; raises :class:`SweepError`."""
    path = storage_file(name) if storage is None else Path(storage)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # the system says why this fails, SQLite does not
            path.touch()
    except OSError as error:
        raise _unusable(storage, cause(error)) from error
    return path


@contextmanager
def storage_errors(storage: str | None) -> Iterator[None]:
    """Turn the errors of a ``storage`` into :class:`SweepError`; other errors are raised as they are."""
    try:
        yield
    except Exception as error:
        if is_of_storage(error) and not isinstance(error, SaidError):
            raise _unusable(storage, reason_of(error, WRITING_SECONDS)) from error
        raise


def _unusable(storage: str | None, reason: Sentence) -> SweepError:
    return SweepError(
        Sentence(
            "The sweep cannot be kept in “{where}”: {reason}.",
            where=without_password(storage or str(sweeps_folder())),
            reason=reason,
        )
    )


def is_of_storage(error: BaseException) -> bool:
    """Whether an error was raised in Optuna, whose storages and drivers of databases have errors of many kinds."""
    modules = (str(frame.f_globals.get("__name__")) for frame, _ in walk_tb(error.__traceback__))
    return isinstance(error, Exception) and any(name.partition(".")[0] == "optuna" for name in modules)


def without_password(storage: str) -> str:
    """A storage as sentences name it."""
    return quoted(re.sub(r"(://[^:/@]*):[^@]*@", r"\1:…@", storage))


def reason_of(error: BaseException, seconds: float) -> Sentence:
    """The reason of an error of a storage, as a part of a sentence; ``seconds`` is how long other processes were
    waited for."""
    if isinstance(error, OSError):
        return cause(error)
    # the cause of Optuna's error is an error of SQLAlchemy, whose ``orig`` is the error of the driver
    wrapped = isinstance(error, library().exceptions.StorageInternalError)
    inner = (error.__cause__ if wrapped else None) or error
    message = str(getattr(inner, "orig", None) or inner).strip()
    if LOCKED in message:
        return Sentence("another process has kept it locked for {seconds:.3g} seconds", seconds=seconds)
    if any(each in message for each in DAMAGED) or isinstance(inner, ValueError | KeyError | TypeError):
        return Sentence("the file is damaged, or holds something else")
    return unchanged(quoted(message.partition("\n")[0].rstrip(".") or type(error).__name__))


def sqlite_storage(path: Path, mode: Literal["ro", "rwc"], seconds: float, **options: Any) -> Any:
    """A storage in a file of SQLite that is read only, or else written, and made if it is missing.

    It waits up to ``seconds`` for other processes; ``options`` are those of SQLAlchemy's engine.
    """
    # not as a part of the storage's URL, in which braces, question marks and percent signs have a meaning
    place = f"{path.absolute().as_uri()}?mode={mode}"
    options["creator"] = lambda: sqlite3.connect(place, seconds, uri=True, check_same_thread=False)
    return library().storages.RDBStorage("sqlite:///sweep", engine_kwargs=options, skip_table_creation=mode == "ro")


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
    optuna = library()
    pruners = {
        "median": optuna.pruners.MedianPruner,
        "hyperband": optuna.pruners.HyperbandPruner,
        "none": optuna.pruners.NopPruner,
    }
    study = optuna.create_study(
        storage=storage,
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=pruners[pruner](),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
    )
    attributes = {SPACE: json.dumps([asdict(axis) for axis in axes]), PROJECT: project, NETWORK: network}
    stored = study.user_attrs
    for key, value in attributes.items():
        if key not in stored:
            study.set_user_attr(key, value)
    if any(stored.get(key, attributes[key]) != attributes[key] for key in (SPACE, PROJECT)):
        raise SweepError(
            Sentence(
                "The sweep “{name}” varies another network or other values; choose another --name.", name=quoted(name)
            )
        )
    return study  # type: ignore[no-any-return]
