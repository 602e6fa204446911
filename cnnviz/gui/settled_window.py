"""A window that is laid out before it is painted."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QMainWindow

NESTED = 8
"""So many layouts, one in another, are settled before anything is painted."""


class SettledWindow(QMainWindow):
    """What changes in it is laid out first; Qt would paint once before and once after that."""

    def event(self, event: QEvent) -> bool:
        """Qt: where it is to be painted, the layouts that wait, and parts that were shown, have their turn before."""
        if event.type() == QEvent.Type.UpdateRequest:
            for _ in range(NESTED):
                QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateLater)
        return super().event(event)
