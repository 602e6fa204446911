"""What is half typed in each form, while what it is about changes in each way that it can.

Where that is still there with the value that was being replaced, the text stays. Where it has another value, the field
shows it. Where it is gone, so is the text. In no case is anything applied to another project than the user saw.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from half_typed_forms import (
    FORMS,
    ONE,
    TAKEN,
    WAYS,
    batches,
    beginning,
    elsewhere,
    opened,
    recipe,
    renamed,
    setting,
)
from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QWidget

from cnnviz.gui.app import Application
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.builder.overlays.find_bar import FindBar
from cnnviz.gui.builder.overlays.rename_field import RenameField
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.closing import ClosingDialog
from cnnviz.gui.shell.command_palette import CommandPalette
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.numbers_line import NumbersLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.gui.main_window import MainWindow

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def shared() -> Iterator[MainWindow]:
    """One window for all: what it shows is another project for each test."""
    import_module("torch")
    application = Application(make_qt())
    window = application.open_window(beginning())
    # its threads, and what is made after the first paint and once torch is loaded, belong to all tests
    loaded: list[bool] = []
    window.bridge.ready.connect(lambda: loaded.append(True))
    deadline = QDeadlineTimer(60_000)
    while window.bridge.shown is None or not loaded:
        QApplication.processEvents()
        assert not deadline.hasExpired()
    assert window.document.autosave()
    # no steps of a network are measured some time later
    window.forecast.stop()
    yield window
    window.editor.open(window.document._stored)
    assert window.close()
    application.deleteLater()


@pytest.fixture
def calm(shared: MainWindow) -> Iterator[MainWindow]:
    shared.activateWindow()
    shared.canvas.setFocus()
    shared.run.setCurrentWidget(shared.problems)
    shared.editor.open(beginning())
    shared.selection.select([])
    yield shared
    # curves that are not shown are not drawn some time later
    shared.run.setCurrentWidget(shared.problems)
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    for kind in (RenameField, FindBar, QuickAdd, CommandPalette):
        for one in shared.findChildren(kind):
            one.hide()
    # no copy is written and no fix is tried some time later
    shared.editor.trials.stop()
    assert shared.document.autosave()


def typed(field: QWidget, text: str) -> QLineEdit:
    """Type over what stands in a field, without Enter; the line that then holds the text."""
    QApplication.processEvents()  # a row of a form that is new is shown by an event
    field.setFocus()
    line = field if isinstance(field, QLineEdit) else field.findChildren(QLineEdit)[0]
    line.selectAll()
    QTest.keyClicks(field, text)
    assert line.text() == text
    return line


# a run that comes back brings its network and recipe, and leaves the layout alone
PAIRS = [(form, way) for form in FORMS for way in WAYS if (form, way) != ("name of a block", "session")]


@pytest.mark.parametrize(("form", "way"), PAIRS)
def test_what_is_typed_stays_with_its_value_and_goes_with_what_it_is_about(
    calm: MainWindow, form: str, way: str
) -> None:
    about, editor = FORMS[form], calm.editor
    start = beginning()
    for change in (elsewhere, about.changed, about.gone):
        if change is None:
            continue
        target = change(start)
        act = WAYS[way](calm, start, target)
        field = about.front(calm)
        line = typed(field, about.text)
        steps = editor.undo_stack.count()
        act()
        assert editor.project == target, "nothing was applied"
        assert editor.undo_stack.count() == (steps if way in ("undo", "redo") else steps + 1)
        if change is elsewhere:
            assert line.text() == about.text and not line.isHidden()
        elif change is about.changed:
            assert line.text() == about.shown or line.isHidden()
            assert not field.property("invalid") or field.isHidden()
        else:
            assert not line.isVisible()
        if isinstance(field, NumberBox | NumbersLine):
            field.typed.restore()
        calm.canvas.setFocus()


@pytest.mark.parametrize("redo", [(Qt.Key.Key_Y, Qt.KeyboardModifier(0)), (Qt.Key.Key_Z, SHIFT)], ids=["Y", "Shift+Z"])
@pytest.mark.parametrize("form", FORMS)
def test_undo_and_redo_are_of_the_text_while_it_has_any_and_then_of_the_project(
    calm: MainWindow, form: str, redo: tuple[Qt.Key, Qt.KeyboardModifier]
) -> None:
    editor, before, after = calm.editor, beginning(), elsewhere(beginning())
    editor.open(before)
    editor.apply("Change", after)
    field = FORMS[form].front(calm)
    field.setFocus()
    line = field if isinstance(field, QLineEdit) else field.findChildren(QLineEdit)[0]
    text = line.text()
    typed(field, FORMS[form].text)
    for _ in range(2 * len(FORMS[form].text)):
        if line.isUndoAvailable():
            QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert line.text() == text and editor.project == after
    QTest.keyClick(field, redo[0], CONTROL | redo[1])
    assert line.text() != text and editor.project == after
    while line.isUndoAvailable():
        QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert line.text() == text and editor.project == before and not editor.undo_stack.canUndo()
    QTest.keyClick(field, redo[0], CONTROL | redo[1])
    assert line.text() == text and editor.project == after


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.changed is not None])
def test_another_project_takes_what_was_typed_with_it(calm: MainWindow, form: str) -> None:
    field = FORMS[form].front(calm)
    line = typed(field, FORMS[form].text)
    calm.editor.open(elsewhere(beginning()))
    assert line.isHidden() or line.text() != FORMS[form].text
    assert not calm.editor.undo_stack.canUndo()


@pytest.mark.parametrize("form", FORMS)
def test_a_theme_and_a_view_leave_what_is_typed_alone(calm: MainWindow, form: str) -> None:
    project = calm.editor.project
    line = typed(FORMS[form].front(calm), FORMS[form].text)
    calm.set_theme(LIGHT)
    calm.set_theme(DARK)
    calm.actions_by_id["fit"].trigger()
    calm.actions_by_id["zoom_in"].trigger()
    assert line.text() == FORMS[form].text and line.isVisible()
    assert calm.editor.project == project


@pytest.mark.parametrize(("text", "channels"), [("44", 44), ("700000", 64)])
def test_selecting_another_layer_leaves_the_form(calm: MainWindow, text: str, channels: int) -> None:
    typed(setting("conv2", "out_channels")(calm), text)
    calm.selection.select(["conv1"], "conv1")
    network = calm.editor.project.network
    assert (network["conv2"].out_channels, network["conv1"].out_channels) == (channels, 32)  # type: ignore[attr-defined]
    (box,) = calm.panel(SettingsPanel).form.field("out_channels").findChildren(NumberBox)
    assert box.lineEdit().text() == "32" and not box.property("invalid")
    assert ("no value for out channels" in calm.status.currentMessage()) == (text == "700000")


def test_a_page_of_the_recipe_that_is_left_takes_what_is_allowed(calm: MainWindow) -> None:
    line = typed(recipe("learning_rate", 0)(calm), "0,5")
    calm.recipe.tabs.setCurrentIndex(1)
    assert calm.editor.project.recipe.learning_rate == 0.5
    line = typed(recipe("learning_rate", 0)(calm), "1000")
    calm.top.recipe.menu().close()
    assert calm.editor.project.recipe.learning_rate == 0.5 and line.text() == "1000"
    assert "“1000” is no value for learning rate. A number from 10⁻⁸ to 100." in calm.status.currentMessage()


def test_a_number_of_batches_out_of_range_starts_nothing(calm: MainWindow) -> None:
    asked: list[int] = []
    calm.top.batchesAsked.connect(asked.append)
    menu = calm.top.more_batches.menu()
    line = typed(batches(calm), "1000001")
    train = next(one for one in menu.findChildren(QPushButton) if one.text() == "Train")
    train.setEnabled(True)
    train.click()
    assert not asked and menu.isVisible() and line.text() == "1000001" and calm.top.count.box.property("invalid")
    assert calm.top.count.box.accessibleDescription() == "A whole number from 1 to 1,000,000."
    QTest.keyClick(calm.top.count.box, Qt.Key.Key_Escape)
    assert line.text() == "50" and menu.isVisible() and not calm.top.count.box.property("invalid")


def test_a_name_that_is_refused_stays_and_is_marked(calm: MainWindow) -> None:
    line = typed(renamed("conv2")(calm), "conv1")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.isVisible() and line.text() == "conv1" and line.property("invalid")
    assert "conv1" in calm.status.currentMessage()
    typed(line, "other")
    assert not line.property("invalid")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.isHidden() and "other" in calm.editor.project.network.nodes


def test_a_field_that_is_deleted_behind_the_command_palette_gets_no_keyboard(calm: MainWindow) -> None:
    setting("conv2", "out_channels")(calm).setFocus()
    field = opened("commands", CommandPalette)(calm)
    calm.selection.select(["fc1"], "fc1")
    QApplication.sendPostedEvents(None, 52)  # the deletions of deleteLater
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()


def test_back_to_the_network_before_with_a_half_typed_value(calm: MainWindow) -> None:
    for source in (ONE, TAKEN):
        QGuiApplication.clipboard().setText(source)
        calm.actions_by_id["paste"].trigger()
    network = calm.editor.project.network
    assert "conv2" in network.nodes
    Person(calm).until(lambda: calm.notice.says("pasted"), "the notice")
    typed(setting("conv2", "out_channels")(calm), "44")
    (back,) = [one for one in calm.notice.buttons() if one.text() == "Back to the network before"]
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    assert "conv2" not in calm.editor.project.network.nodes
    calm.editor.redo()
    assert calm.editor.project.network == network


@pytest.mark.parametrize(
    ("form", "counts"),
    [
        ("number of a layer", True),
        ("number that is not allowed", False),
        ("rate", True),
        ("number of batches", False),
        ("name of a layer", False),
        ("command palette", False),
    ],
)
def test_a_window_closes_with_something_half_typed(
    application: Application, monkeypatch: pytest.MonkeyPatch, form: str, counts: bool
) -> None:
    window = application.open_window(beginning())
    asked: list[bool] = []
    typed(FORMS[form].front(window), FORMS[form].text)

    def accept(dialog: ClosingDialog) -> int:
        asked.append(window.document.unsaved)
        return QDialog.DialogCode.Accepted

    # what was typed into a form and is allowed is a change like any other
    monkeypatch.setattr(ClosingDialog, "exec", accept)
    assert window.close() and application.windows == []
    assert asked == [True] * counts


def test_saving_and_training_take_what_is_typed(calm: MainWindow, tmp_path: object) -> None:
    typed(setting("conv2", "out_channels")(calm), "44")
    calm.document.save = lambda: True  # type: ignore[method-assign]
    calm.actions_by_id["save"].trigger()
    assert calm.editor.project.network["conv2"].out_channels == 44  # type: ignore[attr-defined]
