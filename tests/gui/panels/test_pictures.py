"""Pictures that are opened, dropped or pasted become the drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.sample.panel import DRAW, PICK, SamplePanel

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

Key, Held = Qt.Key, Qt.KeyboardModifier
MakeSamplePanel = Callable[..., SamplePanel]


@pytest.fixture
def panel(sample_panel: MakeSamplePanel) -> SamplePanel:
    return sample_panel(190, 640, np.full((3, 1, 28, 28), 9, np.uint8))


def page() -> NDArray[np.uint8]:
    """A dark L on white paper: uint8 (90, 120)."""
    grey = np.full((90, 120), 255, np.uint8)
    grey[20:80, 30:40] = grey[70:80, 30:70] = 10
    return grey


def image(grey: NDArray[np.uint8]) -> QImage:
    height, width = grey.shape
    return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def is_an_l(panel: SamplePanel) -> bool:
    sample = panel.sample()
    if sample is None or panel.page() != DRAW or not sample.image.any():
        return False
    rows, columns = np.flatnonzero(sample.image[0].any(axis=1)), np.flatnonzero(sample.image[0].any(axis=0))
    return len(rows) == 20 and 12 <= len(columns) <= 14 and not sample.image[0, rows[0], columns[-1]]


def file_in(folder: Path) -> Path:
    path = folder / "an L.png"
    assert image(page()).save(str(path))
    return path


def test_a_file_is_opened_and_inverted_with_one_click_back(panel: SamplePanel, qtbot: QtBot, tmp_path: Path) -> None:
    pictures, remark = panel.drawing.pictures, panel.drawing.remark
    pictures.open(file_in(tmp_path))
    assert remark.label.text() == "Reading “an L.png” …"
    qtbot.waitUntil(lambda: is_an_l(panel))
    assert remark.isVisible() and remark.label.text() == "Inverted: light ground."
    remark.button.click()
    sheet = panel.drawing.surface.drawing.sheet
    assert sheet[0, 0] == 255 and not remark.isVisible()
    for empty in (False, True):
        panel.drawing.undo.click()
        assert is_an_l(panel) is not empty


def test_a_stroke_takes_the_remark_away(panel: SamplePanel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.drawing.pictures.open(file_in(tmp_path))
    qtbot.waitUntil(panel.drawing.remark.button.isVisible)
    QTest.mouseClick(panel.drawing.surface, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not panel.drawing.remark.isVisible()


def test_a_picture_that_is_pasted(panel: SamplePanel, qtbot: QtBot, tmp_path: Path) -> None:
    QGuiApplication.clipboard().setImage(image(page()))
    panel.show_page(DRAW)
    QTest.keyClick(panel.drawing.surface, Key.Key_V, Held.ControlModifier)
    qtbot.waitUntil(lambda: is_an_l(panel))
    panel.drawing.clear.click()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file_in(tmp_path)))])
    QGuiApplication.clipboard().setMimeData(data)
    panel.drawing.pictures.paste()
    qtbot.waitUntil(lambda: is_an_l(panel))
    QGuiApplication.clipboard().setText("no picture")
    panel.drawing.pictures.paste()
    assert panel.drawing.remark.label.text() == "There is no picture on the clipboard." and is_an_l(panel)


def test_files_that_are_no_pictures_are_passed_over(panel: SamplePanel, qtbot: QtBot, tmp_path: Path) -> None:
    project, data = QUrl.fromLocalFile(str(tmp_path / "net.cnnviz")), QMimeData()
    read: list[str] = []
    panel.drawing.pictures.reading.connect(read.append)
    data.setUrls([project])
    assert not panel.drawing.pictures.take(data) and not read
    data.setUrls([project, QUrl.fromLocalFile(str(file_in(tmp_path)))])
    assert panel.drawing.pictures.take(data) and read == ["“an L.png”"]
    qtbot.waitUntil(lambda: is_an_l(panel))


def drop(panel: SamplePanel, data: QMimeData) -> bool:
    where, action, none = QPointF(50, 50), Qt.DropAction.CopyAction, Held.NoModifier
    enter = QDragEnterEvent(where.toPoint(), action, data, Qt.MouseButton.LeftButton, none)
    enter.ignore()
    QApplication.sendEvent(panel, enter)
    if enter.isAccepted():
        QApplication.sendEvent(panel, QDropEvent(where, action, data, Qt.MouseButton.LeftButton, none))
    return enter.isAccepted()


def test_a_picture_that_is_dropped_while_images_are_picked(panel: SamplePanel, qtbot: QtBot, tmp_path: Path) -> None:
    assert panel.page() == PICK
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file_in(tmp_path)))])
    assert drop(panel, data)
    qtbot.waitUntil(lambda: is_an_l(panel))
    text, pixels = QMimeData(), QMimeData()
    text.setText("no picture")
    text.setUrls([QUrl("https://example.org/picture.png")])
    assert not drop(panel, text)
    panel.drawing.clear.click()
    pixels.setImageData(image(page()))
    assert drop(panel, pixels)
    qtbot.waitUntil(lambda: is_an_l(panel))


def test_what_cannot_be_read_is_said_and_nothing_is_lost(panel: SamplePanel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.drawing.pictures.open(file_in(tmp_path))
    qtbot.waitUntil(lambda: is_an_l(panel))
    (tmp_path / "broken.png").write_bytes(file_in(tmp_path).read_bytes()[:60])
    white = tmp_path / "white.png"
    assert image(np.full((40, 40), 255, np.uint8)).save(str(white))
    said = panel.drawing.remark.label
    for path, sentence in (
        (tmp_path / "broken.png", "“broken.png” is no picture that can be read"),
        (white, "“white.png” shows one colour alone"),
        (tmp_path / "missing.png", "“missing.png” could not be read"),
        (tmp_path, f"“{tmp_path.name}” could not be read: it is a folder"),
    ):
        panel.drawing.pictures.open(path)
        qtbot.waitUntil(lambda: not said.text().startswith("Reading"))
        assert said.text().startswith(sentence)
        assert is_an_l(panel)


def test_of_two_pictures_the_later_one_counts(panel: SamplePanel, qtbot: QtBot, tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    assert image(np.kron(page().T, np.ones((20, 20), np.uint8))).save(str(big))
    panel.drawing.pictures.open(big)
    panel.drawing.pictures.open(file_in(tmp_path))
    qtbot.waitUntil(lambda: is_an_l(panel))
