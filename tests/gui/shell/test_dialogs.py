"""About names every version and leads to every licence; a report can be copied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from cnnviz import __version__
from cnnviz.gui.shell.dialogs import PARTS, AboutDialog, ReportDialog, crash_dialog, versions
from cnnviz.resources import resource

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def _press(dialog: QDialog, text: str) -> None:
    (button,) = [one for one in dialog.findChildren(QPushButton) if one.text() == text]
    button.click()


def test_versions_name_the_program_and_its_parts() -> None:
    lines = versions().splitlines()
    assert lines[0] == f"cnnviz {__version__}"
    assert len(lines) == 2 + len(PARTS)
    assert "unknown" not in versions()


def test_about_leads_to_every_notice_and_back(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    first = dialog.notices.toPlainText()
    assert "MIT" in first
    links = set(re.findall(r'href="([^"]+)"', dialog.notices.toHtml()))
    files = {path.name for path in resource("notices").iterdir()} - {"README.md"}
    assert files <= links
    for name in sorted(files):
        assert not dialog.back.isEnabled()
        dialog.notices.setSource(QUrl(name))
        assert dialog.notices.toPlainText() not in ("", first)
        dialog.back.click()
        assert dialog.notices.toPlainText() == first


@pytest.mark.parametrize(
    "word", ["PySide6", "GNU Lesser General Public License version 3", "separate shared libraries"]
)
def test_the_notice_of_qt_says_what_the_lgpl_asks_for(word: str) -> None:
    assert word in Path(resource("notices/qt.md")).read_text(encoding="utf-8").replace("\n", " ")


def test_about_copies_the_versions(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    _press(dialog, "Copy versions")
    assert QGuiApplication.clipboard().text() == versions()


def test_a_crash_can_be_copied_with_the_versions(qtbot: QtBot) -> None:
    dialog = crash_dialog("It went wrong.", "Traceback: here", None)
    qtbot.addWidget(dialog)
    _press(dialog, "Copy")
    assert QGuiApplication.clipboard().text() == f"{versions()}\n\nTraceback: here"


def test_about_is_there_once_and_deleted_when_it_is_closed(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["about"].trigger()
    window.actions_by_id["about"].trigger()
    (dialog,) = window.findChildren(AboutDialog)
    assert dialog.isVisible()
    _press(dialog, "Close")
    qtbot.waitUntil(lambda: window.findChild(AboutDialog) is None)


def test_errors_are_reported_one_at_a_time_and_beside_about(
    application: Application, window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_by_id["about"].trigger()
    for detail in ("first", "later"):
        application.errors.failed.emit("It went wrong.", detail)
        application.errors.failed.emit("It went wrong.", "meanwhile")
        (report,) = window.findChildren(ReportDialog)
        assert isinstance(report, ReportDialog) and report.detail.toPlainText().endswith(detail)
        _press(report, "Close")
        qtbot.waitUntil(lambda: window.findChild(ReportDialog) is None)


def test_the_window_has_the_keyboard_again_after_each_dialog(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.canvas.hasFocus)
    for command in ("new", "paste_code", "preferences", "export", "about", "glossary"):
        window.actions_by_id[command].trigger()
        qtbot.waitUntil(lambda: QApplication.activeWindow() not in (None, window))
        dialog = QApplication.activeWindow()
        assert dialog is not None
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
        assert window.canvas.hasFocus(), command
