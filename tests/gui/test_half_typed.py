"""What is half typed in each form, while what it is about changes in each way that it can.

Where that is still there with the value that was being replaced, the text stays. Where it has another value, the field
shows it. Where it is gone, so is the text. In no case is anything applied to another project than the user saw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QDeadlineTimer, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QWidget

from cnnviz.gui.app import Application, make_qt
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.builder.overlays.find_bar import FindBar
from cnnviz.gui.builder.overlays.rename_field import RenameField
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.shell.closing import ClosingDialog
from cnnviz.gui.shell.command_palette import CommandPalette
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.numbers_line import NumbersLine
from cnnviz.network.layers import Concat
from cnnviz.project import blocks, edits
from cnnviz.project.project import DatasetChoice, Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.events import RunResumed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnnviz.gui.main_window import MainWindow

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TAKEN = "model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(4608, 10))"
ONE = "model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5408, 10))"


def beginning() -> Project:
    """A network with a block and a layer that joins, trained by SGD in a repeatable way."""
    project = TEMPLATES["pytorch-tutorial"].project()
    project, name = edits.add_layer(project, Concat())
    for source in ("relu1", "conv2"):
        project = edits.connect(project, source, name)
    project, _ = blocks.group(project, ["conv1", "relu1"], "stem")
    return replace(project, recipe=replace(project.recipe, optimizer="sgd", momentum=0.9, repeatable=True))


def with_recipe(project: Project, **changes: object) -> Project:
    return replace(project, recipe=replace(project.recipe, **changes))  # type: ignore[arg-type]


def elsewhere(project: Project) -> Project:
    """A change of what no form here is about."""
    return with_recipe(edits.set_parameter(project, "fc1", "out_features", 77), weight_decay=0.25)


@dataclass(frozen=True)
class Form:
    """A field, how it comes to the front, and what of the project it is about.

    ``changed`` gives that another value, which the field then shows as ``shown``; ``gone`` takes it away. None: the
    field is about nothing in the project.
    """

    front: Callable[[MainWindow], QWidget]
    text: str
    shown: str = ""
    changed: Callable[[Project], Project] | None = None
    gone: Callable[[Project], Project] | None = None


def setting(node: str, name: str) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.selection.select([node], node)
        window.layer.setCurrentWidget(window.panel(SettingsPanel))
        return of(window.panel(SettingsPanel).form.field(name))

    return front


def of(field: QWidget) -> QWidget:
    """The part of a field that is typed into."""
    part = field.focusProxy()
    assert part is not None
    return part


def recipe(name: str, page: int) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.top.recipe.menu().popup(QPoint(40, 40))
        window.recipe.tabs.setCurrentIndex(page)
        return of(window.recipe.field(name))

    return front


def batches(window: MainWindow) -> QWidget:
    window.top.count.box.set_value(50)
    window.top.more_batches.menu().popup(QPoint(40, 40))
    return window.top.count.box


def renamed(*nodes: str) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.selection.select(nodes, nodes[0])
        window.actions_by_id["rename"].trigger()
        return window.findChildren(RenameField)[0]

    return front


def opened(action: str, kind: type[QWidget]) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.actions_by_id[action].trigger()
        (found,) = [one for one in window.findChildren(kind) if one.isVisible()]
        return empty(found.findChildren(QLineEdit)[0])

    return front


def palette(window: MainWindow) -> QWidget:
    window.arrange("build")
    return empty(window.palette_list.field)


def empty(line: QLineEdit) -> QLineEdit:
    """The line without what was typed into it before, and without its past."""
    line.setText("")
    return line


FORMS = {
    "number of a layer": Form(
        setting("conv2", "out_channels"),
        "44",
        "48",
        lambda project: edits.set_parameter(project, "conv2", "out_channels", 48),
        lambda project: edits.remove(project, ["conv2"]),
    ),
    "number that is not allowed": Form(
        setting("conv2", "out_channels"),
        "700000",
        "48",
        lambda project: edits.set_parameter(project, "conv2", "out_channels", 48),
        lambda project: edits.bypass(project, ["conv2"]),
    ),
    "pair of a layer": Form(
        setting("conv2", "padding"),
        "7",
        "1",
        lambda project: edits.set_parameter(project, "conv2", "padding", (1, 1)),
        lambda project: edits.remove(project, ["conv2", "pool2"]),
    ),
    "padding that becomes “same”": Form(
        setting("conv2", "padding"),
        "7",
        "0",
        lambda project: edits.set_parameter(project, "conv2", "padding", "same"),
        lambda project: edits.remove(project, list(project.network.nodes)),
    ),
    "numbers of a layer": Form(
        setting("input", "mean"),
        "0,2",
        "0.5",
        lambda project: edits.set_parameter(project, "input", "mean", (0.5,)),
        lambda project: edits.remove(project, ["input"]),
    ),
    "rate": Form(recipe("learning_rate", 0), "0,5", "2", lambda project: with_recipe(project, learning_rate=2.0)),
    "rate that is not allowed": Form(
        recipe("learning_rate", 0), "1000", "2", lambda project: with_recipe(project, learning_rate=2.0)
    ),
    "momentum": Form(
        recipe("momentum", 0),
        "0.3",
        "0.8",
        lambda project: with_recipe(project, momentum=0.8),
        lambda project: with_recipe(project, optimizer="adam"),
    ),
    "threads": Form(
        recipe("threads", 0),
        "3",
        "2",
        lambda project: with_recipe(project, threads=2),
        lambda project: with_recipe(project, repeatable=False),
    ),
    "split": Form(
        recipe("validation", 3),
        "12",
        "4000",
        lambda project: replace(project, dataset=DatasetChoice(project.dataset.name, 4000)),
    ),
    "name of a layer": Form(
        renamed("conv2"),
        "head",
        "",
        lambda project: edits.rename(project, "conv2", "other"),
        lambda project: edits.remove(project, ["conv2"]),
    ),
    "name of a block": Form(
        renamed("conv1", "relu1"),
        "head",
        "",
        lambda project: blocks.rename(project, next(iter(project.layout.blocks)), "other"),
        lambda project: blocks.ungroup(project, next(iter(project.layout.blocks))),
    ),
    "number of batches": Form(batches, "12"),
    "find": Form(opened("find", FindBar), "conv"),
    "quick add": Form(opened("quick_add", QuickAdd), "conv"),
    "command palette": Form(opened("commands", CommandPalette), "conv"),
    "palette": Form(palette, "conv"),
}


def by_undo(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    window.editor.open(target)
    window.editor.apply("Forth", start)
    return window.editor.undo


def by_redo(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    window.editor.open(start)
    window.editor.apply("Forth", target)
    window.editor.undo()
    return window.editor.redo


def by_an_edit(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    """As paste, delete, a fix and pasted code change the project."""
    window.editor.open(start)
    return lambda: window.editor.apply("Change", target)


def by_the_session(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    window.editor.open(start)
    return lambda: window.bridge.events.emit([RunResumed(1, 0, target)])


WAYS = {"undo": by_undo, "redo": by_redo, "edit": by_an_edit, "session": by_the_session}


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
    assert "“1000” is no value for learning rate. A number from 1e-08 to 100." in calm.status.currentMessage()


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
