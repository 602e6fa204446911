"""The form of the recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.recipe.caption import recipe_caption
from cnnviz.gui.panels.recipe.panel import RecipePanel
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.fields import NumberField
from cnnviz.training.channels import State, Status

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.editor import ProjectEditor


def test_a_recipe_edit_is_undoable_and_momentum_belongs_to_sgd(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    panel.show()
    assert recipe_caption(editor.project.recipe) == "SGD · rate 0.01"
    assert panel.form.field("momentum").isVisible()
    panel.form.edited.emit("optimizer", "adam")
    assert recipe_caption(editor.project.recipe) == "Adam · rate 0.01"
    assert not panel.form.field("momentum").isVisible()
    panel.form.edited.emit("learning_rate", 0.002)
    assert recipe_caption(editor.project.recipe) == "Adam · rate 0.002"
    assert recipe_caption(replace(editor.project.recipe, learning_rate=0.0286794)) == "Adam · rate 0.02868"
    editor.undo()
    field = panel.form.field("learning_rate")
    assert isinstance(field, NumberField) and field.box.value() == 0.01
    with qtbot.waitSignal(panel.message) as message:
        panel.form.edited.emit("learning_rate", -1.0)
    assert message.args is not None and "learning rate must be from" in message.args[0]
    assert editor.project.recipe.learning_rate == 0.01


def test_the_recipe_has_a_field_for_every_setting(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    names = [*vars(editor.project.recipe), "validation", "split_seed"]
    forms = (panel.form, panel.course, panel.images, panel.split)
    assert sorted(one.name for form in forms for one in form.parameters) == sorted(names)
    assert all(panel.field(name).toolTip() for name in names)


def test_a_recipe_shows_what_matters_and_the_course_of_the_rate(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentIndex(1)
    assert {rate for _, rate in panel.curve.points} == {0.01}
    assert not panel.course.field("step_factor").isVisible()
    panel.course.edited.emit("schedule", "step")
    assert editor.project.recipe.schedule == "step"
    assert panel.course.field("step_factor").isVisible()
    rates = [rate for _, rate in panel.curve.points]
    assert (rates[0], rates[-1]) == (0.01, 0.01 * 0.5**4)
    assert panel.curve.points[-1][0] <= editor.project.recipe.epochs
    panel.images.edited.emit("rotation", 12.0)
    assert editor.project.recipe.rotation == 12.0
    editor.undo()
    assert editor.project.recipe.rotation == 0.0
    panel.set_theme(LIGHT)
    assert not panel.grab().isNull()


def test_the_split_is_typed_undone_and_kept_below_the_number_of_images(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentIndex(3)
    aside, seed = panel.field("validation"), panel.field("split_seed")
    assert isinstance(aside, NumberField) and isinstance(seed, NumberField)
    assert (aside.box.value(), seed.box.value()) == (5000, 0)
    aside.box.selectAll()
    QTest.keyClicks(aside.box, "99999999\r")
    assert editor.project.dataset.validation == 5000
    aside.box.selectAll()
    QTest.keyClicks(aside.box, "59999\r")
    assert editor.project.dataset.validation == 59_999
    QTest.keyClick(seed.box, Qt.Key.Key_Up)
    assert editor.project.dataset.split_seed == 1
    while editor.undo_stack.canUndo():
        editor.undo()
    assert (aside.box.value(), seed.box.value()) == (5000, 0)


def test_each_field_says_when_a_run_uses_a_change(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    assert panel.form.remark("learning_rate") == panel.split.remark("validation") == ""
    panel.show_status(Status(State.RUNNING, step=1))
    assert panel.form.remark("learning_rate") == "The present run uses a change at once."
    assert panel.form.remark("optimizer") == ("The present run uses a change only after “Continue with the change”.")
    for form, name in ((panel.form, "batch_size"), (panel.split, "validation")):
        assert form.remark(name) == "Only a new run uses a change: Start over."
    said: list[str] = []
    panel.message.connect(said.append)
    panel.form.edited.emit("learning_rate", 0.5)
    # also where the recipe is closed then
    assert said == ["The present run uses the change of learning rate from its next batch on."]
    panel.form.edited.emit("optimizer", "rmsprop")
    assert panel.form.remark("momentum") == panel.form.remark("optimizer")
    # the run trains another network
    said.clear()
    panel.set_trained("fast · 21:17:16")
    panel.form.edited.emit("learning_rate", 0.25)
    assert not said and panel.form.remark("learning_rate") == panel.form.remark("optimizer")
    panel.set_trained("")
    panel.show_status(Status(State.PAUSED, step=1))
    assert panel.form.remark("learning_rate") == "The present run uses a change at once."
    # a run that has ended has no next batch
    panel.show_status(Status(State.FINISHED, step=1))
    panel.form.edited.emit("learning_rate", 0.125)
    assert not said
    assert panel.form.remark("learning_rate") == "The present run has ended; it uses a change if it is trained further."
    assert panel.form.remark("optimizer") == "The present run uses a change only after “Continue with the change”."
    # one that has failed is not trained further
    panel.show_status(Status(State.FAILED, step=1))
    for form, name in ((panel.form, "learning_rate"), (panel.form, "optimizer"), (panel.split, "validation")):
        assert form.remark(name) == "Only a new run uses a change: Start over."
    panel.show_status(Status())
    assert panel.form.remark("learning_rate") == ""
