"""The predictions for all images of a split, at the moment that the window shows, made on a thread of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from cnnviz.gui.run.moment_study import Alone
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
        self, moment: Moment, images: Split, *, alone: Alone, after: Job[int, Predictions | None] | None
    ) -> Job[int, Predictions | None]:
        """See :meth:`MomentStudy.job`."""
        past = self._past
        # runs that were opened from the library have numbers below 0
        folder = past.folder if moment.run < 0 else past.present if moment.run == past.run else None
        return prediction_job(moment, images, self.subject, alone=alone, after=after, folder=folder)


def prediction_job(
    moment: Moment,
    images: Split,
    split: str,
    *,
    alone: Alone,
    after: Job[int, Predictions | None] | None = None,
    folder: Path | None = None,
) -> Job[int, Predictions | None]:
    """A job that predicts the classes of ``images``, called ``split``; its progress is the number of images done.

    While it is not ``alone``, it leaves the cores to training. It begins when the job ``after`` has ended. See
    :func:`predicted` for ``folder``.
    """

    def work(job: Job[int, Predictions | None]) -> Predictions | None:
        # imported here: torch must be imported on this thread, not on that of the window
        from cnnviz.inspection.studies.threads import check_of

        return predicted(moment, images, split, folder, job.report, check_of(job.cancelled, alone))

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

    ``folder`` is the folder of the moment's run, where predictions are read if they were made before, and kept if the
    moment is recorded, or about to be, as where training stands still. ``report`` is told the number of images done.
    """
    # imported here: torch must not be imported on the thread of the window
    from cnnviz.inspection.studies import kept
    from cnnviz.inspection.studies.predicting import predict
    from cnnviz.runs.folder import is_recorded, study_path

    if folder is None:
        return predict(moment, images, split, report, cancelled)
    path, key = study_path(folder, moment.step, f"predictions-{split}"), kept.key_of(moment, images)
    found = kept.read(path, moment, images, split, key)
    if found is None:
        found = predict(moment, images, split, report, cancelled)
        if found is not None and (moment.settled or is_recorded(folder, moment.step)):
            kept.write(path, found, key)
    return found
