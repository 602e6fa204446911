"""The notice for new users: what the program is, and three things to try."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz import settings

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow

SUBJECT = "welcome"


def welcome(window: MainWindow) -> None:
    """Show the notice, unless it was closed before or one of the three things was tried in any way."""
    if settings.load().welcomed:
        return
    translate = QCoreApplication.translate
    actions, notice = window.actions_by_id, window.notice

    def tried() -> None:
        if not settings.load().welcomed:
            notice.withdraw(SUBJECT)
            _done()

    notice.post(
        SUBJECT,
        translate("welcome", "Build a network, train it, look inside while it learns. Three things to try:"),
        (translate("welcome", "Change its layers"), actions["build"].trigger),
        (translate("welcome", "Train it"), actions["play"].trigger),
        (translate("welcome", "Look at its maps"), actions["look"].trigger),
    )
    for identifier in ("build", "play", "look"):
        actions[identifier].triggered.connect(tried)
    notice.dismissed.connect(lambda subject: _done() if subject == SUBJECT else None)


def _done() -> None:
    settings.save(replace(settings.load(), welcomed=True))
