"""Writing a run into its folder: on the recorder's thread, or at once for weights that were imported."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from cnnviz.files import write_atomically
from cnnviz.runs import entries
from cnnviz.runs.folder import (
    FACTS,
    FORMAT,
    MOMENTS,
    NUMBERS,
    PROJECT,
    VERSION,
    MomentFile,
    RunError,
    checkpoint_path,
    is_exact,
    moments,
    project_path,
    seal_path,
    study_path,
    weights_path,
)
from cnnviz.runs.marks import read_marks, write_mark
from cnnviz.runs.sealed import sealed
from cnnviz.runs.summary import Facts, Numbers, rate_changes, trained_rate, write_summary
from cnnviz.runs.thinning import superfluous
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import NetworkChanged, RunFailed, RunFinished

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from cnnviz.project.project import Project
    from cnnviz.training.channels import Metrics
    from cnnviz.training.checkpoint import TrainingCopy
    from cnnviz.training.events import Event, SettingChanged


class RunWriter:
    """Creates the folder of a run and adds to it. Methods that write raise OSError, :meth:`write_exact` also
    CheckpointError."""

    def __init__(self, folder: Path, project: Project, facts: Facts, budget: int) -> None:
        """``budget`` limits the bytes of the moments; see :func:`cnnviz.runs.thinning.superfluous`."""
        self.folder = folder
        self.moments: dict[int, MomentFile] = {}
        self.steps: tuple[int, ...] = ()
        """The steps of the moments in ascending order; the tuple is replaced as a whole, so that other threads can read
        it."""
        self.files: tuple[MomentFile, ...] = ()
        """The moments in the same order, replaced likewise."""
        self.budget = budget
        self._numbers = Numbers()
        self._untrained_rates: list[SettingChanged] = []
        """Changes of the base rate with which no step was trained yet."""
        self._flushed: Numbers | None = None
        """The numbers in the summary on disk."""
        (folder / MOMENTS).mkdir(parents=True)
        self.write_project(0, project)
        head = {"format": FORMAT, "version": VERSION, "facts": asdict(facts)}
        write_atomically(folder / FACTS, sealed(head))
        self._log = (folder / NUMBERS).open("ab", buffering=0)

    def close(self) -> None:
        """Close the file of numbers."""
        self._log.close()

    def write_project(self, step: int, project: Project) -> None:
        """Record that another project is trained from ``step`` on."""
        from cnnviz.project.file import to_json

        write_atomically(project_path(self.folder, step), sealed({PROJECT: to_json(project)}))

    def add(self, metrics: list[Metrics], events: list[Event]) -> None:
        """Append metrics and events."""
        for event in events:
            if isinstance(event, NetworkChanged):
                self.write_project(event.step, event.project)
        content = b"".join([*map(entries.of_metrics, metrics), *map(entries.of_event, events)])
        if not content:
            return
        written = 0
        try:
            while written < len(content):
                written += self._log.write(content[written:]) or 0
        except OSError:
            # remove a partly written entry, so that the file ends with a complete one
            with suppress(OSError):
                self._log.truncate(self._numbers.log_bytes)
            raise
        self._count(metrics, events, len(content))

    def flush(self) -> None:
        """Flush the numbers to disk, and update the summary."""
        if self._numbers != self._flushed:
            os.fsync(self._log.fileno())
            write_summary(self.folder, self._numbers)
            self._flushed = self._numbers

    def write_weights(self, step: int, project: Project, tensors: Mapping[str, Tensor]) -> None:
        """Record the weights of ``project`` after ``step``: contiguous CPU tensors, named and shaped as in the
        module: float32, batch counters int64."""
        from safetensors.torch import save

        from cnnviz.project.file import to_json

        # with the project: the network may be edited at this very step
        content = save(dict(tensors), {PROJECT: to_json(project, compact=True)})
        seal = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        try:
            write_atomically(weights_path(self.folder, step), content)
            write_atomically(seal_path(self.folder, step), json.dumps(seal))
        except OSError:
            _delete_weights(self.folder, step)
            raise
        self._written(MomentFile(step, len(content), exact=False))

    def write_exact(self, step: int, copied: TrainingCopy) -> None:
        """Record the complete training after ``step``."""
        from cnnviz.training.checkpoint import write
        from cnnviz.training.checkpoint_entry import CheckpointError

        folder = checkpoint_path(self.folder, step)
        # without parents: a run whose folder was deleted meanwhile is no longer recorded
        folder.mkdir(exist_ok=True)
        try:
            write(copied, folder)
        except CheckpointError:
            if not is_exact(self.folder, step):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        _delete_weights(self.folder, step)
        self._written(MomentFile(step, sum(each.stat().st_size for each in folder.iterdir()), exact=True))

    def take_over(self, run: Path, step: int) -> bool:
        """Record the moments of another ``run`` up to ``step``, with their names and pins, by hard links, or copies
        where there are no links; returns False if it has none at ``step``."""
        found = {at: moment for at, moment in moments(run).items() if at <= step}
        # marks first: a moment with a name or a pin is not deleted to make room for the next ones
        with suppress(RunError):
            for at, mark in read_marks(run).items():
                if at in found:
                    write_mark(self.folder, at, mark)
        try:
            for at, moment in found.items():
                self._copy_moment(run, at, moment)
        except OSError:
            # the other run is deleted just now, or the disk is full
            pass
        return step in self.moments

    def _copy_moment(self, run: Path, step: int, moment: MomentFile) -> None:
        # links: the files of a moment are never changed, only replaced
        if moment.exact:
            shutil.copytree(checkpoint_path(run, step), checkpoint_path(self.folder, step), copy_function=_link)
        else:
            for path in (weights_path, seal_path):
                _link(str(path(run, step)), str(path(self.folder, step)))
        self._written(moment)

    def _written(self, moment: MomentFile) -> None:
        self.moments[moment.step] = moment
        last_exact = max((step for step, each in self.moments.items() if each.exact), default=None)
        kept = {self._numbers.best_step, max(self.moments), last_exact, *read_marks(self.folder)}
        sizes = {step: each.bytes for step, each in self.moments.items()}
        for step in superfluous(sizes, self.budget, {step for step in kept if step is not None}):
            del self.moments[step]
            delete_moment(self.folder, step)
        self.steps = tuple(sorted(self.moments))
        self.files = tuple(self.moments[step] for step in self.steps)

    def _count(self, metrics: list[Metrics], events: list[Event], length: int) -> None:
        """Bring the summary up to date with what was appended, ``length`` bytes."""
        now = self._numbers
        for metric in metrics:
            if isinstance(metric, BatchMetrics):
                now = replace(now, steps=max(now.steps, metric.first_step + len(metric.losses) - 1))
            else:
                now = replace(now, epochs=max(now.epochs, metric.epoch))
            if isinstance(metric, Evaluation) and metric.split == "validation":
                if now.validation_accuracy is None or metric.accuracy > now.validation_accuracy:
                    now = replace(
                        now,
                        validation_accuracy=metric.accuracy,
                        validation_loss=metric.loss,
                        best_step=metric.step,
                    )
            elif isinstance(metric, Evaluation) and metric.split == "test":
                now = replace(now, test_accuracy=metric.accuracy)
            now = replace(now, seconds=max(now.seconds, metric.seconds))
        changes = [*self._untrained_rates, *rate_changes(events)]
        if (rate := trained_rate(changes, now.steps)) is not None:
            now = replace(now, trained_rate=rate)
        self._untrained_rates = [change for change in changes if change.step >= now.steps]
        finished = now.finished or any(isinstance(event, RunFinished) for event in events)
        failed = now.failed or any(isinstance(event, RunFailed) for event in events)
        self._numbers = replace(now, finished=finished, failed=failed, log_bytes=now.log_bytes + length)


def _link(source: str, target: str) -> None:
    """A hard link, or a copy where the file system has no links; raises OSError."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def delete_moment(folder: Path, step: int) -> None:
    """Delete a moment and its studies; files that cannot be deleted remain. Never raises."""
    _delete_weights(folder, step)
    for path in study_path(folder, step, "").parent.glob(study_path(folder, step, "*").name):
        with suppress(OSError):
            path.unlink()
    shutil.rmtree(checkpoint_path(folder, step), ignore_errors=True)


def _delete_weights(folder: Path, step: int) -> None:
    # the seal is deleted first: tensors without it do not count as a moment
    for path in (seal_path(folder, step), weights_path(folder, step)):
        with suppress(OSError):
            path.unlink()
