"""The accuracy over the size of a change, at the moment that the window shows, measured on a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.data.catalogue import Split
from cnnviz.gui.run.kept_study import kept_or_made
from cnnviz.gui.run.moment_study import MomentStudy
from cnnviz.inspection.adversarial.attack import Attack, Robustness
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QObject

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.moment_study import TrainingIdle
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.snapshot import Snapshot

BYTES_OF_SIZE = 16
"""What a result takes in memory for each size of the change: a size and an accuracy."""
COUNTS = (200, 500, 1000, 5000)
"""The numbers of images to choose from."""


class RobustnessStudy(MomentStudy[tuple[Attack, int], Robustness]):
    """Attacks the first validation images, when it is told to by :meth:`renew`; the subject is (attack, count).

    A result that is kept is shown whenever the window shows its moment. ``changed`` also follows when the result on
    screen becomes :attr:`outdated`.
    """

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(bridge, past, (Attack(), COUNTS[0]), parent)
        self._images: Split | None = None
        """The first images of :attr:`_images_of`."""
        self._images_of: tuple[Split, int] | None = None
        """All validation images, and how many of them are studied."""
        self._growing: list[Robustness] = []
        """What the last job has measured so far: after each size a result with all sizes up to it, the newest last."""
        self._only_kept = False
        """Whether the next job only reads the result."""
        self._read_path: Path | None = None
        """The file that was read last."""

    @property
    def attack(self) -> Attack:
        """The attack, of which the method and the norm count."""
        return self.subject[0]

    @property
    def growing(self) -> Robustness | None:
        """The accuracy for the sizes so far, while the study runs."""
        return self._growing[-1] if self.measuring and self._growing else None

    @property
    def images(self) -> Split | None:
        """See :attr:`MomentStudy.images`: the first validation images; None if none are set aside."""
        if self.dataset is None or not len(self.dataset.validation):
            return None
        split, (_, count) = self.dataset.validation, self.subject
        if self._images_of is None or self._images_of[0] is not split or self._images_of[1] != count:
            self._images_of = split, count
            self._images = Split(split.images[:count], split.labels[:count])
        return self._images

    def size(self, result: Robustness) -> int:
        """See :meth:`MomentStudy.size`."""
        return BYTES_OF_SIZE * len(result.sizes)

    def job(
        self, moment: Moment, images: Split, *, training_idle: TrainingIdle, after: Job[int, Robustness | None] | None
    ) -> Job[int, Robustness | None]:
        """See :meth:`MomentStudy.job`."""
        attack, folder, only_kept = self.attack, self.folder_of(moment), self._only_kept
        name = _name(attack, len(images))
        growing: list[Robustness] = []
        self._growing = growing

        def work(job: Job[int, Robustness | None]) -> Robustness | None:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies.fooling import measure_robustness
            from cnnviz.inspection.studies.kept import arrays_of_robustness, robustness_of
            from cnnviz.inspection.studies.threads import check_of

            def make() -> Robustness | None:
                if only_kept:
                    return None
                check = check_of(job.cancelled, training_idle)
                return measure_robustness(moment, images, attack.method, attack.norm, report, check, growing.append)

            def report(share: float) -> None:
                job.report(int(share * len(images)))

            return kept_or_made(
                folder,
                name,
                moment,
                images,
                arrays_of_robustness,
                lambda arrays: robustness_of(arrays, moment, images, attack.method, attack.norm),
                make,
            )

        return Job("cnnviz-robustness", work, said, after=after)

    def _follow(self, snapshot: Snapshot | None) -> None:
        before = self.outdated
        super()._follow(snapshot)
        if self.latest is None or self.outdated:
            self.find()
        if self.outdated != before:
            self.changed.emit()

    def find(self) -> None:
        """Show the result for the moment on screen if it was made before, in this window or an earlier one."""
        from cnnviz.runs.folder import study_path

        moment, images = self.moment, self.images
        if self.recall() or moment is None or images is None or self.running:
            return
        folder = self.folder_of(moment)
        path = None if folder is None else study_path(folder, moment.step, _name(self.attack, len(images)))
        if path is not None and path != self._read_path and path.is_file():
            self._read_path, self._only_kept = path, True
            self.renew()
            self._only_kept = False


def _name(attack: Attack, images: int) -> str:
    """The name of the study in the folder of a run."""
    return f"robustness-{attack.method}-{attack.norm}-{images}"
