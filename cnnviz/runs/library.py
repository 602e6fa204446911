"""Listing, naming, deleting and restoring recorded runs. No torch.

All information is in the folders on disk; :mod:`cnnviz.runs.index` makes listing them quick. Any number of programs may
use a library at the same time.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from cnnviz.files import cause, shown, write_atomically
from cnnviz.runs.disk import file_sizes, freed_bytes
from cnnviz.runs.folder import LABEL, RunError, is_recorded
from cnnviz.runs.marks import read_marks
from cnnviz.runs.sealed import sealed
from cnnviz.runs.summary import RunSummary, label_in, summarize
from cnnviz.runs.thinning import superfluous
from cnnviz.runs.writer import delete_moment
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.runs.disk import File

TRASH = "trash"
IMPORTING = ".importing-"
"""Beginning of the names of folders that are not complete yet."""
DAY_SECONDS = 24 * 3600.0
TRASH_SECONDS = 30 * DAY_SECONDS
"""How long a deleted run can be restored."""


@dataclass(frozen=True)
class Library:
    """The recorded runs in the folder ``home``, which need not exist."""

    home: Path

    def runs(self) -> list[RunSummary]:
        """All readable runs, the newest first. Never raises."""
        # not at the top of the file: a window that lists no runs needs no database
        from cnnviz.runs import index

        indexed = index.read(self.home)
        found: dict[str, RunSummary] = {}
        changed = {}
        folders = self.folders()
        for folder in folders:
            entry = indexed.get(folder.name)
            try:
                stamp = index.stamp(folder)
                if entry is None or entry[0] != stamp:
                    entry = stamp, summarize(folder)
                    # damage is looked for again each time
                    if not entry[1].missing and index.is_settled(folder, stamp):
                        changed[folder.name] = entry
            except (OSError, RunError):
                continue
            found[folder.name] = entry[1]
        missing = indexed.keys() - {folder.name for folder in folders}
        if changed or missing:
            index.write(self.home, changed, missing)
        return sorted(found.values(), key=lambda run: (run.facts.created, run.id), reverse=True)

    def trash(self) -> Library:
        """The deleted runs."""
        return Library(self.home / TRASH)

    def find(self, text: str) -> RunSummary:
        """The run that a user means by this text; raises :class:`RunError`.

        It may be the id, the name, the beginning of the id, or the title or network without regard to capital letters.
        """
        runs = self.runs() if text else []
        for matches in (
            [run for run in runs if run.id == text],
            [run for run in runs if run.name == text],
            [run for run in runs if run.id.startswith(text)],
            [run for run in runs if run.title.lower() == text.lower()],
            [run for run in runs if not run.name and run.facts.network.lower() == text.lower()],
        ):
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise RunError(
                    Sentence(
                        "“{name}” can be any of {number} runs, such as {ids}. Give enough of an id.",
                        name=shown(text),
                        number=len(matches),
                        ids=tuple(run.id for run in matches[:2]),
                    )
                )
        raise RunError(Sentence("There is no recorded run “{name}”.", name=shown(text)))

    def folder(self, run: str) -> Path:
        """The folder of a run; raises :class:`RunError` if there is none."""
        path = self.home / run
        if run != path.name or not _names_run(run) or not path.is_dir():
            raise RunError(Sentence("There is no recorded run “{name}” any more.", name=shown(run)))
        return path

    def label(self, run: str, name: str, notes: str) -> None:
        """Give a run a name and notes; raises :class:`RunError`."""
        self._label(run, name=name, notes=notes)

    def set_network(self, run: str, network: str) -> None:
        """Name the network of a run after its project, which was saved since; raises :class:`RunError`."""
        before = summarize(self.folder(run))
        self._label(run, name=before.name, notes=before.notes, network=network)

    def _label(self, run: str, **texts: str) -> None:
        """Write the label of a run; what is not among ``texts`` stays. Raises :class:`RunError`."""
        folder, before = self.folder(run), dict[str, str]()
        # a damaged label is replaced
        with suppress(ValueError):
            before = label_in(folder)
        try:
            write_atomically(folder / LABEL, sealed({**before, **texts}))
        except OSError as error:
            raise RunError(Sentence("The name could not be kept: {reason}.", reason=cause(error))) from error

    def delete(self, run: str) -> None:
        """Move a run to the trash; raises :class:`RunError`."""
        folder, place = self.folder(run), self.home / TRASH / run
        try:
            place.parent.mkdir(exist_ok=True)
            if place.exists():
                # a copy of the run was deleted before
                place.rename(free_place(place))
            folder.rename(place)
            # the age of a run in the trash counts from here
            os.utime(place)
        except OSError as error:
            raise RunError(Sentence("The run could not be deleted: {reason}.", reason=cause(error))) from error

    def restore(self, run: str) -> None:
        """Restore a deleted run; raises :class:`RunError`."""
        try:
            (self.home / TRASH / run).rename(self.home / run)
        except OSError as error:
            raise RunError(Sentence("The run could not be brought back: {reason}.", reason=cause(error))) from error

    def make_room(self, budget: int) -> None:
        """Delete old runs from the trash, and thin the moments of the oldest runs until all take ``budget`` bytes.

        The first, best and last moment of a run, the last from which training can continue exactly, and those that the
        user named or pinned are always kept.
        """
        self._empty_trash()
        runs = self.runs()
        if sum(moment.bytes for run in runs for moment in run.moments) <= budget:
            return
        files = {run.id: file_sizes(self.home / run.id, run.moments) for run in runs}
        excess = sum({file: size for sizes in files.values() for file, size in sizes.items()}.values()) - budget
        for run in reversed(runs):
            if excess > 0:
                excess -= self._thin(run, excess)
        # deleting a moment whose file another run has too frees nothing, but then the other run can be thinned: a run
        # that continues another has the files of its moments
        continuing = [run for run in reversed(runs) if run.facts.parent]
        having: defaultdict[File, set[str]] = defaultdict(set)
        for run in continuing:
            for file in files[run.id]:
                having[file].add(run.id)
        for run in reversed(runs):
            if excess > 0:
                excess -= self._thin(run, excess, shared=True)
            sharing = {other for file in files[run.id] for other in having[file]}
            for other in continuing:
                if excess > 0 and other.id in sharing:
                    excess -= self._thin(other, excess)

    def _thin(self, run: RunSummary, excess: int, *, shared: bool = False) -> int:
        """Delete moments of a run so that ``excess`` bytes become free, and return how many became free.

        With ``shared`` also moments are deleted whose files another run has too.
        """
        folder = self.home / run.id
        recorded = [moment for moment in run.moments if is_recorded(folder, moment.step)]
        free = {moment.step: freed_bytes(folder, moment) for moment in recorded}
        exact = [moment.step for moment in recorded if moment.exact]
        last = list(free)[-1:]
        kept = {run.numbers.best_step, *exact[-1:], *last, *read_marks(folder)}
        if shared:
            sizes = {moment.step: moment.bytes for moment in recorded}
        else:
            sizes = free
            kept |= {step for step, size in free.items() if not size}
        first = list(sizes)[:1]
        kept |= {*first}
        budget = max(0, sum(size for step, size in sizes.items() if step not in kept) - excess)
        steps = superfluous(sizes, budget, {step for step in kept if step is not None})
        for step in steps:
            delete_moment(folder, step)
        return sum(free[step] for step in steps)

    def folders(self) -> list[Path]:
        """The folders of all runs, in no order. Never raises."""
        return _folders_in(self.home)

    def _empty_trash(self) -> None:
        now = time.time()
        for path in _folders_in(self.home / TRASH):
            with suppress(OSError):
                _delete_if_old(path, now)
        for path in self.home.glob(f"{IMPORTING}*"):
            with suppress(OSError):
                if abs(now - path.stat().st_mtime) > DAY_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)


def free_place(path: Path) -> Path:
    """An unused path beside ``path``, with a number added to its name."""
    return next(free for number in count(2) if not (free := path.with_name(f"{path.name}-{number}")).exists())


def _folders_in(path: Path) -> list[Path]:
    try:
        return [each for each in path.iterdir() if _names_run(each.name) and each.is_dir()]
    except OSError:
        return []


def _delete_if_old(path: Path, now: float) -> None:
    """Delete a run from the trash if two checks, at least a day apart, found it expired: the clock may be wrong once.

    The first check leaves a file beside it.
    """
    expired = path.with_name(f"{path.name}.expired")
    age = now - path.stat().st_mtime
    if age < -DAY_SECONDS:
        # it was deleted while the clock was ahead
        os.utime(path)
    if age <= TRASH_SECONDS:
        expired.unlink(missing_ok=True)
        return
    since_first_check = now - expired.stat().st_mtime if expired.exists() else -1
    if since_first_check >= DAY_SECONDS:
        shutil.rmtree(path, ignore_errors=True)
        expired.unlink(missing_ok=True)
    elif since_first_check < 0:
        expired.touch()


def _names_run(name: str) -> bool:
    """Whether a folder of this name can be a run."""
    return name != TRASH and not name.startswith(".")
