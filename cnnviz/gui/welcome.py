"""The first line that a new user reads: what this is, and three things to try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from cnnviz import settings
from cnnviz.gui.main_window import MainWindow

SUBJECT = "welcome"


def welcome(window: MainWindow) -> None:
    """Say it, until it was closed or one of the three was tried: then never again."""
    if settings.load().welcomed:
        return
    translate = QCoreApplication.translate
    actions, notice = window.actions_by_id, window.notice

    def trying(action: str) -> Callable[[], None]:
        def attempt() -> None:
            notice.withdraw(SUBJECT)
            _done()
            actions[action].trigger()

        return attempt

    notice.say(
        SUBJECT,
        translate("welcome", "Build a network, train it, look inside while it learns. Three things to try:"),
        (translate("welcome", "Change its layers"), trying("build")),
        (translate("welcome", "Train it"), trying("play")),
        (translate("welcome", "Look at its maps"), trying("look")),
    )
    notice.dismissed.connect(lambda subject: _done() if subject == SUBJECT else None)


def _done() -> None:
    settings.save(replace(settings.load(), welcomed=True))
