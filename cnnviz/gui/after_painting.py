"""A timer for work that should wait until an edit has been painted."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal


class AfterPainting(QObject):
    """After :meth:`start`, waits until the window has painted, then ``milliseconds`` more, and emits ``due``."""

    due = Signal()

    def __init__(self, milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        # Qt handles pending paint events before timers
        self._painted = QTimer(self)
        self._timer = QTimer(self)
        for timer, interval in ((self._painted, 0), (self._timer, milliseconds)):
            timer.setSingleShot(True)
            timer.setInterval(interval)
        self._painted.timeout.connect(self._timer.start)
        self._timer.timeout.connect(self.due)

    def start(self) -> None:
        """Start waiting, or start again."""
        self._timer.stop()
        self._painted.start()

    def stop(self) -> None:
        """Stop waiting."""
        self._painted.stop()
        self._timer.stop()
