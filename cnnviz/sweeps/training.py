"""Trains one trial of a sweep and tells its accuracy after each epoch. The trial is recorded as any other run."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.runs.recorder import Recorder, recording_wanted
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.project.project import Project
    from cnnviz.training.channels import Status

POLL_SECONDS = 0.5
CLOSING_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """What became of a trial: its best validation accuracy in [0, 1], None before the first; the id of its run.

    ``reason`` is the sentence why it could not be trained to its end. ``pruned``: it was ended because it did not
    promise enough.
    """

    accuracy: float | None
    run: str = ""
    reason: str = ""
    pruned: bool = False


def train(
    project: Project,
    network: str,
    device: str,
    threads: int | None,
    goes_on: Callable[[int, float], bool],
    on_status: Callable[[Status], None],
    *,
    record: bool = True,
) -> Outcome:
    """Train a project to its end, or until ``goes_on(epoch, accuracy)`` is False after the validation of an epoch.

    ``on_status`` is called with the numbers of the training at least each :data:`POLL_SECONDS`.
    """
    session = Session(project, device, threads)
    recorder = Recorder(session, lambda: network) if record and recording_wanted() else None
    news = threading.Event()
    session.listen(news.set)
    best, pruned, ended, cursor = None, False, False, 0
    try:
        if recorder is not None:
            recorder.start()
        session.start()
        session.play()
        while not (pruned or ended):
            news.wait(POLL_SECONDS)
            news.clear()
            # before the metrics are read, so that those of the last epoch are among them
            ended = bool(session.trouble()) or session.status.state is State.FINISHED
            on_status(session.status)
            metrics, cursor = session.metrics.read(cursor)
            for metric in metrics:
                if isinstance(metric, Evaluation) and metric.split == "validation":
                    best = metric.accuracy if best is None else max(best, metric.accuracy)
                    pruned = pruned or not goes_on(metric.epoch, metric.accuracy)
        reason = session.trouble()
    finally:
        session.close(timeout=CLOSING_SECONDS)
        if recorder is not None:
            recorder.close(timeout=CLOSING_SECONDS)
    folder = None if recorder is None else recorder.folder(session.status.run)
    return Outcome(best, "" if folder is None else folder.name, reason, pruned)
