"""What can wait until an edit has been painted."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal


class AfterPainting(QObject):
    """Emits ``due`` so many milliseconds after the window has painted what is changed when :meth:`start` is called."""

    due = Signal()

    def __init__(self, milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        # Qt paints what is waiting to be painted before it looks at timers
        self._painted = QTimer(self)
        self._timer = QTimer(self)
        for timer, interval in ((self._painted, 0), (self._timer, milliseconds)):
            timer.setSingleShot(True)
            timer.setInterval(interval)
        self._painted.timeout.connect(self._timer.start)
        self._timer.timeout.connect(self.due)

    def start(self) -> None:
        """Wait, or wait anew."""
        self._timer.stop()
        self._painted.start()

    def stop(self) -> None:
        """Wait no longer."""
        self._painted.stop()
        self._timer.stop()
