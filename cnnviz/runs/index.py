"""An index of the recorded runs, so that hundreds are listed quickly. No torch.

The index holds the summaries of the runs' folders in an SQLite database beside them, each with a stamp: the names,
times and sizes of the files from which the summary was made. A summary counts only while the stamp of its folder is the
same, so an index that is missing, damaged, locked or old costs time, and changes nothing that is listed.

SQLite does not notice a flipped bit in a row: each row has a checksum. The database has a rollback journal, because a
write-ahead log does not work in the network homes of some systems.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import stat
import time
import zlib
from contextlib import closing, suppress
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from cnnviz.runs.folder import CHECKPOINT, MOMENTS, STUDIES, MomentFile
from cnnviz.runs.summary import Facts, Numbers, RunSummary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

INDEX = "index.sqlite"
BUSY_SECONDS = 0.2
"""How long to wait for another process that is writing."""
MOST_SECONDS = 2.0
"""The longest time for a query; then it is cancelled."""
MOST_BYTES = 2**28
"""A larger index is not read, and made again."""
RECENT_SECONDS = 3.0
"""A folder that changed within this time is not indexed: clocks are coarse, so it may change again at the same time."""
UNFINISHED_SECONDS = 600.0
"""A moment that is still incomplete after this time is not being written any more."""
_INSTRUCTIONS = 10_000
"""Instructions of the database between two checks of the time."""

Stamp = list[list[str | int]]
"""Name, time in nanoseconds and size of each file in the folder of a run."""
Indexed = tuple[Stamp, RunSummary]
"""The summary of a folder, and the stamp that the folder had."""
_KINDS = (RunSummary, Facts, Numbers, MomentFile)
_FORM = zlib.crc32(repr([[(each.name, str(each.type)) for each in fields(kind)] for kind in _KINDS]).encode())
"""Changes with the fields of summaries, so that rows of an older or newer program do not count."""


def stamp(folder: Path) -> Stamp:
    """The stamp of the folder of a run, without its studies. For the moments it holds only the time of their folder.

    Raises OSError.
    """
    with os.scandir(folder) as entries:
        names = (entry for entry in entries if not entry.name.endswith(".part") and entry.name != STUDIES)
        found = sorted((entry.name, entry.stat()) for entry in names)
    return [[name, about.st_mtime_ns, 0 if stat.S_ISDIR(about.st_mode) else about.st_size] for name, about in found]


def is_settled(folder: Path, stamp: Stamp) -> bool:
    """Whether a folder that had this ``stamp`` will have another one after its next change."""
    now = time.time()
    if any(abs(now - int(nanoseconds) / 1e9) < RECENT_SECONDS for _, nanoseconds, _ in stamp):
        return False
    try:
        with os.scandir(folder / MOMENTS) as entries:
            unfinished = [
                entry
                for entry in entries
                if entry.is_dir() and not os.path.exists(f"{entry.path}/{CHECKPOINT}")  # noqa: PTH110 # for speed
            ]
        return all(abs(now - each.stat().st_mtime) > UNFINISHED_SECONDS for each in unfinished)
    except OSError:
        # no folder of moments, or it is just being deleted: nothing in it is unfinished
        return True


def read(home: Path) -> dict[str, Indexed]:
    """The rows of the index in ``home`` by the ids of runs; empty if it cannot be read. Never raises."""
    path = home / INDEX
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            return {}
        with closing(_connected(path, "ro")) as database:
            rows = database.execute("SELECT id, content, checksum FROM runs").fetchall()
    except (OSError, ValueError, sqlite3.Error, MemoryError):
        return {}
    return dict(_decoded(rows))


def write(home: Path, changed: Mapping[str, Indexed], missing: Collection[str]) -> None:
    """Replace the rows of ``changed`` runs, and delete the rows of runs that are ``missing``. Never raises.

    A database that is damaged, or has another form, is replaced by a new one, for the next call.
    """
    path = home / INDEX
    rows = [_row(*indexed) for indexed in changed.values()]
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            return
        if path.exists() and path.stat().st_size > MOST_BYTES:
            raise sqlite3.DatabaseError("it is too large")
        with closing(_connected(path, "rwc")) as database, database:
            database.execute("PRAGMA synchronous = OFF")
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "CREATE TABLE IF NOT EXISTS runs (id BLOB PRIMARY KEY, content BLOB, checksum INTEGER) WITHOUT ROWID"
            )
            database.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", rows)
            database.executemany("DELETE FROM runs WHERE id = ?", [(os.fsencode(run),) for run in missing])
    except sqlite3.OperationalError as error:
        # locked or not writable, unless its table has other columns
        if "column" in str(error):
            _remove(path)
    except sqlite3.DatabaseError as error:
        log.warning("The index of recorded runs is damaged and made again: %s.", error)
        _remove(path)
    except (OSError, ValueError):
        return


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", BUSY_SECONDS, isolation_level=None, uri=True)
    deadline = time.monotonic() + MOST_SECONDS
    database.set_progress_handler(lambda: time.monotonic() > deadline, _INSTRUCTIONS)
    database.execute("PRAGMA trusted_schema = OFF")
    return database


def _remove(path: Path) -> None:
    # the journal first: it would be applied to the next database
    for each in (path.with_name(f"{path.name}-journal"), path):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def _checksum(run: bytes, content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(run, _FORM))


def _row(stamp: Stamp, run: RunSummary) -> tuple[bytes, bytes, int]:
    moments = [[getattr(moment, each.name) for moment in run.moments] for each in fields(MomentFile)]
    entry = [stamp, astuple(run.facts), astuple(run.numbers), run.name, run.notes, moments]
    name, content = os.fsencode(run.id), json.dumps(entry).encode()
    return name, content, _checksum(name, content)


def _decoded(rows: list[tuple[object, object, object]]) -> Iterator[tuple[str, Indexed]]:
    """The rows whose checksum is right."""
    for name, content, checksum in rows:
        if isinstance(name, bytes) and isinstance(content, bytes) and checksum == _checksum(name, content):
            stamp, facts, numbers, own_name, notes, moments = json.loads(content)
            run, found = os.fsdecode(name), tuple(map(MomentFile, *moments))
            yield run, (stamp, RunSummary(run, Facts(*facts), Numbers(*numbers), found, own_name, notes))
