"""What leaves the window: source code, live beside the canvas, and pictures of the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from cnnviz.files import shown
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_picture_shows_maps_that_are_not_in_view(window: MainWindow, tmp_path: Path) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "a snapshot")
    for _ in range(6):
        window.canvas.zoom_in()
    person.until(lambda: (shown := window.bridge.shown) and "fc1" not in shown.by_node(MapsOf), "fewer maps")
    said: list[str] = []
    window.picture.message.connect(said.append)
    for name in ("maps.png", "maps.svg"):
        window.picture.write(tmp_path / name)
    person.until(lambda: len(said) == 2, "the pictures")
    svg = (tmp_path / "maps.svg").read_text()
    assert svg.count("<image") == len(window.editor.project.network.nodes) - 1
    assert said[0].endswith("maps.png”.") and said[1:] == [f"The picture is saved as “{shown(tmp_path / 'maps.svg')}”."]
    assert not window.picture.questions


def test_code_goes_with_building_and_stays_there(window: MainWindow) -> None:
    window.actions_by_id["build"].trigger()
    assert not window.code.head.isVisible()
    window.run.setCurrentWidget(window.code)
    assert window.code.head.isVisible() and window.code.text()
    window.actions_by_id["train_view"].trigger()
    assert window.run.currentWidget() is window.curves and not window.code.head.isVisible()
    window.actions_by_id["build"].trigger()
    assert window.run.currentWidget() is window.code


def test_a_line_brings_its_layer_into_view_and_ctrl_c_copies_text(window: MainWindow, qtbot: QtBot) -> None:
    window.editor.open(TEMPLATES["vgg-16-28"].project())
    window.actions_by_id["build"].trigger()
    window.run.setCurrentWidget(window.code)
    with qtbot.waitActive(window):
        window.activateWindow()
    assert window.code.source is not None
    window.canvas.zoom_in()
    last = window.code.source.lines["output"][0] - 1
    window.code.code.setFocus()
    window.code.code.setTextCursor(QTextCursor(window.code.code.document().findBlockByNumber(last)))
    area = window.canvas.selected_area()
    assert area is not None and window.canvas.visible().contains(area)
    for key, modifier in ((Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier), (Qt.Key.Key_C, CONTROL)):
        QTest.keyClick(window.code.code, key, modifier)
    assert QGuiApplication.clipboard().text() == window.code.text().split("\n")[last]


def test_a_picture_is_asked_for_and_what_went_wrong_is_said(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.actions_by_id["build"].trigger()
    chosen: list[str] = []

    def choose(dialog: QFileDialog) -> int:
        chosen.append(Path(dialog.selectedFiles()[0]).name)
        dialog.filterSelected.emit("PDF (*.pdf)")
        chosen.append(Path(dialog.selectedFiles()[0]).name)
        dialog.selectFile(str(tmp_path / "net.png"))
        return 1

    monkeypatch.setattr(QFileDialog, "exec", choose)
    window.actions_by_id["picture"].trigger()
    assert chosen == ["network.svg", "network.pdf"]
    assert not QImage(str(tmp_path / "net.png")).isNull()
    window.picture.write(tmp_path / "absent" / "net.pdf")
    assert window.notice.text().startswith(
        f"The picture could not be saved as “{shown(tmp_path / 'absent' / 'net.pdf')}”: "
    )
    window.picture.write(tmp_path / "net.bmp")
    assert window.notice.text().endswith("its name should end with .svg, .png, .pdf or .npz.")
    before = (tmp_path / "net.png").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        window.picture.write(tmp_path / "net.png")
    assert window.notice.text().endswith("No space left on device. Another folder may do.")
    assert (tmp_path / "net.png").read_bytes() == before
    window.editor.open(Project())
    window.actions_by_id["picture"].trigger()
    assert window.notice.text() == "There is nothing to draw yet: add layers to the canvas first."
