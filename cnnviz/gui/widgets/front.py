"""Bringing windows to the front, and showing a dialog that leaves its window usable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QWidget


def show_in_front(dialog: QDialog) -> None:
    """Show a dialog, or bring it to the front. When it is closed, its window becomes active again: not every desktop
    gives the keyboard back to it."""
    window = dialog.parentWidget()
    if window is not None and not dialog.isVisible():
        dialog.finished.connect(window.activateWindow, Qt.ConnectionType.SingleShotConnection)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def bring_to_front(window: QWidget) -> None:
    """Show a window before all others, also if it was minimized, and give it the keyboard."""
    if window.isMinimized():
        window.showNormal()
    window.raise_()
    window.activateWindow()
