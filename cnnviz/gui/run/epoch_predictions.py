"""The predictions for the validation images at the end of each epoch of the run on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.run.moment_study import POLL_MILLISECONDS, VALIDATION
from cnnviz.gui.run.past import OPENED_RUN, is_opened, moment_at
from cnnviz.gui.run.predicting import predicted
from cnnviz.jobs import Job, JobError
from cnnviz.sentence import said
from cnnviz.training.channels import Evaluation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cnnviz.data.catalogue import Split
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.gui.run.predicting import Predicting
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.epochs import EpochResult
    from cnnviz.inspection.studies.predictions import Predictions
    from cnnviz.training.channels import Metrics


Evaluations = dict[tuple[str, int], Evaluation]
"""Evaluations while training, by split and step."""


class Progress(NamedTuple):
    """The number of images that are done, and the results so far."""

    images: int
    results: tuple[EpochResult, ...] = ()


class EpochPredictions(QObject):
    """Collects the results of epochs, and computes the missing ones from recorded moments after :meth:`start`.

    ``changed`` is emitted after a new result, epoch or run; ``progressed(done, total)`` counts images; ``failed(str)``
    has a sentence.
    """

    changed = Signal()
    progressed = Signal(int, int)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, past: Past, predicting: Predicting) -> None:
        super().__init__(predicting)
        self._bridge, self._past, self._predicting = bridge, past, predicting
        self._evaluated: dict[int, Evaluations] = {}
        """For each run of the session what its training has evaluated."""
        self._opened: Evaluations = {}
        """What was evaluated in the run that was opened from the library."""
        self._opened_precision = ""
        self._known: dict[tuple[Path | int, int], EpochResult] = {}
        """The results by run and step."""
        self._job: Job[Progress, tuple[EpochResult, ...]] | None = None
        self._working: tuple[Path | int, int] | None = None
        """The run that the job is about, and the number of images that it predicts."""
        self._following = False
        """Whether the epochs that end from now on are predicted too."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        bridge.metrics.connect(self._read)
        bridge.dataset.connect(lambda _: self._forget())
        predicting.changed.connect(self._take_predictions)
        past.opened.connect(self._open)
        past.recorded.connect(lambda _: self._report_change())
        # the epochs that ended before this object was made
        metrics, *_ = bridge.session.metrics.read()
        self._read(metrics)
        if past.folder is not None:
            self._open()

    @property
    def results(self) -> tuple[EpochResult, ...]:
        """The known results of the run on screen, in the order of their steps."""
        run = self._run
        return tuple(self._known[run, step] for step in sorted(self._epochs) if (run, step) in self._known)

    @property
    def missing(self) -> tuple[int, ...]:
        """The recorded steps at which an epoch has ended and whose result is not known."""
        known = self._known
        recorded = set(self._past.steps)
        return tuple(step for step in sorted(self._epochs) if step in recorded and (self._run, step) not in known)

    @property
    def running(self) -> bool:
        """Whether predictions are being made."""
        return self._job is not None

    def in_bfloat16(self, predictions: Predictions) -> Evaluation | None:
        """The evaluation of the same images with the same weights, while training, if it was computed in bfloat16."""
        opened = is_opened(predictions.run)
        precision = self._opened_precision if opened else self._bridge.session.status.precision
        if precision != "bfloat16" or (opened and self._predicting.run != self._past.folder):
            return None
        evaluations = self._opened if opened else self._evaluated.get(predictions.run, {})
        return evaluations.get((predictions.split, predictions.step))

    @property
    def images(self) -> Split | None:
        """The validation images."""
        dataset = self._predicting.dataset
        return None if dataset is None else dataset.validation

    def start(self) -> None:
        """Compute the missing results, and from now on the results of each epoch that ends."""
        self._following = True
        images, folder, missing = self.images, self._past.run_folder, self.missing
        if self._job is not None or images is None or folder is None or not missing or not len(images):
            return
        epochs = {step: self._epochs[step] for step in missing}
        total = len(missing) * len(images)
        self._working = self._run, total
        number = self._past.run if self._past.folder is None else OPENED_RUN
        bridge = self._bridge
        newest = bridge.source.newest

        def work(job: Job[Progress, tuple[EpochResult, ...]]) -> tuple[EpochResult, ...]:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies.epochs import EpochResult
            from cnnviz.inspection.studies.threads import check_of
            from cnnviz.runs.folder import is_recorded

            results: list[EpochResult] = []
            models = [] if newest is None else [(newest.network, newest.shapes)]
            for step, epoch in epochs.items():
                check = check_of(job.cancelled, bridge.training_idle)
                try:
                    moment: Moment = moment_at(folder, step, number, models)
                except JobError:
                    if not is_recorded(folder, step):
                        # it was deleted meanwhile, to make room for newer moments
                        continue
                    raise
                models = [(moment.network, moment.shapes)]
                before = len(results) * len(images)
                report = _reporting(job, before, tuple(results))
                predictions = predicted(moment, images, VALIDATION, folder, report, check)
                if predictions is None:
                    break
                results.append(EpochResult.of(predictions, epoch))
                job.report(Progress(before + len(images), tuple(results)))
            return tuple(results)

        self._job = Job("cnnviz-epochs", work, said).start()
        self._timer.start()
        self.progressed.emit(0, total)
        self.changed.emit()

    def cancel(self) -> None:
        """Compute no further results; known results stay."""
        self._following = False
        if self._job is not None:
            self._job.cancel()

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    @property
    def _run(self) -> Path | int:
        return self._past.folder or self._past.run

    @property
    def _epochs(self) -> dict[int, int]:
        """The epochs of the run on screen by the step of their end."""
        evaluated = self._evaluated.get(self._past.run, {}) if self._past.folder is None else self._opened
        return {step: evaluation.epoch for (split, step), evaluation in evaluated.items() if split == VALIDATION}

    def _read(self, metrics: Iterable[Metrics]) -> None:
        evaluations = [evaluation for evaluation in metrics if isinstance(evaluation, Evaluation)]
        for evaluation in evaluations:
            self._evaluated.setdefault(evaluation.run, {})[evaluation.split, evaluation.step] = evaluation
        if evaluations:
            self._take_predictions()

    def _open(self) -> None:
        """Another run is shown."""
        if self._job is not None:
            self.cancel()
        self._opened, self._opened_precision, self._following = {}, "", False
        if self._past.folder is not None:
            from cnnviz.runs.summary import precision_in, read_entries

            self._opened_precision = precision_in(self._past.folder)
            self._opened = {
                (evaluation.split, evaluation.step): evaluation
                for evaluation in read_entries(self._past.folder).metrics
                if isinstance(evaluation, Evaluation)
            }
        self._take_predictions()

    def _take_predictions(self) -> None:
        """Take the predictions that the Mistakes tab shows, if they were made at the end of an epoch."""
        from cnnviz.inspection.studies.epochs import EpochResult

        shown = self._predicting.latest
        if shown is not None and shown.split == VALIDATION and self._predicting.run == self._run:
            epoch = self._epochs.get(shown.step)
            if epoch is not None:
                self._known.setdefault((self._run, shown.step), EpochResult.of(shown, epoch))
        self._report_change()

    def _report_change(self) -> None:
        self.changed.emit()
        if self._following and self._job is None and self.missing:
            self.start()

    def _forget(self) -> None:
        self.cancel()
        self._known.clear()
        self.changed.emit()

    def _poll(self) -> None:
        if self._job is None or self._working is None:
            return
        state, (run, total) = self._job.latest, self._working
        results = state.result or (state.progress.results if state.progress is not None else ())
        new = [result for result in results if (run, result.step) not in self._known]
        for result in new:
            self._known[run, result.step] = result
        if state.ended:
            self._timer.stop()
            self._job = self._working = None
            if state.failure is not None:
                self._following = False
                self.failed.emit(text(state.failure.sentence))
            self._report_change()
            return
        if state.progress is not None:
            self.progressed.emit(state.progress.images, total)
        if new:
            self.changed.emit()


def _reporting(
    job: Job[Progress, tuple[EpochResult, ...]], before: int, results: tuple[EpochResult, ...]
) -> Callable[[int], None]:
    """Reports the progress of an epoch: ``before`` images of other epochs were done, with these ``results``."""
    return lambda done: job.report(Progress(before + done, results))
