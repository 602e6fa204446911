"""The notice at the start: for new users what the program is, for others the file and the runs they had before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz import settings
from cnnviz.files import is_there, shown
from cnnviz.runs.names import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.widgets.notice_bar import Choice

SUBJECT = "welcome"
MOST_LETTERS = 32
"""The most letters of the name of a file on a button."""
MOST_READ = 50
"""The most runs that are read to find the last one of the network that can be continued."""


def welcome(window: MainWindow) -> None:
    """Offer recent files and runs to users who have any, unless a file is open. Introduce the program to others, unless
    they have closed that notice or used one of its buttons."""
    kept_settings, opened = settings.load(), window.document.path
    recent = next((path for path in map(Path, kept_settings.recent) if path != opened and is_there(path)), None)
    runs = _folders_of_runs()
    if recent is not None or runs:
        if opened is None:
            _offer(window, recent, runs)
    elif not kept_settings.welcomed:
        _introduce(window)


def _folders_of_runs() -> list[Path]:
    """The folders of all runs, the newest first."""
    from cnnviz.runs.recorder import runs_folder

    # names of runs begin with their date; the library would be slow to load before the first paint
    return sorted((each for each in runs_folder().glob("[0-9]*-*") if each.is_dir()), reverse=True)


def _last_run(network: str, runs: Sequence[Path]) -> Path | None:
    """The newest of these runs that trained the network of this name and can be continued."""
    from cnnviz.runs.folder import FACTS, moments, object_in

    for folder in runs[:MOST_READ]:
        with suppress(OSError, ValueError):
            facts = object_in(folder / FACTS).get("facts")
            if isinstance(facts, dict) and facts.get("network") == network and moments(folder):
                return folder
    return None


def _offer(window: MainWindow, recent: Path | None, runs: Sequence[Path]) -> None:
    """Offer the file that was open last, and the runs, as far as there are any. The offer ends where the runs are
    shown or gone on with, and where the network is trained, which is then no longer new.

    If no file is offered, there is room for another button: to go on with the last run of the network, which is looked
    for after the first paint.
    """
    translate, notice, bench = QCoreApplication.translate, window.notice, window.bench
    choices: list[Choice] = []

    def answer(action: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            notice.withdraw(SUBJECT)
            action()

        return act

    sentence = translate("welcome", "This is a new network. What was trained before is listed in Runs.")
    if recent is not None:
        name = shown(recent.name)
        sentence = translate("welcome", "This is a new network. The file that was open last is “{name}”.")
        sentence = sentence.format(name=name)
        label = translate("welcome", "Open recent: {name}").format(name=shortened(name, MOST_LETTERS))
        choices.append((label, lambda: bench.requests.fileAsked.emit(recent)))
    if runs:
        choices.append((translate("welcome", "Show the runs"), answer(lambda: window.show_panel("runs"))))
    notice.post(SUBJECT, sentence, *choices)

    def offer_last() -> None:
        if notice.says(SUBJECT) and (last := _last_run(window.document.network, runs)) is not None:
            tip = translate("welcome", "Begin a new run at the newest moment of the last run of this network")
            go_on = answer(lambda: bench.going_on.continue_run(last))
            notice.add_choice(SUBJECT, (translate("welcome", "Go on with it"), go_on, tip))

    if recent is None:
        window.painted.connect(offer_last)
    window.bridge.status.connect(lambda status: notice.withdraw(SUBJECT) if status.begun else None)


def _introduce(window: MainWindow) -> None:
    """Say what the program is, and offer three things to try."""
    translate = QCoreApplication.translate
    actions, notice = window.actions_by_id, window.notice

    def tried() -> None:
        if not settings.load().welcomed:
            notice.withdraw(SUBJECT)
            _remember_welcomed()

    notice.post(
        SUBJECT,
        translate("welcome", "Build a network, train it, look inside while it learns. Three things to try:"),
        (translate("welcome", "Change its layers"), actions["build"].trigger),
        (translate("welcome", "Train it"), actions["play"].trigger),
        (translate("welcome", "Look at its maps"), actions["look"].trigger),
    )
    for identifier in ("build", "play", "look"):
        actions[identifier].triggered.connect(tried)
    notice.dismissed.connect(lambda subject: _remember_welcomed() if subject == SUBJECT else None)


def _remember_welcomed() -> None:
    settings.save(replace(settings.load(), welcomed=True))
