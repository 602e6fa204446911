"""A main window that is laid out before it is painted, that is active again after a dialog, and that closes menus and
releases the focus on deletion."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QEvent, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

NESTED_LAYOUTS = 8
"""The depth of nested layouts that are completed before painting."""


class SettledWindow(QMainWindow):
    """Completes pending layouts before painting; Qt alone would paint once before and once after the layout.

    ``repainted(seconds)`` follows each paint, with its duration.
    """

    repainted = Signal(float)

    def event(self, event: QEvent) -> bool:
        """Before a paint, lay out and prepare what has been shown; after a dialog become active again."""
        if event.type() == QEvent.Type.UpdateRequest:
            began = time.perf_counter()
            for _ in range(NESTED_LAYOUTS):
                QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            # by this event Qt has a widget painted that was shown
            QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateLater)
            handled = super().event(event)
            self.repainted.emit(time.perf_counter() - began)
            return handled
        handled = super().event(event)
        if event.type() == QEvent.Type.WindowUnblocked and self.isVisible():
            # not every desktop gives the keyboard back to the window below a dialog that closes
            self.activateWindow()
        return handled

    def close_menus(self) -> None:
        """Close menus and popups over the window."""
        while (popup := QApplication.activePopupWidget()) is not None and popup.close():
            pass

    def release_focus(self) -> None:
        """Clear the focus of widgets in the window or in its menus.

        Otherwise a field of a menu would lose the focus while it is being deleted, and signal objects already deleted.
        """
        focus = ancestor = QApplication.focusWidget()
        while ancestor is not None and ancestor is not self:
            ancestor = ancestor.parentWidget()
        if focus is not None and ancestor is self:
            focus.clearFocus()
