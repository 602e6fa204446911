"""A network is trained a little and exported; the folder alone then gives the answer that the window gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from folder_kit import said_by
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.gui.shell.export_dialog import ExportDialog
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

LONG = 200.0
"""Seconds; programs are started, at a low priority."""


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1280, 720)
    window.activateWindow()
    Person(window).until(lambda: window.bridge.session.status.ready and window.canvas.hasFocus(), "torch")
    yield window
    window.leave()
    application.deleteLater()


@pytest.mark.usefixtures("warm_program")
def test_from_the_training_to_a_folder_that_answers_alone(window: MainWindow, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    session.batches(30)
    person.until_trained(lambda: session.status.step == 30 and session.status.state is State.PAUSED, "30 batches")
    window.document.save_to(tmp_path / "digits.cnnviz")

    person.shortcut("export")
    dialog = window.findChild(ExportDialog)
    assert isinstance(dialog, ExportDialog) and dialog.place.text().endswith("digits-export")
    # within a window of 1280x720
    assert dialog.height() <= 660
    dialog.set_folder(tmp_path / "digits-export")
    dialog.formats["onnx"].setChecked(False)
    QTest.mouseClick(dialog.export, LEFT)
    person.until(lambda: not window.bench.exporting.running, "the export", LONG)
    (row,) = dialog.results
    assert row.file.text() == "digits-pytorch" and row.said.text().startswith("Verified: PyTorch")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)

    def settled() -> bool:
        snapshot = window.bridge.shown
        return snapshot is not None and snapshot.step == 30 and NetworkOutput() in snapshot.answers

    person.until(settled, "the answer of the window")
    snapshot = window.bridge.shown
    assert snapshot is not None
    answer = snapshot.answer(NetworkOutput())
    assert answer is not None
    picture = tmp_path / "digit.png"
    Image.fromarray(snapshot.sample.image[0]).save(picture)
    best = int(answer.probabilities.argmax())
    (said,) = said_by(tmp_path / "digits-export" / "digits-pytorch", (picture, "--top", "1"))
    name, label, share = said.split()
    assert name == f"{picture}:" and label == str(best)
    assert float(share.removesuffix("%")) == pytest.approx(100 * float(answer.probabilities[best]), abs=0.02)
