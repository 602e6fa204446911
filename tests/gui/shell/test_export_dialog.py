"""File > Export: what is chosen is exported beside the training, verified, and told."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from threading import Event, Timer
from typing import TYPE_CHECKING

import numpy as np
import pytest
from full_disk import full_disk
from moments_kit import go_to, train
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from safetensors.numpy import load_file
from writing_kit import answering

from cnnviz.cli import main
from cnnviz.export import formats
from cnnviz.export.subject import initial
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.exporting import WeightsChoice
from cnnviz.gui.shell.export_choices import command_of
from cnnviz.gui.shell.export_dialog import ExportDialog
from cnnviz.network.graph import remove
from cnnviz.project import edits
from cnnviz.runs.folder import weights
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QUrl

    from cnnviz.export.formats import Format
    from cnnviz.export.subject import Subject
    from cnnviz.gui.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("warm_program")

LEFT = Qt.MouseButton.LeftButton
LONG = 200.0
"""Seconds; programs are started, at a low priority."""


def opened(window: MainWindow, folder: Path) -> ExportDialog:
    """The dialog as File > Export opens it, with another folder."""
    Person(window).shortcut("export")
    dialog = window.findChild(ExportDialog)
    assert isinstance(dialog, ExportDialog)
    dialog.set_folder(folder)
    return dialog


def choose(dialog: ExportDialog, *names: str) -> None:
    for name, box in dialog.formats.items():
        box.setChecked(name in names)


def command_copied(dialog: ExportDialog) -> str:
    """The text on the clipboard after the button was clicked."""
    QGuiApplication.clipboard().clear()
    QTest.mouseClick(dialog.copy_command, LEFT)
    return QGuiApplication.clipboard().text()


def finish(window: MainWindow, dialog: ExportDialog) -> None:
    QTest.mouseClick(dialog.export, LEFT)
    assert window.bench.exporting.running and not dialog.weights.isEnabled()
    Person(window).until(lambda: not window.bench.exporting.running, "the export", LONG)


def test_the_present_weights_are_exported_and_verified(
    window: MainWindow, recording: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(window, 4)
    dialog = opened(window, tmp_path / "new")
    assert dialog.weights.currentText() == "Now: step 4 of the training"
    choose(dialog, "torch", "safetensors")
    seen: list[str] = []
    window.bench.exporting.changed.connect(lambda: seen.append(dialog.stage.text()))
    finish(window, dialog)
    assert [row.file.text() for row in dialog.results] == ["network-pytorch", "network.safetensors"]
    for row in dialog.results:
        assert row.said.text().startswith("Verified: PyTorch 2") and "5,000 of 5,000 images" in row.said.text()
        assert row.said.property("role") == "good"
    assert dialog.stage.text().startswith("The last export: step 4 of the run “")
    assert seen[0] == "Loading the weights …" and any(stage.startswith("PyTorch: ") for stage in seen)
    latest = window.bridge.session.weights.latest
    assert latest is not None
    written = load_file(tmp_path / "new" / "network.safetensors")
    assert all(np.array_equal(written[key], tensor.numpy()) for key, tensor in latest.tensors.items())

    folders: list[str] = []

    def note(url: QUrl) -> bool:
        folders.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    QTest.mouseClick(dialog.open_folder, LEFT)
    assert folders == [str(tmp_path / "new")]
    QTest.mouseClick(dialog.copy_command, LEFT)
    run = window.bench.past.present
    assert run is not None
    assert QGuiApplication.clipboard().text() == (
        f"cnnviz export {run.name} --moment 4 --to torch --to safetensors --name network --out {tmp_path / 'new'}"
    )
    # a second export would replace the first
    assert not dialog.export.isEnabled() and dialog.replace.isVisible()
    named = "network-pytorch, network.safetensors are in this folder already: replace them"
    assert dialog.replace.text() == named
    dialog.replace.click()
    assert dialog.export.isEnabled()


def test_weights_are_chosen_by_their_moment(window: MainWindow, recording: None, tmp_path: Path) -> None:
    train(window, 2)
    go_to(window, 1)
    dialog = opened(window, tmp_path)
    texts = [dialog.weights.itemText(row) for row in range(dialog.weights.count())]
    assert texts == [
        "On screen: the moment at step 1",
        "Now: step 2 of the training",
        *(f"Recorded moment at step {step}" for step in (2, 1, 0)),
        "Before training: the first weights",
    ]
    choose(dialog, "safetensors")
    finish(window, dialog)
    folder = window.bench.past.run_folder
    assert folder is not None
    _, tensors = weights(folder, 1)
    written = load_file(tmp_path / "network.safetensors")
    assert all(np.array_equal(written[key], tensor.numpy()) for key, tensor in tensors.items())
    QTest.mouseClick(dialog.copy_command, LEFT)
    assert f"export {folder.name} --moment 1 --to safetensors" in QGuiApplication.clipboard().text()
    dialog.weights.setCurrentIndex(1)
    person = Person(window)
    window.bridge.session.batches(1)
    person.until(lambda: dialog.weights.currentText() == "Now: step 3 of the training", "the list")
    person.until(lambda: dialog.weights.count() == len(texts) + 1, "the new moment in the list")
    assert dialog.asked.weights == WeightsChoice()
    dialog.weights.setCurrentIndex(len(texts))
    dialog.weights.activated.emit(len(texts))
    assert dialog.asked.weights == WeightsChoice(untrained=True)
    dialog.replace.setChecked(True)
    finish(window, dialog)
    first = initial(window.editor.project, "network").tensors
    written = load_file(tmp_path / "network.safetensors")
    assert all(np.array_equal(written[key], array) for key, array in first.items())
    exporting = window.bench.exporting
    assert exporting.asked is not None
    assert f"export {folder.name} --moment first" in command_of(exporting.asked, exporting).line
    assert command_of(exporting.asked, exporting).line.endswith(" --replace")
    # the seed of the export counts
    project = window.editor.project
    window.editor.apply("Seed", replace(project, recipe=replace(project.recipe, seed=project.recipe.seed + 1)))
    assert f"export {folder.name} --moment first" in command_of(exporting.asked, exporting).line
    finish(window, dialog)
    # the run began with other weights
    assert not dialog.copy_command.isEnabled() and "not recorded" in dialog.copy_command.toolTip()


def test_training_goes_on_beside_it_and_it_can_be_cancelled(window: MainWindow, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    person.shortcut("play")
    person.until(lambda: session.status.step > 0, "training")
    dialog = opened(window, tmp_path / "new")
    assert dialog.weights.currentText() == "Now: the training as it goes on"
    choose(dialog, "torch", "safetensors")
    QTest.mouseClick(dialog.export, LEFT)
    exporting = window.bench.exporting
    person.until(lambda: exporting.progress is not None and exporting.progress.verifying, "verifying", LONG)
    step = session.status.step
    person.until(lambda: session.status.step > step, "training goes on")
    QTest.mouseClick(dialog.cancel, LEFT)
    assert dialog.stage.text() == "Cancelling …"
    person.until(lambda: not exporting.running, "the end", LONG)
    assert session.status.state is State.RUNNING
    assert dialog.stage.text().startswith("Cancelled") and not dialog.results
    assert not (tmp_path / "new").exists()


def test_the_command_names_the_weights_that_were_exported(window: MainWindow, recording: None, tmp_path: Path) -> None:
    train(window, 2)
    first = window.bench.past.present
    assert first is not None
    dialog = opened(window, tmp_path / "first")
    choose(dialog, "safetensors")
    dialog.weights.setCurrentIndex(0)
    finish(window, dialog)
    train(window, 2)
    # the training has gone on since, and then another run has begun
    assert f"export {first.name} --moment 2 --to" in command_copied(dialog)
    window.actions_by_id["start_over"].trigger()
    train(window, 1)
    line = command_copied(dialog)
    assert f"export {first.name} --moment 2 --to" in line
    again = [part if part != str(tmp_path / "first") else str(tmp_path / "again") for part in shlex.split(line)]
    assert main(again[1:]) == 0
    first_file, second_file = (load_file(tmp_path / name / "network.safetensors") for name in ("first", "again"))
    assert first_file.keys() == second_file.keys()
    assert all(np.array_equal(array, second_file[key]) for key, array in first_file.items())


def test_weights_that_are_not_recorded_have_no_command(window: MainWindow, recording: None, tmp_path: Path) -> None:
    train(window, 2)
    dialog, exporting = opened(window, tmp_path / "new"), window.bench.exporting
    choose(dialog, "safetensors")
    finish(window, dialog)
    present, folder = exporting.present, window.bench.past.present
    assert present is not None and (present.run, present.step) == (1, 2) and folder is not None
    # as while a training goes on, of which not every step is recorded
    exporting.present = replace(present, step=3)
    exporting.changed.emit()
    assert not dialog.copy_command.isEnabled()
    assert dialog.copy_command.toolTip().startswith("The command line exports recorded moments, and step 3 is none.")
    # a moment may be deleted to save space after the button was shown
    exporting.present = present
    exporting.changed.emit()
    assert dialog.copy_command.isEnabled()
    exporting.present = replace(present, step=3)
    assert command_copied(dialog) == "" and not dialog.copy_command.isEnabled()
    # the layers were renamed after the moment was recorded
    window.editor.apply("Rename", edits.rename(window.editor.project, "conv1", "first"))
    exporting.present = replace(present, network=window.editor.project.network)
    exporting.changed.emit()
    assert "step 2, whose layers have other names." in dialog.copy_command.toolTip()


def test_a_run_outside_the_library_has_no_command(window: MainWindow, recording: None, tmp_path: Path) -> None:
    train(window, 2)
    folder = window.bench.past.present
    assert folder is not None
    elsewhere = tmp_path / "elsewhere" / folder.name
    shutil.copytree(folder, elsewhere)
    window.bench.show_run(elsewhere)
    dialog = opened(window, tmp_path / "new")
    choose(dialog, "safetensors")
    dialog.weights.setCurrentIndex(0)
    assert dialog.asked.weights.folder == elsewhere
    finish(window, dialog)
    assert not dialog.copy_command.isEnabled()
    assert dialog.copy_command.toolTip() == (
        "The command line exports runs of the library, and this run is in another folder."
    )


def test_the_dialog_may_be_closed_meanwhile_and_knows_the_formats_again(window: MainWindow, tmp_path: Path) -> None:
    told: list[str] = []
    window.bench.requests.message.connect(told.append)
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    dialog = opened(window, tmp_path)
    assert [name for name, box in dialog.formats.items() if box.isChecked()] == ["onnx", "torch"]
    choose(dialog, "safetensors")
    for field, typed in ((dialog.name, "my digits!"), (dialog.place, str(tmp_path / "there"))):
        field.selectAll()
        QTest.keyClicks(field, typed)
    assert dialog.rows["safetensors"].file.text() == "my-digits.safetensors"
    assert dialog.renamed.isVisible() and "of “my digits!” are called “my-digits”" in dialog.renamed.text()
    QTest.mouseClick(dialog.export, LEFT)
    dialog.close()
    Person(window).until(lambda: not window.bench.exporting.running, "the export", LONG)
    assert told[-1] == "1 export is finished. File > Export tells what became of it."
    assert (tmp_path / "there" / "my-digits.safetensors").is_file()
    again = opened(window, tmp_path / "there")
    assert again is not dialog and "Verified: PyTorch" in again.results[0].said.text()
    assert [name for name, box in again.formats.items() if box.isChecked()] == ["safetensors"]
    assert again.name.text() == "network"
    # what the name leads to is there already
    assert not again.replace.isVisible() and again.export.isEnabled()
    again.name.setText("my-digits")
    assert again.replace.text() == "my-digits.safetensors is in this folder already: replace it"
    assert again.replace.isVisible() and not again.export.isEnabled()
    again.place.setText("somewhere")
    assert not again.export.isEnabled() and again.hindrance.text() == "Give the whole path of the folder."


def test_a_window_that_closes_leaves_nothing_unfinished(window: MainWindow, tmp_path: Path) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")
    dialog = opened(window, tmp_path / "new")
    choose(dialog, "pt2")
    QTest.mouseClick(dialog.export, LEFT)
    person.until((tmp_path / "new").exists, "the beginning", LONG)
    ended: list[bool] = []
    window.closed.connect(ended.append)
    window.leave()
    assert ended == [True] and not (tmp_path / "new").exists()


def test_a_window_that_closes_waits_for_what_writes_on_after_it_was_cancelled(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, begun = Event(), Event()

    def write(format: Format, subject: Subject, folder: Path, *_: object) -> tuple[Path, ...]:
        (folder / "half").touch()
        begun.set()
        on.wait(LONG)
        return (folder / "half",)

    monkeypatch.setattr("cnnviz.export.exporting.write", write)
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")
    dialog = opened(window, tmp_path / "new")
    choose(dialog, "safetensors")
    QTest.mouseClick(dialog.export, LEFT)
    person.until(begun.is_set, "half a file", LONG)
    ended: list[bool] = []
    window.closed.connect(ended.append)
    # longer than other threads may take
    timer = Timer(2.5, on.set)
    timer.start()
    window.leave()
    timer.join()
    assert ended == [True] and not (tmp_path / "new").exists()


def test_what_cannot_be_written_is_said(window: MainWindow, tmp_path: Path) -> None:
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    dialog = opened(window, tmp_path / "new")
    choose(dialog, "torch", "safetensors")
    with full_disk(300):
        finish(window, dialog)
    assert len(dialog.results) == 2 and not dialog.open_folder.isVisible()
    for row in dialog.results:
        assert "could be" in row.said.text() and row.said.property("role") == "error"
    assert not (tmp_path / "new").exists()
    # without a record there is no command that repeats it
    assert not dialog.copy_command.isEnabled() and "not recorded" in dialog.copy_command.toolTip()


def test_a_network_with_errors_is_not_exported(window: MainWindow, tmp_path: Path) -> None:
    dialog = opened(window, tmp_path)
    assert dialog.export.isEnabled() and not dialog.hindrance.isVisible()
    broken = remove(window.editor.project.network, ["conv1"])
    window.editor.apply("Break", edits.use_network(window.editor.project, broken))
    assert not dialog.export.isEnabled() and "norm1" in dialog.hindrance.text()
    choose(dialog)
    window.editor.undo()
    assert not dialog.export.isEnabled() and not dialog.hindrance.isVisible(), "no format is chosen"


def test_what_is_not_installed_is_named_with_its_command(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == "keras" else object())
    dialog = opened(window, tmp_path)
    row = dialog.rows["keras"]
    # the folder is written without Keras, and not verified
    assert row.box.isEnabled() and row.lacking == ("keras",) and not dialog.rows["torch"].lacking
    QTest.mouseClick(row.copy, LEFT)
    assert QGuiApplication.clipboard().text() == "pip install keras"


def test_a_complaint_moves_nothing(window: MainWindow, tmp_path: Path) -> None:
    dialog = opened(window, tmp_path)
    choose(dialog, "safetensors")

    def places() -> list[QRect]:
        QApplication.processEvents()
        parts = (dialog, dialog.place, dialog.rows["safetensors"], dialog.export)
        return [QRect(part.mapTo(dialog, QPoint()), part.size()) for part in parts]

    before = places()
    dialog.place.setText("somewhere")
    assert dialog.hindrance.isVisible() and places() == before
    dialog.set_folder(tmp_path)
    dialog.name.setText("net!")
    assert dialog.renamed.isVisible() and not dialog.hindrance.isVisible() and places() == before
    (tmp_path / "network.safetensors").touch()
    dialog.name.setText("network")
    assert dialog.replace.isVisible() and not dialog.hindrance.isVisible() and places() == before


def test_all_formats_are_in_view(window: MainWindow, tmp_path: Path) -> None:
    for size in ((1280, 720), (1600, 1000)):
        window.resize(*size)
        dialog = opened(window, tmp_path)
        for row in dialog.rows.values():
            assert row.visibleRegion().boundingRect().height() == row.height()
        assert dialog.height() <= size[1] - 60
        dialog.close()
        Person(window).until(lambda: window.findChild(ExportDialog) is None, "the end of the dialog")


@pytest.mark.parametrize(("answer", "closes", "written"), [
    ("wait", True, True), ("give_up", True, False), ("stay", False, True),
])  # fmt: skip
def test_closing_asks_about_an_export_that_is_being_written(
    window: MainWindow, tmp_path: Path, answer: str, closes: bool, written: bool
) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")
    dialog = opened(window, tmp_path / "new")
    choose(dialog, "torch")
    QTest.mouseClick(dialog.export, LEFT)
    exporting = window.bench.exporting
    person.until(lambda: exporting.progress is not None, "the beginning", LONG)
    with answering(answer) as seen:
        assert window.may_close() is closes
    assert seen[0] == "An export is still being written."
    assert exporting.running is not closes
    if answer == "wait":
        assert seen[1] == "The window closes when the export is finished."
    person.until(lambda: not exporting.running, "the end", LONG)
    assert (tmp_path / "new" / "network-pytorch").is_dir() is written
    assert not written or [each.name for each in (tmp_path / "new").iterdir()] == ["network-pytorch"]
    assert (tmp_path / "new").exists() is written
    assert window.may_close()


def test_a_window_stays_open_where_the_export_it_waits_for_fails(window: MainWindow, tmp_path: Path) -> None:
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    dialog = opened(window, tmp_path / "new")
    choose(dialog, "torch")
    with full_disk(300), answering("wait"):
        QTest.mouseClick(dialog.export, LEFT)
        assert not window.may_close()
    assert "could be" in dialog.results[0].said.text()
