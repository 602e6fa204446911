"""A window that is laid out before it is painted, and that lets go of menus and keyboard before it is deleted."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QEvent, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

NESTED = 8
"""So many layouts, one in another, are settled before anything is painted."""


class SettledWindow(QMainWindow):
    """What changes in it is laid out first; Qt would paint once before and once after that.

    ``repainted(float)`` follows each paint: the seconds that it took.
    """

    repainted = Signal(float)

    def event(self, event: QEvent) -> bool:
        """Qt: where it is to be painted, the layouts that wait, and parts that were shown, have their turn before."""
        if event.type() == QEvent.Type.UpdateRequest:
            began = time.perf_counter()
            for _ in range(NESTED):
                QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateLater)
            done = super().event(event)
            self.repainted.emit(time.perf_counter() - began)
            return done
        return super().event(event)

    def close_menus(self) -> None:
        """Close what is open over the window."""
        while (popup := QApplication.activePopupWidget()) is not None and popup.close():
            pass

    def release_focus(self) -> None:
        """Take the keyboard from what is in the window or in one of its menus.

        Otherwise a field of a menu would lose it while it is being deleted, and whoever listens is gone by then.
        """
        focus = parent = QApplication.focusWidget()
        while parent is not None and parent is not self:
            parent = parent.parentWidget()
        if focus is not None and parent is self:
            focus.clearFocus()
