"""Which images excite the maps of a layer, at the moment that the window shows, found on a thread of its own."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from cnnviz.gui.run.kept_study import kept_or_made
from cnnviz.gui.run.moment_study import MomentStudy
from cnnviz.inspection.studies.excitation import Excitations
from cnnviz.jobs import Job
from cnnviz.network.layers import Flatten
from cnnviz.network.vectors import maps_before
from cnnviz.sentence import said

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from cnnviz.data.catalogue import Split
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.moment_study import TrainingIdle
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.snapshot import Snapshot


class Exciting(MomentStudy[str | None, Excitations]):
    """Finds the validation images that excite the maps of a layer; the subject is the id of the layer, or None.

    For a Flatten it is the layer whose maps the Flatten holds.
    """

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(bridge, past, None, parent)
        self._node: str | None = None

    def choose_layer(self, node: str | None) -> None:
        """Study another layer."""
        self._node = node
        self.choose(self._studied(self.moment))

    def watch(self, watched: bool) -> None:
        """See :meth:`MomentStudy.watch`; the job is cancelled when the study is no longer watched."""
        super().watch(watched)
        if not watched:
            self.cancel()

    def _studied(self, moment: Moment | None) -> str | None:
        """The chosen layer; for a Flatten the layer whose maps it holds."""
        node = self._node
        if node is None or moment is None or node not in moment.shapes.taking_part:
            return node
        maps = maps_before(moment.network, moment.shapes, node)
        if maps is None or not isinstance(moment.network[node], Flatten):
            return node
        maps_node, _ = maps
        return maps_node

    def _follow(self, snapshot: Snapshot | None) -> None:
        """Choose the layer to study in the network of this snapshot."""
        if snapshot is not None and (studied := self._studied(snapshot.moment)) != self.subject:
            self.subject = studied
            self._clear()
        super()._follow(snapshot)

    def possible(self) -> bool:
        """See :meth:`MomentStudy.possible`: the network at that moment may lack the layer."""
        return self.moment is not None and self.subject in self.moment.shapes.taking_part

    def size(self, result: Excitations) -> int:
        """See :meth:`MomentStudy.size`."""
        return result.bytes

    def job(
        self, moment: Moment, images: Split, *, training_idle: TrainingIdle, after: Job[int, Excitations | None] | None
    ) -> Job[int, Excitations | None]:
        """See :meth:`MomentStudy.job`."""
        node = self.subject
        assert node is not None

        folder = self.folder_of(moment)

        def work(job: Job[int, Excitations | None]) -> Excitations | None:
            # imported here: torch must be imported on this thread, not on that of the window
            from cnnviz.inspection.studies.exciting import excite
            from cnnviz.inspection.studies.kept import arrays_of_excitations, excitations_of
            from cnnviz.inspection.studies.threads import check_of

            check = check_of(job.cancelled, training_idle)
            # the id of a layer may hold characters that file names must not hold
            name = f"excitations-{blake2b(node.encode(), digest_size=8).hexdigest()}"
            return kept_or_made(
                folder,
                name,
                moment,
                images,
                arrays_of_excitations,
                lambda arrays: excitations_of(arrays, moment, images, node),
                lambda: excite(moment, images, node, job.report, check),
            )

        return Job("cnnviz-excitations", work, said, after=after)
