"""The moments that the present one is compared with: the start of the run, and one that the user holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.snapshot import Snapshot

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

    def moment(self, since: Since) -> Moment | None:
        """What is compared with; None where it is not known, or where nothing is compared."""
        if since == "held":
            return self.held
        return self._first() if since == "start" else None

    def hold(self, moment: Moment | None) -> None:
        """Hold this moment, or none."""
        if moment is not self.held:
            self.held = moment
            self.changed.emit()

    def follow(self, snapshot: Snapshot | None) -> None:
        """Let go of what is held where the network is another one."""
        if self.held is not None and (snapshot is None or snapshot.network is not self.held.network):
            self.hold(None)
