"""The value or pixel under the pointer, anywhere in the window, and the values that it depends on or reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.inspection.tracing import trace

if TYPE_CHECKING:
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.inspection.tracing import Target, Trace
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes

Region = tuple[int, int, int, int]
"""A region of the sample: first row, first column, row and column behind the last. Only regions are tuples here."""
AT_ONCE = 100
"""Networks with more nodes are traced only when the pointer rests: it takes up to some 30 ms."""
REST_MILLISECONDS = 60


class Traces(QObject):
    """Traces the value or pixel under the pointer. If several parts of the window point, the last to begin counts.

    ``changed(Trace or None)`` follows another trace, ``regionChanged(Region or None)`` another region of the sample:
    the pixels that the value depends on, or the region that a part points at itself.
    """

    changed = Signal(object)
    regionChanged = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.trace: Trace | None = None
        """The present trace, or None."""
        self.region: Region | None = None
        """The region of the sample that is framed now."""
        self._pointed: dict[str, Target | Region] = {}
        """The values, pixels or regions pointed at, by part of the window; the last to begin is at the end."""
        self._wanted: Target | Region | None = None
        self._network: tuple[Network, Shapes] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MILLISECONDS)
        self._rest.timeout.connect(self._compute)

    def point(self, part: str, at: Target | Region | None) -> None:
        """Set where a ``part`` of the window points: at a value, a pixel, a region of the sample, or nowhere (None)."""
        if self._pointed.get(part) == at:
            return
        self._pointed.pop(part, None)
        if at is not None:
            self._pointed[part] = at
        pointed = next(reversed(self._pointed.values()), None)
        if pointed != self._wanted:
            self._wanted = pointed
            self._begin()

    def clear(self) -> None:
        """Point nowhere with any part."""
        self._pointed.clear()
        self._wanted = None
        self._begin()

    def follow(self, snapshot: Snapshot | None) -> None:
        """Trace in the network of this snapshot."""
        moment = None if snapshot is None else snapshot.moment
        old, new = self._network, None if moment is None else (moment.network, moment.shapes)
        self._network = new
        if old is None or new is None or (old[0] is not new[0] and old[0] != new[0]):
            self._begin()

    def _begin(self) -> None:
        self._rest.stop()
        is_traced = self._wanted is not None and not isinstance(self._wanted, tuple)
        if is_traced and self._network is not None and len(self._network[1].used) > AT_ONCE:
            self._show(None, None)
            self._rest.start()
        else:
            self._compute()

    def _compute(self) -> None:
        wanted, found = self._wanted, None
        if isinstance(wanted, tuple):
            self._show(None, wanted)
            return
        if wanted is not None and self._network is not None:
            found = trace(*self._network, wanted)
        self._show(found, None if found is None else found.seen)

    def _show(self, found: Trace | None, region: Region | None) -> None:
        if found is not None or self.trace is not None:
            self.trace = found
            self.changed.emit(found)
        if region != self.region:
            self.region = region
            self.regionChanged.emit(region)
