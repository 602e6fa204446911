"""Garbage collection on the GUI thread only.

In Python, the thread whose allocation exceeds the threshold collects all cyclic garbage. Widgets and graphics items
are often part of such garbage. A training thread would delete them while Qt uses shared data, and the process crashes.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QObject, QTimer

THRESHOLDS = (5_000, 0, 800)
"""See :func:`gc.set_threshold`. An edit of a large network creates ten thousand objects, few of them garbage. A
collection examines the new objects of one or two edits, which takes a few milliseconds."""
GROWTH = 1.25
"""A full collection waits until memory has grown by this factor since the last one, as Python itself does."""
MILLISECONDS = 100
QUIET_SECONDS = 0.05
"""No collection follows a paint within this time, as more of the same edit may have to be painted, unless there are
:data:`URGENT` times as many new objects as usual."""
URGENT = 4


class GarbageTimer(QObject):
    """Collects garbage instead of Python from :meth:`start` to :meth:`stop`, on the thread of its event loop."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._blocks = 0
        """Memory blocks that Python had allocated after the last full collection."""
        self._painted = 0.0
        self._closed = False
        """Whether a window was closed since the last full collection."""
        self._timer = QTimer(self)
        self._timer.setInterval(MILLISECONDS)
        self._timer.timeout.connect(self._collect)

    def take_over(self) -> None:
        """Disable Python's collector."""
        gc.disable()

    def start(self) -> None:
        """Begin to collect garbage. The objects that exist already, most of them modules and classes, are not examined
        before the first full collection: their first examination would stop the window for a quarter of a second."""
        self.take_over()
        if not self._timer.isActive():
            gc.freeze()
        self._blocks = self._blocks or sys.getallocatedblocks()
        self._timer.start()

    def painted(self) -> None:
        """A window was painted just now."""
        self._painted = time.monotonic()

    def wait(self) -> None:
        """Restart the time until the next collection, so that the window can paint first."""
        if self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Enable Python's collector again, once no other thread could collect objects of Qt."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def collect_soon(self) -> None:
        """Free the Python objects of a closed window soon, but not while another is being opened. They refer to each
        other, and full collections may be hours apart."""
        self._closed = True

    def _collect(self) -> None:
        if time.monotonic() < self._painted + QUIET_SECONDS and gc.get_count()[0] < URGENT * THRESHOLDS[0]:
            return
        if self._closed:
            self._collect_all()
            return
        young, middle, old = (count > most for count, most in zip(gc.get_count(), THRESHOLDS, strict=True))
        if old and sys.getallocatedblocks() > GROWTH * self._blocks:
            self._collect_all()
        elif middle:
            gc.collect(1)
        elif young:
            gc.collect(0)

    def _collect_all(self) -> None:
        self._closed = False
        gc.unfreeze()
        gc.collect()
        self._blocks = sys.getallocatedblocks()
