"""The moments to compare with: the start of the run, and a moment held by the user."""

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
"""The choice of a panel: present values, or their change since the start or since the held moment."""


class References(QObject):
    """The reference moments. ``first`` returns the first moment of the run; ``changed`` follows a change of the held
    moment.

    A moment is held until the network changes.
    """

    changed = Signal()

    def __init__(self, first: Callable[[], Moment | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first = first
        self.held: Moment | None = None
        self._same: Network | None = None
        """The last network that was found to compute the same as the network of :attr:`held`."""

    def moment(self, since: Since) -> Moment | None:
        """The moment for a choice; None if it is unknown or nothing is compared."""
        if since == "held":
            return self.held
        return self._first() if since == "start" else None

    def hold(self, moment: Moment | None) -> None:
        """Hold a moment; None releases it."""
        if moment is not self.held:
            self.held, self._same = moment, None if moment is None else moment.network
            self.changed.emit()

    def follow(self, snapshot: Snapshot | None) -> None:
        """Release the held moment if a snapshot has another network; renamed layers do not count as a change."""
        if self.held is None or (snapshot is not None and snapshot.network is self._same):
            return
        if snapshot is None or changed_nodes(self.held.network, snapshot.network):
            self.hold(None)
        else:
            self._same = snapshot.network
