"""The preferences: what is chosen is kept at once, and the room for moments is said for the network in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QDesktopServices

from cnnviz import settings
from cnnviz.gui.shell.preferences import PreferencesDialog, show_preferences
from cnnviz.runs.limits import Limits
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QUrl
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

PARAMETERS = 500_000
"""A moment has 2 MB."""


@pytest.fixture
def dialog(qtbot: QtBot, recording: None) -> PreferencesDialog:
    made = PreferencesDialog(PARAMETERS)
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_is_chosen_is_kept_at_once(qtbot: QtBot, dialog: PreferencesDialog) -> None:
    assert dialog.record.isChecked()
    dialog.run_megabytes.edited.emit(50)
    dialog.all_megabytes.edited.emit(500)
    assert Limits.of_settings() == Limits(50 * 10**6, 500 * 10**6)
    dialog.record.click()
    assert not settings.load().record and not dialog.run_megabytes.isEnabled()
    again = PreferencesDialog(PARAMETERS)
    qtbot.addWidget(again)
    assert not again.record.isChecked()


def test_the_moments_that_fit_are_counted(dialog: PreferencesDialog) -> None:
    for megabytes, said in (
        (200, "About 100 moments of this network fit into a run, 2 MB each."),
        (2, "About one moment of this network fits into a run, 2 MB."),
        (1, "A moment of this network has 2 MB: beside those that always stay none fits."),
    ):
        dialog.run_megabytes.set_value(megabytes)
        dialog.run_megabytes.edited.emit(megabytes)
        assert dialog.fitting.text() == said
    dialog.record.click()
    assert dialog.fitting.text() == ""


def test_settings_that_cannot_be_kept_are_said(dialog: PreferencesDialog, home: Path) -> None:
    (home / "config" / "settings.json").mkdir(parents=True)
    dialog.record.click()
    assert dialog.error.isVisible() and "could not be saved" in dialog.error.text()


def test_the_folder_is_shown_also_before_the_first_run(
    dialog: PreferencesDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[QUrl] = []

    def opened(url: QUrl) -> bool:
        shown.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", opened)
    dialog.show_folder.click()
    assert [url.toLocalFile() for url in shown] == [str(runs_folder())] and runs_folder().is_dir()
    assert not dialog.error.isVisible()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
    dialog.show_folder.click()
    assert dialog.error.isVisible()


def test_a_computer_that_must_not_record_says_why(qtbot: QtBot) -> None:
    made = PreferencesDialog(PARAMETERS)
    qtbot.addWidget(made)
    assert not made.record.isEnabled() and not made.record.isChecked()
    assert "CNNVIZ_RECORD" in made.record.toolTip()


def test_the_menu_opens_the_preferences_once(window: MainWindow) -> None:
    for _ in range(2):
        window.actions_by_id["preferences"].trigger()
    assert len(window.findChildren(PreferencesDialog)) == 1
    show_preferences(1, window)
    (dialog,) = window.findChildren(PreferencesDialog)
    dialog.close()
