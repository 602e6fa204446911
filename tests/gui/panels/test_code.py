"""The Code panel: live source that goes hand in hand with the selection, and says why where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from cnnviz import files
from cnnviz.code.write.keras import keras_source
from cnnviz.code.write.pytorch import pytorch_source
from cnnviz.gui.document.selection import Selection
from cnnviz.gui.panels.code.panel import CodePanel
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.code_view import CodeView
from cnnviz.network.layers import KINDS
from cnnviz.project import edits
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.editor import ProjectEditor


@pytest.fixture
def panel(qtbot: QtBot, editor: ProjectEditor, selection: Selection, tmp_path: Path) -> CodePanel:
    panel = CodePanel(editor, selection, lambda ending: tmp_path / f"my-net{ending}", DARK)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.head)
    panel.resize(520, 140)
    panel.show()
    return panel


def pytorch(editor: ProjectEditor) -> str:
    return pytorch_source(editor.project.network, editor.report).text


def wider(editor: ProjectEditor, channels: int) -> None:
    editor.apply("widen", edits.set_parameter(editor.project, "conv2", "out_channels", channels))


def line_of(panel: CodePanel, node: str) -> int:
    assert panel.source is not None
    return panel.source.lines[node][0]


def shown(panel: CodePanel) -> str:
    return panel.code.toPlainText()


def test_code_follows_every_edit_in_one_turn(panel: CodePanel, editor: ProjectEditor) -> None:
    assert shown(panel) == panel.text() == pytorch(editor)
    wider(editor, 48)
    wider(editor, 7)
    QApplication.processEvents()
    assert shown(panel) == pytorch(editor) and "Conv2d(32, 7," in shown(panel)
    editor.undo()
    editor.undo()
    QApplication.processEvents()
    assert shown(panel) == pytorch(editor) and "Conv2d(32, 64," in shown(panel)


def test_hidden_code_costs_nothing_and_is_right_when_it_is_seen(panel: CodePanel, editor: ProjectEditor) -> None:
    before = panel.source
    panel.hide()
    wider(editor, 7)
    QApplication.processEvents()
    assert panel.source is before
    panel.show()
    assert shown(panel) == pytorch(editor)
    moved = edits.move(editor.project, {"conv1": (5.0, 5.0)})
    before = panel.source
    editor.apply("move", moved)
    QApplication.processEvents()
    assert panel.source is before


def test_the_framework_is_chosen_with_a_click_and_remembered(
    panel: CodePanel, editor: ProjectEditor, qtbot: QtBot
) -> None:
    QTest.mouseClick(panel.choices["keras"], Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert shown(panel) == keras_source(editor.project.network, editor.report).text
    assert panel.code.accessibleName() == "Source code in Keras"
    assert not panel.choices["pytorch"].isChecked()
    again = CodePanel(editor, Selection(), lambda ending: Path(ending), LIGHT)
    qtbot.addWidget(again)
    qtbot.addWidget(again.head)
    assert again.framework == "keras" and again.choices["keras"].isChecked()


def test_a_line_selects_its_layer_and_a_layer_marks_its_lines(
    panel: CodePanel, selection: Selection, qtbot: QtBot
) -> None:
    selection.select(["fc2"])
    line = line_of(panel, "fc2")
    assert panel.code.marked() == (line,) and panel.code.shows(line)
    block = panel.code.document().findBlockByNumber(line_of(panel, "conv1"))
    with qtbot.waitSignal(panel.chosen):
        panel.code.setTextCursor(QTextCursor(block))
    assert selection.nodes == {"conv1"} and panel.code.marked() == (block.blockNumber(),)
    QTest.keyClick(panel.code, Qt.Key.Key_Down)
    assert selection.current == "relu1"
    for nodes in ({"relu1"}, {"relu1", "pool1"}):
        QTest.keyClick(panel.code, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        assert selection.nodes == nodes
    panel.code.moveCursor(QTextCursor.MoveOperation.Start)
    assert selection.nodes == {"relu1", "pool1"}


def test_a_click_on_a_line_selects_its_layer(panel: CodePanel, selection: Selection) -> None:
    panel.code.go_to(line_of(panel, "conv2"))
    cursor = QTextCursor(panel.code.document().findBlockByNumber(line_of(panel, "relu2")))
    QTest.mouseClick(panel.code.viewport(), Qt.MouseButton.LeftButton, pos=panel.code.cursorRect(cursor).center())
    assert selection.nodes == {"relu2"}


def test_a_network_with_an_error_has_its_remedy_in_place_of_code(panel: CodePanel, editor: ProjectEditor) -> None:
    editor.apply("remove", edits.remove(editor.project, ["flatten"]))
    QApplication.processEvents()
    assert panel.text() == "" and not panel.save_button.isEnabled()
    assert panel.says() == "There is no code yet. It appears here when this is mended:"
    editor.finish_trials()
    QApplication.processEvents()
    (remedy,) = [one for one in panel.findChildren(QPushButton) if one.isVisible()]
    QTest.mouseClick(remedy, Qt.MouseButton.LeftButton)
    editor.undo()
    editor.undo()
    QApplication.processEvents()
    assert shown(panel) == pytorch(editor) and panel.code.isVisible()


def test_an_empty_canvas_says_what_would_bring_code(panel: CodePanel, editor: ProjectEditor) -> None:
    editor.apply("empty", Project())
    QApplication.processEvents()
    assert panel.says() == "Code appears here when there are layers on the canvas."


def test_what_keras_lacks_is_named_and_pytorch_offered(
    panel: CodePanel, editor: ProjectEditor, selection: Selection
) -> None:
    conv = edits.set_parameter(editor.project, "conv2", "dilation", 2)
    editor.apply("dilate", edits.set_parameter(conv, "conv2", "stride", 2))
    panel.set_framework("keras")
    QApplication.processEvents()
    assert panel.says() == "Keras has no layer like Conv2d “conv2” with dilation=2×2 and stride=2×2."
    QTest.mouseClick(panel.show_layer, Qt.MouseButton.LeftButton)
    assert selection.nodes == {"conv2"}
    QTest.mouseClick(panel.as_pytorch, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert panel.choices["pytorch"].isChecked() and shown(panel) == pytorch(editor)


def test_layers_on_no_path_are_named(panel: CodePanel, editor: ProjectEditor) -> None:
    project, name = edits.add_layer(editor.project, KINDS["ReLU"]())
    editor.apply("add", project)
    QApplication.processEvents()
    assert panel.says() == f"Left out, as they are on no path from the Input to the Output: {name}."


def test_code_is_copied_and_saved_under_a_name_that_can_be_imported(
    panel: CodePanel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    panel.message.connect(said.append)
    panel.failed.connect(said.append)
    QTest.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == panel.text()
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 1)
    QTest.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    assert (tmp_path / "my_net_pytorch.py").read_text() == panel.text()
    assert said[1] == f"The code is saved as “{files.shown(tmp_path / 'my_net_pytorch.py')}”."
    panel.save_to(tmp_path / "absent" / "net.py")
    assert said[2].startswith("The code could not be saved as “/") and said[2].endswith("may do.")


def test_colours_are_those_of_the_theme(panel: CodePanel) -> None:
    line = panel.code.document().findBlockByNumber(line_of(panel, "conv1"))
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        inks = {one.format.foreground().color().name() for one in line.layout().formats()}
        assert inks == {theme.accent, theme.pooling, theme.muted}


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_a_string_in_three_quotes_is_coloured_to_its_end(qtbot: QtBot, quotes: str) -> None:
    view = CodeView(DARK)
    qtbot.addWidget(view)
    other = {'"""': "'''", "'''": '"""'}[quotes]
    view.show_text(f"x = {quotes}one\nreturn {other}\n# three{quotes} + 4\nx = {quotes}one{quotes}\nx = 1")
    document = view.document()
    found = [
        [(span.start, span.length, span.format.foreground().color().name()) for span in block.layout().formats()]
        for block in (document.findBlockByNumber(line) for line in range(document.blockCount()))
    ]
    good, number = DARK.good, DARK.pooling
    assert found == [
        [(4, 6, good)],
        [(0, 10, good)],
        [(0, 10, good), (13, 1, number)],
        [(4, 9, good)],
        [(4, 1, number)],
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\nc", "a\nc"),
        ("a\nc", "a\nb\nc"),
        ("", "a\nb"),
        ("a\nb", ""),
        ("a", "a\na\na"),
        ("b\na", "a"),
        ("x", "y\nx"),
    ],
)
def test_a_text_becomes_another_by_what_differs(qtbot: QtBot, old: str, new: str) -> None:
    view = CodeView(DARK)
    qtbot.addWidget(view)
    for text in (old, new, old):
        view.show_text(text)
        assert view.toPlainText() == text


def test_an_edit_leaves_the_view_where_it_was(panel: CodePanel, editor: ProjectEditor) -> None:
    bar = panel.code.verticalScrollBar()
    bar.setValue(bar.maximum())
    place = bar.value()
    wider(editor, 7)
    QApplication.processEvents()
    assert bar.value() == place > 0
