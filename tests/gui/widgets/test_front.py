"""Dialogs that leave their window usable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QMainWindow

from cnnviz.gui.widgets.front import show_in_front

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Window(QMainWindow):
    """Counts how often it becomes active."""

    activations = 0

    def activateWindow(self) -> None:
        """Count."""
        self.activations += 1
        super().activateWindow()


def test_the_window_becomes_active_once_each_time_that_its_dialog_is_closed(qtbot: QtBot) -> None:
    window = Window()
    qtbot.addWidget(window)
    window.show()
    dialog = QDialog(window)
    for closed in (1, 2, 3):
        show_in_front(dialog)
        show_in_front(dialog)
        dialog.reject()
        assert window.activations == closed
