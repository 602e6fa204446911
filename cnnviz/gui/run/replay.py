"""Replay: shows the recorded moments of a run one after another, each of them drawn before the next is loaded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.snapshot import Snapshot

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)
MOMENT_SECONDS = 0.25
"""How long a moment is shown at speed 1."""


class Replay(QObject):
    """Goes from moment to moment of ``past``, and ends in the present. Any other change of the moment pauses it.

    ``changed(bool)`` follows start and end; ``drawn(step)`` follows each moment, once the panels have drawn it.
    """

    changed = Signal(bool)
    drawn = Signal(int)

    def __init__(self, past: Past, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._past = past
        self.speed = 1.0
        """How many times as fast as one moment in :data:`MOMENT_SECONDS`."""
        self._expected: int | None = None
        """The step of the moment that is being loaded or shown; None while nothing is replayed."""
        self._requested_at = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._show_next)
        past.changed.connect(self._follow)
        past.opened.connect(self.pause)
        # queued: the panels, which draw the snapshot at once, come first
        bridge.snapshot.connect(self._follow_snapshot, Qt.ConnectionType.QueuedConnection)

    @property
    def playing(self) -> bool:
        """Whether moments are being replayed."""
        return self._expected is not None

    def set_speed(self, speed: float) -> None:
        """Set the speed, one of :data:`SPEEDS`."""
        self.speed = speed

    def toggle(self) -> None:
        """Replay from the moment that is shown, or from the first one at the end; or pause."""
        if self.playing:
            self.pause()
            return
        steps, shown = self._past.steps, self._past.step
        if not steps:
            return
        self.start_at(steps[0] if shown is None or shown >= steps[-1] else shown)

    def start_at(self, step: int) -> None:
        """Replay from a moment on."""
        shown = self._past.step
        self._request(step)
        self.changed.emit(True)
        if shown == step:
            # nothing is loaded, and no snapshot follows
            self.drawn.emit(step)
            self._wait(0.0)

    def pause(self) -> None:
        """Stay at the moment that is shown."""
        self._timer.stop()
        if self.playing:
            self._expected = None
            self.changed.emit(False)

    def _request(self, step: int) -> None:
        self._expected, self._requested_at = step, time.perf_counter()
        self._past.go_to(step)

    def _follow(self, step: int | None) -> None:
        """Pause where something else chose a moment."""
        if self.playing and step != self._expected:
            self.pause()

    def _follow_snapshot(self, snapshot: Snapshot | None) -> None:
        step = self._expected
        if snapshot is not None and step is not None and snapshot.step == step and not self._timer.isActive():
            self.drawn.emit(step)
            self._wait(time.perf_counter() - self._requested_at)

    def _wait(self, seconds: float) -> None:
        """Wait for the time of the next moment; the last one took so many ``seconds`` to load and draw."""
        self._timer.start(round(1000 * max(0.0, MOMENT_SECONDS / self.speed - seconds)))

    def _show_next(self) -> None:
        step = self._expected
        later = [recorded for recorded in self._past.steps if step is not None and recorded > step]
        if later:
            self._request(later[0])
            return
        self.pause()
        # a run of the library has no present to go to
        if self._past.folder is None:
            self._past.now()
