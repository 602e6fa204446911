"""The form of the selected layer, and the list of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QScrollArea

from cnnviz.gui.panels.settings.panel import GAP, SettingsPanel, unbroken
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.fields import NumberField, PairField
from cnnviz.gui.widgets.problem_row import ProblemRow
from cnnviz.network.layers import KINDS, BatchNorm2d, Concat, Conv2d, Dense
from cnnviz.project import edits

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.widgets.input_list import InputList


@pytest.fixture
def settings(qtbot: QtBot, editor: ProjectEditor, selection: Selection) -> SettingsPanel:
    panel = SettingsPanel(editor, selection, DARK)
    qtbot.addWidget(panel)
    panel.resize(260, 700)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    return panel


def broken(editor: ProjectEditor) -> None:
    """A kernel that does not fit."""
    editor.apply("break", edits.set_parameter(editor.project, "conv2", "kernel_size", (99, 99)))


def test_settings_say_what_to_select(settings: SettingsPanel, selection: Selection) -> None:
    assert settings.hint().startswith("Select a layer on the canvas")
    selection.select(["conv1", "conv2"])
    assert settings.hint() == "2 layers are selected. Select a single one to change its settings."
    selection.select(["relu1"])
    assert settings.hint() == "There is nothing to set."
    selection.select(["conv1"])
    assert settings.hint() == "" and settings.form.isVisible()


def test_an_edit_is_one_undoable_step_and_undo_comes_back_to_the_form(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection
) -> None:
    selection.select(["conv2"])
    field = settings.form.field("out_channels")
    assert isinstance(field, NumberField)
    field.box.lineEdit().setFocus()
    field.box.selectAll()
    QTest.keyClicks(field.box, "48")
    QTest.keyClick(field.box, Qt.Key.Key_Return)
    layer = editor.project.network["conv2"]
    assert isinstance(layer, Conv2d) and layer.out_channels == 48
    assert editor.undo_stack.count() == 1 and editor.undo_stack.undoText() == "Set out channels of conv2"
    editor.undo()
    assert field.box.value() == 64 and editor.undo_stack.count() == 1


def test_a_held_arrow_is_one_step_and_the_next_press_another(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection
) -> None:
    selection.select(["fc1"])
    field = settings.form.field("out_features")
    assert isinstance(field, NumberField)
    field.box.setFocus()
    for _ in range(5):
        QTest.keyPress(field.box, Qt.Key.Key_Up)
    QTest.keyRelease(field.box, Qt.Key.Key_Up)
    assert editor.undo_stack.count() == 1
    QTest.keyClick(field.box, Qt.Key.Key_Up)
    assert editor.undo_stack.count() == 2
    layer = editor.project.network["fc1"]
    assert isinstance(layer, Dense) and layer.out_features == 134


def test_problems_of_the_layer_stand_below_its_form_and_are_fixed_there(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection
) -> None:
    broken(editor)
    selection.select(["conv2"])
    (row,) = settings.findChildren(ProblemRow)
    assert row.sentence.text() == "A 99×99 kernel does not fit a 13×13 input in “conv2”."
    editor.finish_trials()
    assert [button.text() for button in row.buttons] == ["Set padding 49", "Set kernel size 7"]
    row.buttons[1].click()
    layer = editor.project.network["conv2"]
    assert isinstance(layer, Conv2d) and layer.kernel_size == (7, 7)
    field = settings.form.field("kernel_size")
    assert isinstance(field, PairField) and field.boxes[0].value() == 7


@pytest.mark.parametrize("height", [330, 700])
def test_a_field_does_not_move_when_its_value_becomes_a_problem(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection, height: int, qtbot: QtBot
) -> None:
    settings.resize(260, height)
    selection.select(["conv2"])
    QApplication.processEvents()
    field = settings.form.field("kernel_size")
    assert isinstance(field, PairField)
    box = field.boxes[0]
    box.setFocus()
    before = box.mapTo(settings, box.rect().topLeft())
    broken(editor)
    (row,) = settings.findChildren(ProblemRow)
    # in a low panel a part is visible, and the rest can be scrolled to
    least = min(row.sizeHint().height(), height // 2 - GAP)
    qtbot.waitUntil(lambda: row.visibleRegion().boundingRect().height() >= least > 0)
    assert box.mapTo(settings, box.rect().topLeft()) == before
    editor.undo()
    qtbot.waitUntil(lambda: not row.isVisible())
    assert box.mapTo(settings, box.rect().topLeft()) == before


def test_a_field_that_the_problem_would_cover_stays_in_view(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection, qtbot: QtBot
) -> None:
    settings.resize(260, 400)
    selection.select(["conv2"])
    box = settings.form.field("padding").findChildren(QAbstractSpinBox)[0]
    box.setFocus()
    qtbot.waitUntil(lambda: box.visibleRegion().boundingRect() == box.rect())
    broken(editor)
    (row,) = settings.findChildren(ProblemRow)
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty())
    assert box.visibleRegion().boundingRect() == box.rect()


@pytest.fixture
def joined(editor: ProjectEditor, selection: Selection, settings: SettingsPanel) -> InputList:
    """The inputs of a Concat of conv2, relu2 and pool2, which is selected."""
    project, name = edits.add_layer(editor.project, Concat())
    for source in ("conv2", "relu2", "pool2"):
        project = edits.connect(project, source, name)
    editor.apply("join", project)
    selection.select([name], name)
    return settings.inputs


def test_inputs_stand_in_order_and_are_moved_by_buttons_and_keys_each_in_one_step(
    joined: InputList, settings: SettingsPanel, editor: ProjectEditor
) -> None:
    def texts() -> list[str]:
        return [joined.rows.item(row).text() for row in range(joined.rows.count())]

    assert texts() == ["1 · conv2 · 64×11×11", "2 · relu2 · 64×11×11", "3 · pool2 · 64×5×5"]
    assert joined.isVisible() and settings.hint() == ""
    assert "concat1" in joined.rows.accessibleName() and all(
        button.accessibleName() for button in (joined.up, joined.down, joined.cut)
    )
    settings.begin()
    assert joined.rows.hasFocus() and not joined.up.isEnabled()
    alt = Qt.KeyboardModifier.AltModifier
    for order in (("relu2", "conv2", "pool2"), ("relu2", "pool2", "conv2")):
        steps = editor.undo_stack.index()
        QTest.keyClick(joined.rows, Qt.Key.Key_Down, alt)
        assert editor.project.network.inputs["concat1"] == order
        assert editor.undo_stack.index() == steps + 1 and editor.undo_stack.undoText().startswith("Move input")
    assert texts()[2].startswith("3 · conv2") and joined.rows.currentRow() == 2 and not joined.down.isEnabled()
    QTest.mouseClick(joined.up, Qt.MouseButton.LeftButton)
    assert editor.project.network.inputs["concat1"] == ("relu2", "conv2", "pool2")
    QTest.keyClick(joined.rows, Qt.Key.Key_Delete)
    assert texts() == ["1 · relu2 · 64×11×11", "2 · pool2 · 64×5×5"]
    for _ in range(4):
        editor.undo()
    assert texts() == ["1 · conv2 · 64×11×11", "2 · relu2 · 64×11×11", "3 · pool2 · 64×5×5"]


def test_only_a_layer_that_joins_shows_its_inputs(
    joined: InputList, settings: SettingsPanel, selection: Selection
) -> None:
    selection.select(["conv1"])
    assert joined.isHidden()
    selection.select(["concat1"])
    settings.set_theme(LIGHT)
    assert not joined.isHidden() and joined.rows.currentRow() == 0


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"Input", "Output"}))
def test_no_form_is_cut_in_the_narrow_place(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection, kind: str
) -> None:
    settings.resize(230, 700)
    name = "a_name_longer_than_the_place_is_wide_and_without_a_gap"
    project, added = edits.add_after(editor.project, "conv2", KINDS[kind]())
    editor.open(edits.rename(project, added, name))
    selection.select([name])
    # what is wrong is laid out when it is shown
    for _ in range(3):
        QApplication.processEvents()
    scroll = settings.findChild(QScrollArea)
    form = scroll.widget() if scroll is not None else None
    assert scroll is not None and form is not None and form.width() <= scroll.viewport().width()


@pytest.mark.parametrize(
    ("formula", "lines"),
    [
        ("y = max(0, x)", ["y", "=", "max(0, x)"]),
        ("y[o] = x[c, i·s + u·d − p, j·s + v·d − p]", ["y[o]", "=", "x[c,", "i·s + u·d − p,", "j·s + v·d − p]"]),
    ],
)
def test_a_formula_breaks_between_terms(formula: str, lines: list[str]) -> None:
    assert [part.replace("\u00a0", " ") for part in unbroken(formula).split(" ")] == lines


def test_a_layer_is_frozen_by_a_click(settings: SettingsPanel, editor: ProjectEditor, selection: Selection) -> None:
    selection.select(["conv1"])
    box = settings.frozen
    assert box.isVisible() and not box.box.isChecked() and not box.said.isVisible()
    box.box.click()
    assert editor.project.network.frozen == {"conv1"} and editor.undo_stack.undoText() == "Freeze conv1"
    selection.select(["conv2"])
    assert not box.box.isChecked()
    selection.select(["conv1"])
    assert box.box.isChecked()
    editor.undo()
    assert not box.box.isChecked() and not editor.project.network.frozen
    selection.select(["relu1"])
    assert not box.isVisible()


def test_a_frozen_normalization_says_that_its_statistics_stay(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection
) -> None:
    project, name = edits.add_after(editor.project, "conv1", BatchNorm2d())
    editor.apply("add", project)
    selection.select([name])
    settings.frozen.box.click()
    assert settings.frozen.said.isVisible() and "mean and variance stay" in settings.frozen.said.text()
