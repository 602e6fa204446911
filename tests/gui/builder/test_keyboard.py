"""Building without a pointer: real keys on a shown canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from canvas_kit import Bench, small
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from cnnviz.gui.builder.canvas import Canvas
from cnnviz.gui.builder.commands import NUDGE
from cnnviz.gui.builder.input.connecting import KeyboardWire
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.builder.overlays.rename_field import RenameField
from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.document.selection import Selection
from cnnviz.gui.theme import LIGHT
from cnnviz.network.graph import Edge
from cnnviz.network.layers import Output
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Make = Callable[..., Bench]
Key = Qt.Key


def add(b: Bench, typed: str) -> None:
    QTest.keyClicks(b.canvas, "/")
    box = b.canvas.findChild(QuickAdd)
    assert isinstance(box, QuickAdd)
    assert box.isVisible()
    QTest.keyClicks(box.field, typed)
    QTest.keyClick(box.field, Key.Key_Return)
    assert not box.isVisible()


def test_a_whole_network_is_typed(bench: Make) -> None:
    b = bench(Project())
    for typed in ("input", "conv", "relu", "maxp", "flat", "dense", "output"):
        add(b, typed)
    assert b.network.order == ("input", "conv1", "relu1", "pool1", "flatten", "fc1", "output")
    assert b.selection.current == "output"
    assert b.steps == 7
    assert b.in_step()
    for _ in range(7):
        b.editor.undo()
        assert b.in_step()
    assert not b.network.nodes
    for _ in range(7):
        b.editor.redo()
        assert b.in_step()
    assert b.network.outputs["fc1"] == ("output",)


def test_quick_add_lists_what_matches_and_escape_closes_it(bench: Make) -> None:
    b = bench(small())
    QTest.keyClicks(b.canvas, "/")
    box = b.canvas.findChild(QuickAdd)
    assert isinstance(box, QuickAdd)
    QTest.keyClicks(box.field, "pool")
    assert box.list.chosen() == "MaxPool2d"
    QTest.keyClick(box.field, Key.Key_Down)
    assert box.list.chosen() == "AvgPool2d"
    QTest.keyClick(box.field, Key.Key_Escape)
    assert not box.isVisible()
    assert b.canvas.hasFocus()
    assert b.steps == 0


def test_c_connects_with_caps_lock_too_and_not_in_a_gesture(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["input"], "input")
    # what Caps Lock sends: the key of the letter without Shift, and its capital as text
    QTest.sendKeyEvent(QTest.KeyAction.Click, b.canvas, Key.Key_C, "C", Qt.KeyboardModifier.NoModifier)
    gesture = b.canvas._pointing.gesture
    assert isinstance(gesture, KeyboardWire)
    QTest.keyClicks(b.canvas, "c")
    assert b.canvas._pointing.gesture is gesture
    QTest.keyClick(b.canvas, Key.Key_Escape)
    assert b.canvas._pointing.gesture is None


def test_arrows_and_tab_walk_along_the_wires(bench: Make) -> None:
    b = bench(small())
    QTest.keyClick(b.canvas, Key.Key_Tab)
    assert b.selection.current == "input"
    QTest.keyClick(b.canvas, Key.Key_Right)
    QTest.keyClick(b.canvas, Key.Key_Tab)
    assert b.selection.current == "flatten"
    QTest.keyClick(b.canvas, Key.Key_Left)
    assert b.selection.current == "conv1"
    QTest.keyClick(b.canvas, Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert b.selection.current == "input"
    assert b.canvas.hasFocus()


def test_shift_and_arrows_select_what_they_walk_over(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["input"], "input")
    for chosen in ({"input", "conv1"}, {"input", "conv1", "flatten"}):
        QTest.keyClick(b.canvas, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        assert b.selection.nodes == chosen
    QTest.keyClick(b.canvas, Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert b.selection.nodes == {"input", "conv1"} and b.selection.current == "conv1"
    b.canvas.settingsAsked.connect(lambda: b.said.append("settings"))
    QTest.keyClick(b.canvas, Key.Key_Return)
    assert "settings" not in b.said
    QTest.keyClick(b.canvas, Key.Key_Right)
    assert b.selection.nodes == {"flatten"}
    QTest.keyClick(b.canvas, Key.Key_Return)
    assert b.said[-1] == "settings"


def test_tab_past_the_end_leaves_the_canvas(qtbot: QtBot) -> None:
    editor, selection = ProjectEditor(small(), Facts((1, 28, 28), 10)), Selection()
    window = QWidget()
    layout = QVBoxLayout(window)
    canvas, field = Canvas(editor, selection, LIGHT), QLineEdit()
    layout.addWidget(canvas)
    layout.addWidget(field)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    canvas.setFocus()
    selection.select(["fc1"], "fc1")
    QTest.keyClick(canvas, Key.Key_Tab)
    assert selection.current == "fc1"
    assert QApplication.focusWidget() is field


def test_delete_leaves_a_gap_and_shift_delete_closes_it(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["conv1"], "conv1")
    QTest.keyClick(b.canvas, Key.Key_Delete)
    assert b.network.edges == {Edge("flatten", "fc1")}
    assert b.selection.nodes == frozenset()
    assert b.in_step()
    b.editor.undo()
    for modifier in (Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier):
        b.selection.select(["conv1"], "conv1")
        QTest.keyClick(b.canvas, Key.Key_Delete, modifier)
        assert b.network.edges == {Edge("input", "flatten"), Edge("flatten", "fc1")}
        assert b.in_step()
        b.editor.undo()
    assert b.project == small()


def test_connecting_by_keyboard(bench: Make) -> None:
    project, name = edits.add_layer(small(), Output())
    b = bench(project)
    b.selection.select(["fc1"], "fc1")
    QTest.keyClicks(b.canvas, "c")
    assert b.canvas.node_item(name).glow == "in"
    assert "fc1" in b.said[-1]
    QTest.keyClick(b.canvas, Key.Key_Return)
    assert b.network.outputs["fc1"] == (name,)
    assert b.canvas.node_item(name).glow is None
    assert b.in_step()


def test_the_target_of_a_wire_is_chosen_by_typing_and_escape_leaves(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["input"], "input")
    QTest.keyClicks(b.canvas, "c")
    QTest.keyClicks(b.canvas, "fl")
    QTest.keyClick(b.canvas, Key.Key_Return)
    assert b.network.inputs["flatten"] == ("input",)
    before = b.project
    QTest.keyClicks(b.canvas, "c")
    QTest.keyClick(b.canvas, Key.Key_Escape)
    QTest.keyClick(b.canvas, Key.Key_Return)
    assert b.project == before
    assert b.selection.current == "input"


def test_renaming(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["conv1"], "conv1")
    QTest.keyClick(b.canvas, Key.Key_F2)
    field = b.canvas.findChild(RenameField)
    assert isinstance(field, RenameField)
    QTest.keyClicks(field, "fc1")
    QTest.keyClick(field, Key.Key_Return)
    assert field.isVisible()
    assert "two layers" in b.said[-1]
    field.selectAll()
    QTest.keyClicks(field, "edges")
    QTest.keyClick(field, Key.Key_Return)
    assert not field.isVisible()
    assert b.network.order == ("input", "edges", "flatten", "fc1")
    assert b.selection.current == "edges"
    assert b.in_step()


def test_keys_in_the_field_for_a_name_are_for_the_field_alone(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["conv1", "flatten"], "conv1")
    b.canvas.group()
    field = b.canvas.findChild(RenameField)
    assert isinstance(field, RenameField)
    for key in (Key.Key_Down, Key.Key_Up, Key.Key_PageDown):
        QTest.keyClick(field, key)
    assert field.isVisible() and b.selection.nodes == {"conv1", "flatten"}
    QTest.keyClicks(field, "edges")
    QTest.keyClick(field, Key.Key_Return)
    (block,) = b.project.layout.blocks.values()
    assert (block.name, block.folded) == ("edges", False)
    assert b.steps == 2 and b.canvas.hasFocus() and not field.isVisible()
    QTest.keyClick(b.canvas, Key.Key_Return)
    assert b.project.layout.blocks[block.id].folded


def test_nodes_are_moved_by_alt_and_arrows(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["conv1"], "conv1")
    x, y = b.project.layout.positions["conv1"]
    QTest.keyClick(b.canvas, Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert b.project.layout.positions["conv1"][0] == x
    assert b.project.layout.positions["conv1"][1] > y
    assert b.steps == 1


def test_a_held_arrow_moves_in_one_step_and_the_next_press_in_another(bench: Make) -> None:
    b = bench(small())
    b.selection.select({"conv1", "flatten"}, "conv1")
    before = b.project.layout.positions["conv1"]
    alt = Qt.KeyboardModifier.AltModifier
    for held in (False, True, True, True):
        QApplication.sendEvent(b.canvas, QKeyEvent(QEvent.Type.KeyPress, Key.Key_Right, alt, "", held))
    assert b.steps == 1
    assert b.project.layout.positions["conv1"] == (before[0] + 4 * NUDGE, before[1])
    QTest.keyClick(b.canvas, Key.Key_Down, alt)
    assert b.steps == 2
    b.editor.undo()
    b.editor.undo()
    assert b.project == small()


def test_connecting_from_the_menu_goes_on_with_keys(bench: Make) -> None:
    b = bench(small())
    b.editor.apply("cut", edits.disconnect(b.project, [Edge("flatten", "fc1")]))
    b.selection.select(["flatten"], "flatten")
    b.canvas.connect_current()
    QTest.keyClicks(b.canvas, "fc")
    QTest.keyClick(b.canvas, Key.Key_Return)
    assert b.network.inputs["fc1"] == ("flatten",)
