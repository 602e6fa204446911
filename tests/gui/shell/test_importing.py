"""Weights of other programs: a preview of what goes where, then the network with these weights, in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from onnx_kit import exported, subject
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from safetensors.torch import save_file

from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.import_dialog import ImportDialog
from cnnviz.network.layers import Dense
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

CONVOLUTIONS = {"conv1": (16, 1, 3, 3), "conv2": (32, 16, 3, 3), "conv3": (64, 32, 3, 3)}


def weights(classes: int = 10) -> dict[str, Tensor]:
    """Weights for the network in the window, as a program of PyTorch may have named them."""
    made = {f"module.{name}.weight": torch.full(shape, 0.01) for name, shape in CONVOLUTIONS.items()}
    for number, (maps, *_) in enumerate(CONVOLUTIONS.values(), start=1):
        made |= {f"module.bn{number}.{name}": torch.zeros(maps) for name in ("bias", "running_mean")}
        made |= {f"module.bn{number}.{name}": torch.ones(maps) for name in ("weight", "running_var")}
    return made | {"module.fc1.weight": torch.zeros(classes, 576), "module.fc1.bias": torch.arange(float(classes))}


def saved(folder: Path, tensors: dict[str, Tensor]) -> Path:
    torch.save({"state_dict": tensors, "epoch": 7}, folder / "digits.pth")
    return folder / "digits.pth"


def opened(window: MainWindow, path: Path) -> ImportDialog:
    """The dialog for a file, once the file is read."""
    dialog = window.importing.open(path)
    until_read(window, dialog)
    return dialog


def until_read(window: MainWindow, dialog: ImportDialog) -> None:
    Person(window).until(lambda: dialog.progress.isHidden(), "the preview")


def texts(dialog: ImportDialog, row: int) -> list[str]:
    items = [dialog.table.item(row, column) for column in range(dialog.table.columnCount())]
    return [item.text() for item in items if item is not None]


def take(window: MainWindow, dialog: ImportDialog) -> None:
    """Press Import, and wait until the window shows the weights."""
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    person.until(lambda: window.bridge.session.status.begun, "the imported weights")


def shown(window: MainWindow, name: str) -> Tensor:
    found = window.bridge.session.weights.latest
    assert found is not None
    return found.tensors[name]


def test_the_weights_of_a_file_become_those_of_the_network_on_screen(window: MainWindow, tmp_path: Path) -> None:
    before = window.editor.project
    dialog = opened(window, saved(tmp_path, weights()))
    assert dialog.headline.text() == "17 of 17 tensors fit"
    assert dialog.kind.text() == "PyTorch · 17 tensors"
    assert "“state_dict”" in dialog.notes.text()
    assert dialog.remainder.isHidden()
    found = [texts(dialog, row) for row in range(dialog.table.rowCount())]
    assert ["module.bn2.running_var", "norm2.running_var", "32", "by its name"] in found
    assert sum(row[3].startswith("is 0: Old files") for row in found) == 3
    take(window, dialog)
    said = "Imported from digits.pth: 17 of 17 tensors."
    Person(window).until(lambda: window.notice.text() == said, "the notice")
    status = window.bridge.session.status
    assert (status.state, status.step, status.source) == (State.PAUSED, 0, "digits.pth")
    Person(window).until(lambda: "IMPORTED" in window.top.state.text(), "the state in the top bar")
    assert window.editor.project == before
    assert shown(window, "fc1.bias").tolist() == list(range(10))
    Person(window).until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 0, "a snapshot")
    (run,) = Library(runs_folder()).runs()
    assert run.facts.source == "digits.pth"


def test_the_run_before_an_import_is_kept(window: MainWindow, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(1)
    person.until(lambda: session.status.step == 1 and session.status.state is State.PAUSED, "a batch")
    trained = shown(window, "conv1.weight").clone()
    dialog = opened(window, saved(tmp_path, weights()))
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    person.until(lambda: window.notice.says("imported"), "the notice about the imported weights")
    assert session.status.source == "digits.pth"
    (back,) = [button for button in window.notice.buttons() if button.text() == "Back to the run before"]
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    person.until(lambda: session.status.step == 1, "the run before")
    person.until(lambda: not window.notice.says("imported"), "the notice about the weights goes")
    assert torch.equal(shown(window, "conv1.weight"), trained)


def test_an_import_says_that_it_pauses_a_training(window: MainWindow, recording: None, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.pace(10.0)
    session.play()
    person.until(lambda: session.status.step >= 1, "training")
    dialog = opened(window, saved(tmp_path, weights()))
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    person.until(lambda: window.notice.says("imported"), "the notice about the imported weights")
    previous = session.standing.previous
    assert previous is not None
    assert f"was being trained: it was paused at step {previous.step} and is kept." in window.notice.text()


def test_safetensors_of_other_programs_are_imported(window: MainWindow, tmp_path: Path) -> None:
    save_file(weights(), tmp_path / "digits.safetensors")
    dialog = opened(window, tmp_path / "digits.safetensors")
    assert dialog.headline.text() == "17 of 17 tensors fit"
    dialog.reject()


def test_another_number_of_classes_is_asked_about(window: MainWindow, tmp_path: Path) -> None:
    dialog = opened(window, saved(tmp_path, weights(26)))
    assert dialog.headline.text() == "15 of 17 tensors fit"
    assert dialog.remainder.text() == "One layer begins anew: fc1."
    assert dialog.head.currentText() == "a new one, for 10 classes"
    assert texts(dialog, 0)[3] == "left out: The file has 26 classes, the network 10."
    dialog.head.setCurrentIndex(1)
    dialog.head.activated.emit(1)
    until_read(window, dialog)
    assert dialog.headline.text() == "17 of 17 tensors fit"
    assert dialog.head.currentText() == "that of the file, for 26 classes"
    take(window, dialog)
    assert window.editor.project.network["fc1"] == Dense(26)
    assert shown(window, "fc1.bias").tolist() == list(range(26))
    window.editor.undo()
    assert window.editor.project.network["fc1"] == Dense(10)
    # the change of the network does not replace the imported weights
    Person(window).until(lambda: window.notice.says("changed"), "the notice about the change")
    assert torch.equal(shown(window, "conv1.weight"), weights()["module.conv1.weight"])


def test_weights_of_a_template_open_a_window_of_their_own(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    state = torch.nn.Sequential(torch.nn.Conv2d(1, 32, 3), torch.nn.Conv2d(32, 64, 3), torch.nn.Linear(1600, 128),
                                torch.nn.Linear(128, 10)).state_dict()  # fmt: skip
    dialog = opened(window, saved(tmp_path, dict(state)))
    assert dialog.target.currentData() == "pytorch-tutorial"
    assert dialog.headline.text() == "8 of 8 tensors fit"
    assert texts(dialog, 0)[3] == "by order and shape"
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    Person(window).until(lambda: application.windows[-1] is not window, "another window")
    other = application.windows[-1]
    assert other.editor.project.network == TEMPLATES["pytorch-tutorial"].project().network
    Person(other).until(lambda: other.bridge.session.status.begun, "the imported weights")
    assert torch.equal(shown(other, "fc2.weight"), state["3.weight"])


def test_another_network_can_be_chosen(window: MainWindow, tmp_path: Path) -> None:
    dialog = opened(window, saved(tmp_path, weights()))
    dialog.target.setCurrentIndex(dialog.target.findData("lenet-5"))
    dialog.target.activated.emit(dialog.target.currentIndex())
    until_read(window, dialog)
    assert dialog.headline.text() == "0 of 17 tensors fit"
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


def test_a_file_that_cannot_be_read_is_said(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "broken.pth").write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    dialog = opened(window, tmp_path / "broken.pth")
    assert dialog.headline.text() == "Nothing can be imported"
    assert "before version 1.6" in dialog.remainder.text()
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


def test_cancelling_adds_nothing(window: MainWindow, tmp_path: Path) -> None:
    dialog = window.importing.open(saved(tmp_path, weights()))
    dialog.reject()
    dialog = opened(window, saved(tmp_path, weights()))
    dialog.reject()
    assert not window.bridge.session.status.begun
    assert not Library(runs_folder()).runs()


def test_files_of_weights_are_dropped_and_opened_like_projects(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    path = saved(tmp_path, weights())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, plain)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, left, plain))
    person = Person(window)
    person.until(lambda: window.findChildren(ImportDialog), "the dialog")
    (dialog,) = window.findChildren(ImportDialog)
    until_read(window, dialog)
    dialog.reject()
    assert application.open_file(path, window) is window
    dialog = window.findChildren(ImportDialog)[-1]
    until_read(window, dialog)
    assert dialog.headline.text() == "17 of 17 tensors fit"
    dialog.reject()


def test_an_onnx_file_opens_as_a_network_with_its_weights(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    given = subject(TEMPLATES["lenet-5"].project())
    (tmp_path / "foreign.onnx").write_bytes(exported(given).SerializeToString())
    dialog = opened(window, tmp_path / "foreign.onnx")
    assert dialog.headline.text() == "A network with its weights"
    assert "61,706 parameters" in dialog.remainder.text()
    assert dialog.target.isHidden()
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    Person(window).until(lambda: application.windows[-1] is not window, "another window")
    other = application.windows[-1]
    assert other.editor.project.network == given.project.network
    assert "foreign" in other.windowTitle()
    Person(other).until(lambda: other.bridge.session.status.begun, "the imported weights")
    name, array = next(iter(given.tensors.items()))
    assert torch.equal(shown(other, name), torch.as_tensor(array))


def test_the_drawing_takes_no_weights_and_no_projects_for_pictures(window: MainWindow, tmp_path: Path) -> None:
    pictures = window.sample.drawing.pictures
    for name, taken in (("a.png", True), ("a", True), ("a.pth", False), ("a.onnx", False), ("a.cnnviz-run", False)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        assert pictures.takes(data) is taken


def test_the_program_is_started_with_a_file_of_weights(application: Application, tmp_path: Path) -> None:
    window = application.open_first(saved(tmp_path, weights()))
    person = Person(window)
    person.until(lambda: window.findChildren(ImportDialog), "the dialog")
    (dialog,) = window.findChildren(ImportDialog)
    until_read(window, dialog)
    assert dialog.headline.text() == "17 of 17 tensors fit"
    dialog.reject()
