"""The menu of recent files, in the menu File."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from cnnviz import settings
from cnnviz.files import shown
from cnnviz.gui.widgets.plain import menu_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.main_window import MainWindow


def fill_recent_menu(window: MainWindow, open_file: Callable[[Path], object]) -> None:
    """Put a new menu of recent files before the action Save; choosing a file calls ``open_file``."""
    menu = window.file_menu
    if window.recent_menu is not None:
        menu.removeAction(window.recent_menu.menuAction())
        window.recent_menu.deleteLater()
    recent = QMenu(QCoreApplication.translate("RecentMenu", "Open &recent"), menu)
    for name in settings.load().recent:
        action = recent.addAction(menu_text(shown(name)))
        action.triggered.connect(lambda _=False, name=name: open_file(Path(name)))
    recent.setEnabled(bool(recent.actions()))
    menu.insertMenu(window.actions_by_id["save"], recent)
    window.recent_menu = recent
