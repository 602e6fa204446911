"""What the window says of a run: one word for its state, the verb that fits, and the line at the bottom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.past_bar import PastBar
from cnnviz.gui.shell.play_tip import play_tip
from cnnviz.network.graph import chain
from cnnviz.network.layers import Input
from cnnviz.project import edits
from cnnviz.training.channels import Evaluation, State, Status

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

BEGUN = Status(run=1, epochs=8, batch=300, batches=430, step=300, ready=True)
PAUSED = replace(BEGUN, state=State.PAUSED)
ENDED = replace(BEGUN, state=State.FINISHED, epoch=8)


def test_the_state_is_one_word_and_the_verb_fits(window: MainWindow) -> None:
    top = window.top
    for status, word, verb in (
        (Status(), "READY", "Train"),
        (Status(State.RUNNING, epochs=8, step=3), "RUNNING", "Pause"),
        (Status(State.PAUSED, epochs=8, step=3), "PAUSED", "Resume"),
        (Status(State.PAUSED, epochs=8), "PAUSED", "Train"),
        (Status(State.FINISHED, epochs=8, step=300), "STOPPED EARLY", "Resume"),
        (Status(State.FINISHED, epoch=8, epochs=8, step=3440), "FINISHED", "Go on"),
        (Status(State.FINISHED, epoch=5, epochs=5, planned=20, step=2150), "STOPPED EARLY", "Go on"),
        (Status(State.FAILED, epochs=8, step=3), "FAILED", "Train"),
    ):
        top.show_status(status, "")
        assert top.state.text().split(" ", 1)[1] == f"{word}</b>"
        assert top.play.text() == verb
        assert top.play.minimumWidth() == top.play.maximumWidth() >= top.play.sizeHint().width()


def test_a_network_that_cannot_be_trained_is_not_ready_and_cannot_be_started_over(window: MainWindow) -> None:
    start_over = window.top.start_over
    person = Person(window)
    person.shortcut("batch")
    person.until(lambda: window.bridge.session.status.step > 0 and start_over.isEnabled(), "a run to start over")
    window.editor.apply("break", edits.set_parameter(window.editor.project, "conv2", "kernel_size", (99, 99)))
    assert not start_over.isEnabled()
    window.state._show_status(Status())
    assert "NOT READY" in window.top.state.text()
    window.editor.undo()
    assert start_over.isEnabled()
    window.state._show_status(Status())
    assert "READY" in window.top.state.text() and "NOT" not in window.top.state.text()


def test_a_run_that_no_longer_improves_says_at_which_epoch_it_ended(window: MainWindow) -> None:
    status = Status(State.FINISHED, run=1, epoch=5, epochs=5, planned=20, step=2150, ready=True)
    window.top.show_status(status, "")
    assert window.top.progress.text() == "epoch 5 of 20 · no longer improving"
    window.notices._follow(status)
    window.notices._read_metrics([Evaluation(1, "test", 5, 2150, 0.1, 0.9731, 9.0)])
    card = window.end.card
    assert card is not None
    assert card.isVisible()
    said = "Stopped early at epoch 5 of 20: validation accuracy no longer improved. 97.31 % of the test images are"
    assert card.text() == f"{said} right."


def test_nothing_is_well_beside_a_run_that_failed(window: MainWindow) -> None:
    line = window.status.problems
    assert line.text() == "0 problems: this network can be trained."
    window.status.show_status(Status(State.FAILED, epochs=8, step=3))
    assert line.text() == "0 problems in the network, but this run failed."
    window.status.show_status(Status(State.PAUSED, epochs=8, step=3))
    assert line.text() == "0 problems: this network can be trained."


def test_the_precision_is_explained_where_it_is_not_known_yet(window: MainWindow) -> None:
    window.status.show_status(Status(device="CPU", precision="auto", threads=2))
    assert window.status.device.text() == "CPU · auto · 2 threads"
    assert "float32 and bfloat16 are timed" in window.status.device.toolTip()
    window.status.show_status(Status(State.RUNNING, device="CPU", precision="bfloat16", threads=2))
    assert "accuracies of the curves are computed in bfloat16" in window.status.device.toolTip()


def test_modes_are_one_control_and_say_what_they_show(window: MainWindow) -> None:
    modes = window.top.arrangements
    assert [one.text() for one in modes.buttons()] == ["Build", "Train", "Look"]
    for one in modes.buttons():
        one.click()
        assert [other.isChecked() for other in modes.buttons()] == [other is one for other in modes.buttons()]
        assert window.actions_by_id[one.objectName()].isChecked()
        assert one.toolTip().startswith("Shows ")
    assert window.bridge.session.status.step == 0


def test_the_button_and_the_canvas_say_that_another_network_is_trained_than_the_one_drawn(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    window.resize(960, 600)
    person.until(lambda: session.status.ready, "the data")
    session.batches(3)
    person.until(lambda: window.top.play.text() == "Resume", "three batches")
    note = window.canvas._overlays.notes.trained
    assert not note.isVisible() and window.top.epoch.isVisible()
    project = window.editor.project
    places = [part.geometry() for part in (window.top.play, window.top.start_over, window.top.recipe)]
    window.editor.apply("Break", edits.remove(window.editor.project, ["flatten"]))
    assert "since the start of “run 1”" in window.notice.text()
    # no button moves under the pointer, and what goes on without the change does not stand out
    assert window.top.play.text() == "Resume" and not window.top.play.property("primary")
    person.until(lambda: window.top.epoch.isVisible(), "the row as it was")
    parts = (window.top.play, window.top.start_over, window.top.recipe)
    # the row is laid out anew, which may round a place to the next pixel
    assert all(abs(part.x() - place.x()) <= 2 for part, place in zip(parts, places, strict=True))
    # the notice says it already
    assert not note.isVisible()
    window.notice._close.click()
    assert note.isVisible() and note.text() == "Your changes are not in “run 1”"
    assert window.canvas.rect().contains(note.geometry())
    assert not note.geometry().intersects(window.canvas._overlays.minimap.geometry())
    window.editor.undo()
    assert window.top.play.toolTip() == "Go on with this run where it is (F5)" and not note.isVisible()
    assert window.top.play.property("primary")
    window.editor.apply("Seed", replace(project, recipe=replace(project.recipe, seed=5)))
    assert window.top.play.toolTip() == "Go on with “run 1”, without the changes on screen (F5)"
    window.editor.undo()
    # a live change is trained at once, and makes no other network
    recipe = replace(window.editor.project.recipe, learning_rate=0.5)
    window.editor.apply("Rate", replace(window.editor.project, recipe=recipe))
    assert window.top.play.text() == "Resume" and not note.isVisible()


def test_the_tip_says_that_a_new_run_begins(window: MainWindow, recording: None) -> None:
    person, session, past = Person(window), window.bridge.session, window.bench.past
    play = window.top.play
    person.until(lambda: session.status.ready, "torch")
    for step in (2, 4):
        session.batches(2)
        person.until(lambda step=step: session.status.step == step and step in past.steps, "the moment")  # type: ignore[misc]
    person.until(lambda: play.toolTip() == "Go on with this run where it is (F5)", "the tip of a run as any other")
    past.go_to(2)
    window.bench.going_on.new_run()
    person.until(lambda: play.text() == "Resume" and session.status.step == 2, "the new run")
    person.until(lambda: play.toolTip() != "Go on with this run where it is (F5)", "the tip")
    assert play.toolTip() == "Go on from step 2 in a new run; the run up to there stays as it is (F5)"
    session.batches(1)
    person.until(lambda: session.status.step == 3 and 3 in past.steps, "its own first moment")
    session.batches(1)
    person.until(lambda: play.toolTip() == "Go on with this run where it is (F5)", "the tip after its next step")


@pytest.mark.parametrize(
    ("status", "other", "tip"),
    [
        (BEGUN, "", "Train in the background (F5)"),
        (PAUSED, "", "Go on from step 300 in a new run; the run up to there stays as it is (F5)"),
        (PAUSED, "<b>", "Go on with “<b>” in a new run, without the changes on screen (F5)"),
        (ENDED, "", "Train for more epochs in a new run; the run up to here stays as it is (F5)"),
        (replace(BEGUN, state=State.RUNNING), "", "Stop between two batches (F5)"),
    ],
)
def test_the_tip_of_a_run_that_only_shows_a_moment_of_another(status: Status, other: str, tip: str) -> None:
    assert play_tip(status, other, anew=status.state is not State.UNTRAINED) == tip


@pytest.mark.parametrize("width", [960, 1000, 1100, 1280, 1600])
def test_each_button_is_in_the_bar_or_in_the_menu_beside_it(window: MainWindow, width: int) -> None:
    person, top = Person(window), window.top
    window.resize(width, 650)
    person.until(lambda: window.bridge.session.status.ready and top.width() == width, "the data")
    for status in (Status(), BEGUN, replace(BEGUN, state=State.RUNNING), replace(BEGUN, state=State.FINISHED)):
        top.show_status(status, "")
        person.stay(0.05)
        top.more.menu().aboutToShow.emit()
        entries = [action.text() for action in top.more.menu().actions()]
        hidden = [button for button in (top.epoch, top.dataset) if not button.isVisible()]
        assert entries == [button.text() for button in hidden]
        assert top.more.isVisible() is bool(hidden)
        for button in (top.epoch, top.dataset, top.recipe, top.more, top.arrangements):
            area = QRect(button.mapTo(window, QPoint(0, 0)), button.size())
            assert button.isHidden() or (window.rect().contains(area) and area.width() >= button.sizeHint().width())
    assert top.dataset.isVisible() or width < 1280


def test_an_entry_of_the_menu_does_what_its_hidden_button_does(window: MainWindow) -> None:
    person, top, session = Person(window), window.top, window.bridge.session
    window.resize(960, 600)
    person.until(lambda: session.status.ready and top.more.isVisible(), "the narrow bar")
    top.more.menu().aboutToShow.emit()
    entry = top.more.menu().actions()[-1]
    assert entry.text() == top.dataset.text() and entry.toolTip() == top.dataset.toolTip() and entry.isEnabled()
    entry.trigger()
    person.until(window.panels["data"].isVisible, "the page of the data")


def test_tips_end_with_their_keys(window: MainWindow) -> None:
    top = window.top
    assert top.epoch.toolTip() == "To the end of the epoch (Shift+F10)"
    assert top.batch.toolTip() == "One batch (F10)"
    for button in (top.play, top.batch, top.epoch, *top.arrangements.buttons()):
        assert button.toolTip().endswith(")"), button.toolTip()


def test_one_layer_is_no_plural(window: MainWindow) -> None:
    project = window.editor.project
    window.editor.apply("Input only", replace(project, network=chain(("input", Input((1, 28, 28))))))
    totals = window.table._totals
    Person(window).until(lambda: totals.text().startswith("1 layer · "), "the totals")


def test_starting_over_does_not_sound_like_keeping_what_was_learned(window: MainWindow) -> None:
    assert window.top.start_over.toolTip().startswith("Start over with the same first weights")


def test_a_click_that_hides_its_button_gives_the_focus_to_no_other_widget(window: MainWindow, qtbot: QtBot) -> None:
    window.bench.past.step = 2
    window.bench.past.changed.emit(2)
    with qtbot.waitActive(window):
        window.activateWindow()
    window.canvas.setFocus()
    focused, bar = QApplication.focusWidget(), window.top.findChild(PastBar)
    assert bar is not None
    QTest.mouseClick(bar.now, Qt.MouseButton.LeftButton)
    assert window.bench.past.step is None and QApplication.focusWidget() is focused is not None
