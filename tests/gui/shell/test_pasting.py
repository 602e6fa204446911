"""Source code that is pasted: read, never executed, and the network in one undoable step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from cnnviz.code.write.pytorch import pytorch_source
from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.paste_dialog import PasteDialog
from cnnviz.gui.shell.start_page import StartPage
from cnnviz.gui.theme import DARK
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.project import Project
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

TORCH = "model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))"
KERAS = 'keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])'


CLASSES = """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv(x) + x)


class Net(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.layers = nn.Sequential(*[Block() for _ in range(count)])
        self.head = nn.Linear(784, 10)

    def forward(self, x):
        return self.head(self.layers(x).flatten(1))


def small():
    return Net(1)


def large():
    return Net(2)
"""


def put(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def dialogs(window: MainWindow) -> list[PasteDialog]:
    return [one for one in window.findChildren(PasteDialog) if one.isVisible()]


def kinds(window: MainWindow) -> list[str]:
    network = window.editor.project.network
    return [network[name].kind for name in network.order]


def test_source_on_the_clipboard_becomes_the_network_in_one_step(window: MainWindow) -> None:
    before = window.editor.project
    put(TORCH)
    window.actions_by_id["paste"].trigger()
    assert kinds(window) == ["Input", "Conv2d", "ReLU", "Flatten", "Dense", "Output"]
    assert window.editor.report.trainable and window.editor.project.recipe == before.recipe
    said = window.notice.text()
    assert said.startswith("The pasted PyTorch code is the network now: 6 layers.") and "1×28×28 is assumed" in said
    (back,) = [one for one in window.notice.buttons() if one.text() == "Back to the network before"]
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    assert window.editor.project == before
    assert not window.notice.says("pasted")
    window.editor.redo()
    assert len(kinds(window)) == 6


def test_own_code_with_another_number_keeps_every_place(window: MainWindow, qtbot: QtBot) -> None:
    before = window.editor.project
    moved = edits.move(before, {"conv1": (33.0, 77.0)})
    window.editor.apply("Move", moved)
    text = pytorch_source(moved.network, window.editor.report).text
    put(text)
    window.actions_by_id["paste"].trigger()
    qtbot.waitUntil(lambda: window.notice.text() == "This is the network that is on the canvas already.")
    put(text.replace("nn.ReLU()", "nn.GELU()", 1))
    window.actions_by_id["paste"].trigger()
    qtbot.waitUntil(lambda: "GELU" in kinds(window))
    assert window.editor.project == edits.use_network(moved, window.editor.project.network)
    assert window.document.name == "Untitled"
    assert window.editor.project.layout == moved.layout


def test_what_is_not_understood_is_named_and_can_be_put_right(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    before = window.editor.project
    trap = tmp_path / "executed"
    put(f"open({str(trap)!r}, 'w')\n{TORCH.replace('nn.ReLU()', 'Mystery(3)')}")
    window.actions_by_id["paste"].trigger()
    (dialog,) = dialogs(window)
    assert dialog.sentences() == ["Line 2: Mystery is no layer that is known here."]
    assert dialog.field.marked() == (1,) and not dialog.accept_button.isEnabled()
    assert window.editor.project is before
    dialog.field.setPlainText(dialog.field.toPlainText().replace("Mystery(3)", "nn.Tanh()"))
    qtbot.waitUntil(dialog.accept_button.isEnabled)
    assert dialog.summary().startswith("PyTorch · 6 layers · 54,170 parameters · images 1×28×28")
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    assert not dialogs(window) and "Tanh" in kinds(window)
    window.editor.undo()
    assert window.editor.project == before and not trap.exists()


def test_paste_code_opens_empty_and_escape_changes_nothing(window: MainWindow, qtbot: QtBot) -> None:
    before = window.editor.project
    put("shopping list")
    window.actions_by_id["paste_code"].trigger()
    (dialog,) = dialogs(window)
    assert dialog.field.toPlainText() == "" and "Paste or type it above" in dialog.summary()
    QTest.keyClicks(dialog.field, KERAS)
    qtbot.waitUntil(dialog.accept_button.isEnabled)
    assert dialog.summary().startswith("Keras · 4 layers") and "softmax at the end is left out" in dialog.sentences()[0]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialogs(window) and window.editor.project is before
    window.actions_by_id["paste"].trigger()
    assert window.editor.project is before


def test_a_network_for_other_images_says_what_is_to_be_mended(window: MainWindow, qtbot: QtBot) -> None:
    dialog = PasteDialog(Project(), Facts((1, 28, 28), 10), DARK, KERAS.replace("28, 28, 1", "32, 32, 3"), window)
    assert "To be mended afterwards: Input “input” expects 3×32×32" in dialog.summary()
    with qtbot.waitSignal(dialog.taken):
        dialog.accept_button.click()
    dialog.deleteLater()


def test_a_long_source_is_read_beside_the_window(window: MainWindow, qtbot: QtBot) -> None:
    long = "# a line of a script\n" * 500
    put(long + TORCH)
    window.actions_by_id["paste"].trigger()
    assert kinds(window) != ["Input", "Conv2d", "ReLU", "Flatten", "Dense", "Output"]
    qtbot.waitUntil(lambda: kinds(window) == ["Input", "Conv2d", "ReLU", "Flatten", "Dense", "Output"])
    dialog = PasteDialog(Project(), Facts((1, 28, 28), 10), DARK, long + TORCH, window)
    assert dialog.summary() == "Reading …" and not dialog.accept_button.isEnabled()
    dialog.field.setPlainText(long + KERAS)
    dialog.read()
    with qtbot.waitSignal(dialog.taken):
        qtbot.waitUntil(dialog.accept_button.isEnabled)
        assert dialog.summary().startswith("Keras · 4 layers")
        dialog.accept_button.click()
    dialog.field.setPlainText(long + TORCH)
    dialog.read()
    dialog.field.setPlainText("nn.LSTM(")
    dialog.read()
    assert "was never closed" in dialog.sentences()[0]
    dialog.deleteLater()


def test_one_of_several_networks_is_chosen(window: MainWindow, qtbot: QtBot) -> None:
    put(
        "from keras import layers, Model, Sequential\ni = layers.Input((28, 28, 1))\n"
        "head = Sequential([layers.Flatten(), layers.Dense(10)])\nbody = Model(i, layers.Conv2D(4, 3)(i))\n"
        "whole = Model(i, head(body(i)))"
    )
    window.actions_by_id["paste_code"].trigger()
    (dialog,) = dialogs(window)
    qtbot.waitUntil(dialog.accept_button.isEnabled)
    offered = [dialog.networks.itemText(row) for row in range(dialog.networks.count())]
    assert offered == [
        "head · 4 layers · 7,850 parameters",
        "body · 3 layers · 40 parameters",
        "whole · 5 layers · 27,090 parameters",
    ]
    assert dialog.networks.isVisible() and dialog.networks.currentData() == "whole"
    dialog.networks.setCurrentIndex(1)
    dialog.networks.activated.emit(1)
    qtbot.waitUntil(lambda: "3 layers · 40 parameters" in dialog.summary())
    assert dialog.networks.currentData() == "body"
    dialog.networks.setCurrentIndex(0)
    dialog.networks.activated.emit(0)
    qtbot.waitUntil(lambda: "4 layers · 7,850 parameters" in dialog.summary())
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    assert kinds(window) == ["Input", "Flatten", "Dense", "Output"]


def test_classes_become_blocks_and_one_of_several_networks_is_chosen(window: MainWindow, qtbot: QtBot) -> None:
    put(CLASSES)
    window.actions_by_id["paste_code"].trigger()
    (dialog,) = dialogs(window)
    qtbot.waitUntil(lambda: dialog.accept_button.isEnabled())
    assert dialog.networks.isVisible() and dialog.networks.currentText().startswith("small")
    dialog.networks.setCurrentIndex(1)
    dialog.networks.activated.emit(1)
    qtbot.waitUntil(lambda: dialog.accept_button.isEnabled() and dialog.networks.currentText().startswith("large"))
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    layout = window.editor.project.layout
    assert sorted(block.name for block in layout.blocks.values()) == ["layers", "layers.0", "layers.1"]
    assert layout.around("layers_1_conv") and window.editor.report.trainable


def trained(window: MainWindow) -> int:
    """The number of the run of the window, after a batch."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    person.shortcut("batch")
    person.until_trained(lambda: session.status.step == 1 and session.status.state is State.PAUSED, "a batch")
    person.until(lambda: window.top.play.text() == "Resume", "the pause in the window")
    return session.status.run


def test_a_run_that_gives_the_pasted_network_nothing_makes_way_for_a_new_one_and_undo_brings_it_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    run, before, name = trained(window), window.editor.project, window.document.name
    put(TORCH.replace("nn.", "torch.nn."))
    window.actions_by_id["paste"].trigger()
    qtbot.waitUntil(lambda: window.bridge.session.status.run != run and window.notice.says("pasted"))
    assert window.notice.text().startswith("The pasted PyTorch code is the network now: 6 layers.")
    assert not window.notice.says("changed") and not window.notice.says("kept")
    assert window.document.name == "Pasted code (untitled)"
    assert window.top.play.text() == "Train" and not len(window.curves.history)
    assert window.editor.project.network[window.selection.current or ""].kind == "Conv2d"
    network = window.editor.project.network
    qtbot.waitUntil(lambda: window.bridge.shown is not None and window.bridge.shown.network == network)
    for _ in range(2):
        window.editor.undo()
        qtbot.waitUntil(lambda: window.top.play.text() == "Resume" and len(window.curves.history) == 1)
        assert window.bridge.session.status.run == run and window.document.name == name
        assert window.editor.project == before and not window.notice.says("pasted")
        window.editor.redo()
        qtbot.waitUntil(lambda: window.top.play.text() == "Train" and not len(window.curves.history))
        assert window.bridge.session.status.run != run and not window.notice.says("pasted")


def test_a_training_goes_on_beside_a_pasted_network_and_what_it_answers_has_its_name(
    window: MainWindow, qtbot: QtBot
) -> None:
    run = trained(window)
    window.bridge.session.play()
    qtbot.waitUntil(lambda: window.bridge.session.status.state is State.RUNNING)
    put(TORCH)
    window.actions_by_id["paste"].trigger()
    assert window.notice.says("pasted")
    qtbot.waitUntil(lambda: "not of the network drawn" in window.sample.answer.note.text())
    assert window.bridge.session.status.run == run
    assert [button.text() for button in window.notice.buttons()] == ["Train from scratch", "Back to the network before"]
    qtbot.waitUntil(lambda: window.curves.reading_text().startswith("“run 1” · now: "))
    window.bridge.session.pause()
    window.editor.undo()
    qtbot.waitUntil(lambda: window.sample.answer.note.text().endswith("one of ten."))
    qtbot.waitUntil(lambda: not window.curves.reading_text().startswith("“"))


def test_two_networks_are_pasted_one_right_after_the_other_and_taken_back(window: MainWindow, qtbot: QtBot) -> None:
    run, before = trained(window), window.editor.project
    for source in (TORCH, KERAS):
        put(source)
        window.actions_by_id["paste"].trigger()
    qtbot.waitUntil(lambda: window.bridge.session.status.run == run + 1 and window.notice.says("pasted"))
    assert window.notice.text().startswith("The pasted Keras code is the network now: 4 layers.")
    window.editor.undo()
    person = Person(window)
    network = window.editor.project.network
    shown = window.bridge
    person.until(lambda: shown.shown is not None and shown.shown.network == network, "the first of both networks")
    assert window.bridge.session.status.run == run + 1 and len(kinds(window)) == 6
    window.editor.undo()
    person.until(lambda: window.bridge.session.status.run == run, "the run before")
    assert window.editor.project == before


def test_the_notice_goes_when_the_pasted_network_is_trained(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.bridge.session.status.ready)
    put(TORCH)
    window.actions_by_id["paste"].trigger()
    network = window.editor.project.network
    qtbot.waitUntil(lambda: window.bridge.shown is not None and window.bridge.shown.network == network)
    assert window.notice.says("pasted"), "the untrained run was built again"
    window.actions_by_id["batch"].trigger()
    qtbot.waitUntil(lambda: not window.notice.says("pasted"))


def test_source_for_a_new_window_is_pasted_from_the_page_of_new_networks(
    application: Application, window: MainWindow, qtbot: QtBot
) -> None:
    put("nothing")
    trained(window)
    window.actions_by_id["new"].trigger()
    page = window.findChild(StartPage)
    assert page is not None
    QTest.mouseClick(page.code, Qt.MouseButton.LeftButton)
    (dialog,) = dialogs(window)
    dialog.field.setPlainText(KERAS)
    qtbot.waitUntil(dialog.accept_button.isEnabled)
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    assert len(application.windows) == 2
    other = application.windows[1]
    assert other.document.name == "Pasted code (untitled)"
    assert kinds(other) == ["Input", "Flatten", "Dense", "Output"] and other.notice.says("pasted")
    assert len(kinds(window)) > 4 and other.editor.report.trainable


def test_a_file_of_source_code_is_imported_by_pasting_it(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(TORCH, encoding="utf-8")
    window.importing.take(file)
    (dialog,) = dialogs(window)
    assert dialog.field.toPlainText() == TORCH and dialog.accept_button.isEnabled()
    dialog.reject()
    file.write_bytes(b"\xff\xfe\xff")
    window.importing.take(file)
    assert "is no text in the encoding that it declares" in window.notice.text()


def test_paste_code_stands_below_import_in_the_file_menu(window: MainWindow) -> None:
    entries = window.file_menu.actions()
    place = entries.index(window.actions_by_id["import"])
    assert entries[place + 1] is window.actions_by_id["paste_code"]
