"""The control with which a panel shows changes since an earlier moment instead of present values."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal

from cnnviz.gui.localized import grouped
from cnnviz.gui.run.references import References, Since
from cnnviz.gui.widgets.compare_row import HELD, NOW, START, CompareRow

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.snapshot import Snapshot


class Comparison(CompareRow):
    """``changed`` follows another choice or another held moment; the held moment is shared by all panels."""

    changed = Signal()

    def __init__(self, present: str, references: References | None = None, parent: QWidget | None = None) -> None:
        super().__init__(present, parent)
        self._references = references or References(lambda: None, self)
        self._snapshot: Snapshot | None = None
        self._start: Moment | None = None
        """The start that :meth:`show_start` was called for last: adding up the bytes of its arrays takes time."""
        self.since: Since = NOW
        self.chosen.connect(self._choose)
        self.holdAsked.connect(self._hold)
        self._references.changed.connect(self._follow)
        self._follow()

    @property
    def moment(self) -> Moment | None:
        """The moment to compare with; None if nothing is compared or the moment is unknown."""
        return self._references.moment(self.since)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Remember the snapshot, whose moment the user may hold."""
        first, self._snapshot = self._snapshot is None, snapshot
        start = self._references.moment(START)
        if first or start is not self._start:
            self._start = start
            self.show_start(None if start is None else start.bytes)
        self.hold.setEnabled(snapshot.moment is not None)

    def why_not(self, node: str, snapshot: Snapshot) -> str:
        """Why a snapshot has neither the values of a layer nor their change."""
        if node not in snapshot.network.nodes:
            sentence = self.tr("The network of step {step} does not have this layer.")
            if not snapshot.recorded:
                sentence += " " + self.tr("There is nothing to show of it until the changed network is trained.")
            return sentence.format(step=grouped(snapshot.step))
        if self.since == NOW:
            sentence = self.tr("In the network of step {step} this layer is not connected to Input and Output.")
            return sentence.format(step=grouped(snapshot.step))
        if self.moment is None:
            return self.start_unknown()
        return self.tr("There is no change to be shown: this layer, or one before it, was another one at that time.")

    def _choose(self, since: str) -> None:
        self.since = cast("Since", since)
        self.changed.emit()

    def _hold(self, hold: bool) -> None:
        self._references.hold(self._snapshot.moment if hold and self._snapshot is not None else None)

    def _follow(self) -> None:
        held = self._references.held
        self.show_held(None if held is None else held.step, 0 if held is None else held.bytes)
        if held is None and self.since == HELD:
            self.since = NOW
            self.choose(NOW)
        self.changed.emit()
