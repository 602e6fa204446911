"""Python's garbage is collected on the thread of the windows alone.

Python lets the thread that makes one object too many free all garbage that refers to itself. Widgets and graphics items
are often part of such garbage. A training thread would delete them while Qt uses what they share: the process crashes.
"""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QObject, QTimer

THRESHOLDS = (20_000, 2, 200)
"""See :func:`gc.set_threshold`. An edit of a large network makes thousands of objects, few of which are garbage."""
GROWTH = 1.25
"""All objects are gone through only once there are so many times as many as after the last time, as Python does it."""
MILLISECONDS = 100


class GarbageTimer(QObject):
    """Collects garbage in Python's place from :meth:`start` to :meth:`stop`, on the thread of its event loop."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._blocks = 0
        """Of memory that Python had allocated after the last collection of all generations."""
        self._timer = QTimer(self)
        self._timer.setInterval(MILLISECONDS)
        self._timer.timeout.connect(self._collect)

    def take_over(self) -> None:
        """Keep Python from collecting. What is loaded until :meth:`start` is gone through once, not again and again."""
        gc.disable()

    def start(self) -> None:
        """Collect in Python's place."""
        self.take_over()
        self._blocks = self._blocks or sys.getallocatedblocks()
        self._timer.start()

    def wait(self) -> None:
        """Begin the time until the next collection anew: what was just made is painted first."""
        if self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again: no thread is left that could collect what belongs to Qt."""
        self._timer.stop()
        gc.enable()

    def collect_soon(self) -> None:
        """Free what Python holds of a window that is gone: its parts refer to each other, and collections of all
        objects are hours apart."""
        if self._timer.isActive():
            QTimer.singleShot(0, self, self._collect_all)

    def _collect(self) -> None:
        young, middle, old = (count > most for count, most in zip(gc.get_count(), THRESHOLDS, strict=True))
        if old and sys.getallocatedblocks() > GROWTH * self._blocks:
            self._collect_all()
        elif middle:
            gc.collect(1)
        elif young:
            gc.collect(0)

    def _collect_all(self) -> None:
        gc.collect()
        self._blocks = sys.getallocatedblocks()
