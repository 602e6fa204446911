"""Exports the network of a window on a thread of its own; training goes on beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import counted, text
from cnnviz.gui.run.run_names import session_run_name
from cnnviz.jobs import Job, JobError
from cnnviz.sentence import SaidError, Sentence, said
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from cnnviz.data.catalogue import Split
    from cnnviz.export.exporting import Exported, Progress
    from cnnviz.export.formats import Format
    from cnnviz.export.subject import Subject
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.network.graph import Network
    from cnnviz.project.project import Project
    from cnnviz.training.channels import Weights

POLL_MILLISECONDS = 40
FRESH_SECONDS = 3.0
"""How long newer weights of a training that runs are waited for: some batches."""
CLOSING_SECONDS = 10.0
"""How long a window that closes waits for a cancelled export, which removes what it has written."""
POLL_WEIGHTS_SECONDS = 0.02


@dataclass(frozen=True)
class WeightsChoice:
    """The weights to export: those of the recorded moment at ``step`` of the run in ``folder``.

    Without a folder they are the present ones of the training, or if ``untrained`` those of the project on screen
    before training.
    """

    step: int = 0
    folder: Path | None = None
    untrained: bool = False


@dataclass(frozen=True)
class Asked:
    """What is exported: to which formats, with which weights, and into which folder.

    ``name`` is that of the network; the names of files are made of it.
    """

    formats: tuple[Format, ...]
    weights: WeightsChoice
    folder: Path
    name: str
    replace: bool = False


@dataclass(frozen=True)
class PresentWeights:
    """Weights that were those of the training when they were exported: of this run of the session, after ``step``."""

    run: int
    step: int
    network: Network


@dataclass(frozen=True)
class Outcome:
    """The end of the export to a format: what was ``exported``, and the sentence about it or why nothing was."""

    format: Format
    exported: Exported | None
    sentence: Sentence


ExportJob = Job[tuple["Progress | None", tuple[Outcome, ...]], tuple[Outcome, ...]]
"""Reports the progress of a format and the outcomes of those before it; returns all outcomes."""


class Exporting(QObject):
    """One export at a time. ``changed`` follows progress, each outcome and the end; ``message(str)`` tells of the end.

    ``project`` returns the project on screen, ``stem`` the usual name of files made from it.
    """

    changed = Signal()
    message = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        past: Past,
        project: Callable[[], Project],
        stem: Callable[[], str],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.bridge, self.past, self.project, self.stem = bridge, past, project, stem
        self.asked: Asked | None = None
        """The export that runs, or that ran last."""
        self.asked_project = project()
        """The project that was on screen when this export was asked for."""
        self.present: PresentWeights | None = None
        """The weights of the training that this export wrote; None before they are read, and for other weights."""
        self.progress: Progress | None = None
        self.outcomes: tuple[Outcome, ...] = ()
        self.failed: Sentence | None = None
        """Why nothing at all could be exported."""
        self.cancelled = False
        self._job: ExportJob | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> bool:
        """Whether an export runs, also if it was cancelled and has not ended yet."""
        return self._job is not None

    @property
    def any_failed(self) -> bool:
        """Whether a file of the last export is missing or wrong."""
        exports = [outcome.exported for outcome in self.outcomes]
        return self.failed is not None or any(exported is None or exported.failed for exported in exports)

    def start(self, asked: Asked) -> None:
        """Begin an export."""
        self.asked, self.progress, self.outcomes, self.failed, self.cancelled = asked, None, (), None, False
        self.asked_project, self.present = self.project(), None
        subject_of = self._subject(asked.weights, asked.name)
        beside_training = self.bridge.session.status.state in MOVING

        def work(job: ExportJob) -> tuple[Outcome, ...]:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.export.exporting import images_of
            from cnnviz.inspection.studies.threads import leave_cores_to_training

            if beside_training:
                # the processes that this thread starts have its priority
                leave_cores_to_training()
            try:
                subject = subject_of(job.cancelled.is_set)
            except SaidError as error:
                raise JobError(error.sentence) from error
            images = cache(lambda: images_of(subject))
            outcomes: tuple[Outcome, ...] = ()
            for format in asked.formats:
                if job.cancelled.is_set():
                    break
                outcomes = (*outcomes, *_outcome(job, format, subject, asked, images, outcomes))
                job.report((None, outcomes))
            return outcomes

        self._job = Job("cnnviz-export", work).start()
        self._timer.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Cancel; what is finished stays."""
        if self._job is not None:
            self.cancelled = True
            self._job.cancel()
            self.changed.emit()

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within :data:`CLOSING_SECONDS`."""
        self._timer.stop()
        return self._job is None or self._job.close(CLOSING_SECONDS)

    def _subject(self, weights_choice: WeightsChoice, name: str) -> Callable[[Callable[[], bool]], Subject]:
        """A function that loads the weights on another thread, until it is cancelled."""
        project = self.asked_project
        if weights_choice.untrained:
            from cnnviz.export.subject import initial

            return lambda _: initial(project, name)
        if weights_choice.folder is not None:
            folder, step = weights_choice.folder, weights_choice.step

            def load_recorded(_: Callable[[], bool]) -> Subject:
                from cnnviz.export.sources import recorded

                return replace(recorded(folder, step), name=name)

            return load_recorded
        session = self.bridge.session
        before, moving, trained = session.weights.latest, session.status.state in MOVING, session.standing.project
        session.weights.request()
        number = session.status.run
        run = session_run_name(self.bridge.recorder, number)

        def load_present(cancelled: Callable[[], bool]) -> Subject:
            from cnnviz.export.subject import subject_of

            weights = _newer(before, lambda: session.weights.latest, cancelled) if moving else before
            if weights is None:
                raise JobError(Sentence("There are no weights yet. Export again in a moment."))
            # read by the window once the export has ended
            self.present = PresentWeights(number, weights.step, weights.network)
            origin = Sentence("step {step} of the run “{name}”", step=weights.step, name=run)
            return subject_of(replace(trained, network=weights.network), weights.tensors, origin, name)

        return load_present

    def _poll(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None:
            return
        progress, outcomes = state.progress or (None, ())
        changed = (progress, outcomes) != (self.progress, self.outcomes)
        self.progress, self.outcomes = progress, outcomes
        if state.ended:
            self._timer.stop()
            self._job = None
            self.progress = None
            self.outcomes = state.result or outcomes
            self.failed = None if state.failure is None else state.failure.sentence
            self.changed.emit()
            self.message.emit(self._ending())
        elif changed:
            self.changed.emit()

    def _ending(self) -> str:
        """How the export ended, in a sentence."""
        if self.failed is not None:
            return text(self.failed)
        count = sum(outcome.exported is not None for outcome in self.outcomes)
        return counted(
            "{count} exports are finished. File > Export tells what became of them.",
            "1 export is finished. File > Export tells what became of it.",
            count,
        )


def _outcome(
    job: ExportJob,
    format: Format,
    subject: Subject,
    asked: Asked,
    images: Callable[[], tuple[str, Split] | None],
    before: tuple[Outcome, ...],
) -> Sequence[Outcome]:
    """The outcome of one format, whose progress is reported with the outcomes ``before``; none if it was cancelled."""
    from cnnviz.export.exporting import export

    try:
        exported = export(
            format,
            subject,
            asked.folder,
            images,
            lambda progress: job.report((progress, before)),
            job.cancelled.is_set,
            replace=asked.replace,
        )
    except SaidError as error:
        return (Outcome(format, None, said(error)),)
    return () if exported is None else (Outcome(format, exported, exported.sentence),)


def _newer(
    before: Weights | None, latest: Callable[[], Weights | None], cancelled: Callable[[], bool]
) -> Weights | None:
    """Weights that were published after ``before``, or the latest ones if none come in time."""
    until = time.monotonic() + FRESH_SECONDS
    while latest() is before and time.monotonic() < until and not cancelled():
        time.sleep(POLL_WEIGHTS_SECONDS)
    return latest()
