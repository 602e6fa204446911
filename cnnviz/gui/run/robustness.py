"""The accuracy over the size of a change, at the moment that the window shows, measured on a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.run.moment_study import MomentStudy
from cnnviz.inspection.adversarial.attack import Attack, Robustness
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from cnnviz.data.catalogue import Split
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.moment_study import Alone
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.snapshot import Snapshot

COUNTS = (200, 500, 1000, 5000)
"""The numbers of images to choose from."""


class RobustnessStudy(MomentStudy[tuple[Attack, int], Robustness]):
    """Attacks the first validation images, when it is told to by :meth:`renew`; the subject is (attack, count).

    A result that is kept is shown whenever the window shows its moment. ``changed`` also follows when the result on
    screen becomes :attr:`outdated`.
    """

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(bridge, past, (Attack(), COUNTS[0]), parent)
        self._first: tuple[Split, int, Split] | None = None

    @property
    def attack(self) -> Attack:
        """The attack, of which the method and the norm count."""
        return self.subject[0]

    @property
    def images(self) -> Split | None:
        """See :attr:`MomentStudy.images`: the first validation images; None if none are set aside."""
        if self.dataset is None or not len(self.dataset.validation):
            return None
        split = self.dataset.validation
        count = self.subject[1]
        if self._first is None or self._first[0] is not split or self._first[1] != count:
            self._first = split, count, type(split)(split.images[:count], split.labels[:count])
        return self._first[2]

    def size(self, result: Robustness) -> int:
        """See :meth:`MomentStudy.size`."""
        return 16 * len(result.sizes)

    def job(
        self, moment: Moment, images: Split, *, alone: Alone, after: Job[int, Robustness | None] | None
    ) -> Job[int, Robustness | None]:
        """See :meth:`MomentStudy.job`."""
        attack = self.attack

        def work(job: Job[int, Robustness | None]) -> Robustness | None:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies.fooling import measure_robustness
            from cnnviz.inspection.studies.threads import check_of

            check = check_of(job.cancelled, alone)

            def report(share: float) -> None:
                job.report(int(share * len(images)))

            return measure_robustness(moment, images, attack.method, attack.norm, report, check)

        return Job("cnnviz-robustness", work, said, after=after)

    def _follow(self, snapshot: Snapshot | None) -> None:
        before = self.outdated
        super()._follow(snapshot)
        if self.latest is None or self.outdated:
            self.recall()
        if self.outdated != before:
            self.changed.emit()
