"""The value or pixel that is pointed at anywhere in the window, and what it depends on or reaches."""

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
"""Of the sample: first row, first column, row and column behind the last."""
AT_ONCE = 100
"""Networks with more nodes are traced only when the pointer rests: it takes up to some 70 ms."""
REST_MILLISECONDS = 60


class Traces(QObject):
    """Traces what is pointed at, once for each value or pixel.

    ``changed(Trace or None)`` follows another trace, ``regionChanged(Region or None)`` another region of the sample:
    that of the trace, or while there is none that of :meth:`set_region`.
    """

    changed = Signal(object)
    regionChanged = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.trace: Trace | None = None
        """What is traced now."""
        self._targets: dict[str, Target] = {}
        """By the part of the window that points there; what was pointed at last comes last."""
        self._wanted: Target | None = None
        self._known: tuple[Network, Shapes] | None = None
        self._below: Region | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MILLISECONDS)
        self._rest.timeout.connect(self._compute)

    def point(self, source: str, target: Target | None) -> None:
        """``source``, a part of the window, points at a value or pixel, or no longer."""
        if self._targets.get(source) == target:
            return
        self._targets.pop(source, None)
        if target is not None:
            self._targets[source] = target
        wanted = next(reversed(self._targets.values()), None)
        if wanted != self._wanted:
            self._wanted = wanted
            self._begin()

    def follow(self, snapshot: Snapshot | None) -> None:
        """Trace in the network of this snapshot."""
        moment = None if snapshot is None else snapshot.moment
        old, new = self._known, None if moment is None else (moment.network, moment.shapes)
        self._known = new
        if old is None or new is None or (old[0] is not new[0] and old[0] != new[0]):
            self._begin()

    def set_region(self, region: Region | None) -> None:
        """The region of the sample while nothing is traced."""
        self._below = region
        if self.trace is None:
            self.regionChanged.emit(region)

    def _begin(self) -> None:
        self._rest.stop()
        if self._wanted is not None and self._known is not None and len(self._known[1].used) > AT_ONCE:
            self._show(None)
            self._rest.start()
        else:
            self._compute()

    def _compute(self) -> None:
        if self._wanted is None or self._known is None:
            self._show(None)
        else:
            self._show(trace(*self._known, self._wanted))

    def _show(self, found: Trace | None) -> None:
        if found is None and self.trace is None:
            return
        self.trace = found
        self.changed.emit(found)
        self.regionChanged.emit(self._below if found is None else found.seen)
