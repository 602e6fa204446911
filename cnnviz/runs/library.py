"""Listing, naming, deleting and restoring recorded runs. All information is in the folders on disk. No torch."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.files import cause, shown, write_atomically
from cnnviz.runs.folder import LABEL, RunError
from cnnviz.runs.summary import RunSummary, summarize
from cnnviz.runs.thinning import superfluous
from cnnviz.runs.writer import delete_moment
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

TRASH = "trash"
TRASH_SECONDS = 30 * 24 * 3600.0
"""How long a deleted run can be restored."""


@dataclass(frozen=True)
class Library:
    """The recorded runs in the folder ``home``, which need not exist."""

    home: Path

    def runs(self) -> list[RunSummary]:
        """All readable runs, the newest first. Never raises."""
        found = []
        for folder in self._folders():
            try:
                found.append(summarize(folder))
            except RunError:
                continue
        return sorted(found, key=lambda run: (run.facts.created, run.id), reverse=True)

    def folder(self, run: str) -> Path:
        """The folder of a run; raises :class:`RunError` if there is none."""
        path = self.home / run
        if run != path.name or run in (TRASH, "..") or not path.is_dir():
            raise RunError(Sentence("There is no recorded run “{name}” any more.", name=shown(run)))
        return path

    def label(self, run: str, name: str, notes: str) -> None:
        """Give a run a name and notes; raises :class:`RunError`."""
        try:
            write_atomically(self.folder(run) / LABEL, json.dumps({"name": name, "notes": notes}))
        except OSError as error:
            raise RunError(Sentence("The name could not be kept: {reason}.", reason=cause(error))) from error

    def delete(self, run: str) -> None:
        """Move a run to the trash; raises :class:`RunError`."""
        folder = self.folder(run)
        try:
            (self.home / TRASH).mkdir(exist_ok=True)
            folder.rename(self.home / TRASH / run)
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

        The first, best and last moment of a run, and the last from which training can continue exactly, are always
        kept.
        """
        self._empty_trash()
        runs = self.runs()
        taken = sum(moment.bytes for run in runs for moment in run.moments)
        for run in reversed(runs):
            if taken <= budget:
                return
            sizes = {moment.step: moment.bytes for moment in run.moments}
            exact = [moment.step for moment in run.moments if moment.exact]
            kept = {run.numbers.best_step, *exact[-1:], *list(sizes)[-1:]} - {None}
            of_run = sum(sizes.values())
            steps = superfluous(sizes, max(0, of_run - (taken - budget)), {step for step in kept if step is not None})
            for step in steps:
                delete_moment(self.home / run.id, step)
            taken -= sum(sizes[step] for step in steps)

    def _folders(self) -> list[Path]:
        try:
            return [path for path in self.home.iterdir() if path.name != TRASH and path.is_dir()]
        except OSError:
            return []

    def _empty_trash(self) -> None:
        try:
            old = [path for path in (self.home / TRASH).iterdir() if time.time() - path.stat().st_mtime > TRASH_SECONDS]
        except OSError:
            return
        for path in old:
            shutil.rmtree(path, ignore_errors=True)
