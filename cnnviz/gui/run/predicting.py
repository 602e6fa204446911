"""The predictions for all images of a split, at the moment that the window shows, made on a thread of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.run.kept_study import kept_or_made
from cnnviz.gui.run.moment_study import VALIDATION, MomentStudy
from cnnviz.inspection.studies.predictions import Predictions
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import QObject

    from cnnviz.data.catalogue import Split
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.moment_study import TrainingIdle
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment

TEST = "test"


class Predicting(MomentStudy[str, Predictions]):
    """Predicts the classes of all images of a split; the subject is its name, ``"validation"`` or ``"test"``."""

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(bridge, past, VALIDATION, parent)

    @property
    def images(self) -> Split | None:
        """The images of the split."""
        if self.dataset is None:
            return None
        return self.dataset.test if self.subject == TEST else self.dataset.validation

    def size(self, result: Predictions) -> int:
        """See :meth:`MomentStudy.size`."""
        return result.bytes

    def job(
        self, moment: Moment, images: Split, *, training_idle: TrainingIdle, after: Job[int, Predictions | None] | None
    ) -> Job[int, Predictions | None]:
        """See :meth:`MomentStudy.job`."""
        return prediction_job(
            moment, images, self.subject, training_idle=training_idle, after=after, folder=self.folder_of(moment)
        )


def prediction_job(
    moment: Moment,
    images: Split,
    split: str,
    *,
    training_idle: TrainingIdle,
    after: Job[int, Predictions | None] | None = None,
    folder: Path | None = None,
) -> Job[int, Predictions | None]:
    """A job that predicts the classes of ``images``, called ``split``; its progress is the number of images done.

    Unless training is idle it leaves the cores to training. It begins when the job ``after`` has ended. See
    :func:`predicted` for ``folder``.
    """

    def work(job: Job[int, Predictions | None]) -> Predictions | None:
        # imported here: torch must be imported on this thread, not on that of the window
        from cnnviz.inspection.studies.threads import check_of

        return predicted(moment, images, split, folder, job.report, check_of(job.cancelled, training_idle))

    return Job("cnnviz-predictions", work, said, after=after)


def predicted(
    moment: Moment,
    images: Split,
    split: str,
    folder: Path | None,
    report: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Predictions | None:
    """The predictions at a moment for ``images``, called ``split``; None if ``cancelled``.

    See :func:`kept_or_made` for ``folder``. ``report`` is told the number of images done.
    """
    # imported here: torch must not be imported on the thread of the window
    from cnnviz.inspection.studies.kept import arrays_of_predictions, predictions_of
    from cnnviz.inspection.studies.predicting import predict

    return kept_or_made(
        folder,
        f"predictions-{split}",
        moment,
        images,
        arrays_of_predictions,
        lambda arrays: predictions_of(arrays, moment, images, split),
        lambda: predict(moment, images, split, report, cancelled),
    )
