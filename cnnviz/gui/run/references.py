"""The moments that the present one is compared with: the start of the run, and one that the user holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from cnnviz.training.changes import changed_nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.graph import Network

Since = Literal["now", "start", "held"]
"""What is shown: the values of now, or their change since the start or since the moment that is held."""


class References(QObject):
    """``first`` gives the first moment of the run. ``changed`` follows what is held.

    A moment is held until the network is another one.
    """

    changed = Signal()

    def __init__(self, first: Callable[[], Moment | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first = first
        self.held: Moment | None = None
        self._same: Network | None = None
        """The network that was last found to compute what that of the moment held does."""

    def moment(self, since: Since) -> Moment | None:
        """What is compared with; None where it is not known, or where nothing is compared."""
        if since == "held":
            return self.held
        return self._first() if since == "start" else None

    def hold(self, moment: Moment | None) -> None:
        """Hold this moment, or none."""
        if moment is not self.held:
            self.held, self._same = moment, None if moment is None else moment.network
            self.changed.emit()

    def follow(self, snapshot: Snapshot | None) -> None:
        """Let go of what is held where the network is another one; other names of its layers do not matter."""
        if self.held is None or (snapshot is not None and snapshot.network is self._same):
            return
        if snapshot is None or changed_nodes(self.held.network, snapshot.network):
            self.hold(None)
        else:
            self._same = snapshot.network
