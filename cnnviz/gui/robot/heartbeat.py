"""Measuring delays of the event loop, which a person notices as stutter."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

from cnnviz.gui.robot.percentiles import percentiles

MILLISECONDS = 16
"""A frame of a screen with 60 Hz."""


class Heartbeat(QObject):
    """A timer of 16 ms that notes the delay of each beat."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.late: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(MILLISECONDS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin a new measurement."""
        self.late = []
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> dict[str, float]:
        """End the measurement; returns p50, p95, p99 and max of the delay in milliseconds, and the number of beats."""
        self._timer.stop()
        late = np.array(self.late or [0.0])
        return {
            **percentiles(late, (50, 95, 99), decimals=2),
            "max": round(float(late.max()), 2),
            "beats": len(self.late),
        }

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, 1000 * (now - self._last) - MILLISECONDS))
        self._last = now
