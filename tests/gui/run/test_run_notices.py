"""What is said of a run is said of that run, also where it is gone back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_kit import Painted
from marked_cases import small
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.robot.person import Person
from cnnviz.network.layers import Conv2d
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.changes import LayerChange
from cnnviz.training.channels import Evaluation, State, Status
from cnnviz.training.events import RunFinished, RunResumed, RunStarted

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow


def finished(run: int) -> Status:
    return Status(State.FINISHED, run=run, epoch=5, epochs=5, planned=5, step=4300, ready=True)


def test_a_run_that_comes_back_brings_its_own_test_result(window: MainWindow, tmp_path: Path) -> None:
    notices, project = window.notices, window.editor.project
    said: list[str] = []
    notices.ended.connect(lambda end: said.append("" if end is None else end.sentence))
    for run, accuracy in ((1, 0.9805), (2, 0.8703)):
        notices._read_events([RunStarted(run, project)])
        notices._read_metrics([Evaluation(run, "test", 5, 4300, 0.1, accuracy, 9.0)])
        notices._follow(finished(run))
    assert "87.03 %" in said[-1]
    notices._read_events([RunResumed(1, 4300, project)])
    notices._follow(finished(1))
    assert "98.05 %" in said[-1]
    notices._read_events([RunResumed(3, 4300, project, tmp_path)])
    notices._follow(finished(3))
    assert said[-1] == "", "nothing is known of this one yet"
    notices._read_metrics([Evaluation(3, "test", 5, 4300, 0.1, 0.97, 9.0)])
    assert "97.00 %" in said[-1]
    notices._read_events([RunResumed(2, 4300, project)])
    notices._follow(finished(2))
    assert "87.03 %" in said[-1]


def test_notice_and_signs_name_the_same_layers_and_the_state_of_the_run(window: MainWindow) -> None:
    person, session, canvas = Person(window), window.bridge.session, window.canvas
    window.editor.apply("LeNet-5", TEMPLATES["lenet-5"].project())
    person.until(lambda: session.status.ready and "tanh3" in session.standing.project.network.nodes, "the data")
    session.batches(2)
    person.until(lambda: session.status.step == 2 and session.status.state is State.PAUSED, "two batches")
    project, new = edits.add_after(window.editor.project, "tanh3", Conv2d(32, kernel_size=(3, 3)))
    project = edits.set_parameter(project, "conv5", "kernel_size", (3, 3))
    window.editor.apply("Insert", project)
    person.until(lambda: "stays as it was" in window.notice.text(), "the notice")
    plan = window.notices.transferring.plan()
    assert plan.new == (new, "conv5", "fc6")
    assert f"{new}, conv5, fc6 would start new" in window.notice.text()
    filled = {name for name, item in canvas._scene.nodes.items() if item.change is LayerChange.NEW}
    assert filled == set(plan.new)
    (after,) = project.network.outputs[new]
    assert canvas.node_item(after).change is LayerChange.BARE
    session.play()
    person.until(lambda: "goes on as it was" in window.notice.text(), "the running training")
    session.pause()
    person.until(lambda: "stays as it was" in window.notice.text(), "the pause")
    assert [button.text() for button in window.notice.buttons()][-1] == "Undo the change"


def test_a_run_that_would_keep_no_layer_is_not_offered_to_go_on(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    window.editor.apply("Start", small())
    person.until(lambda: session.status.ready and "conv1" in session.standing.project.network.nodes, "the data")
    session.batches(1)
    person.until(lambda: session.status.state is State.PAUSED and session.status.step == 1, "a batch")
    # also fc1 gets another number of inputs
    project = edits.set_parameter(window.editor.project, "conv1", "kernel_size", (9, 9))
    window.editor.apply("Set kernel size", project)
    person.until(lambda: "stays as it was" in window.notice.text(), "the notice")
    said = [button.text() for button in window.notice.buttons()]
    assert said == ["Train from scratch", "Undo the change"]
    window.recipe.form.edited.emit("learning_rate", 0.5)
    assert "next batch" not in window.status.currentMessage()


def test_undo_in_the_notice_draws_the_network_again(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "the data")
    session.batches(2)
    person.until(lambda: session.status.state is State.PAUSED, "two batches")
    person.click_node("conv3")
    person.set_parameter("kernel_size", "21")
    person.until(lambda: window.notice.buttons(), "the notice")
    QApplication.processEvents()
    (undo,) = (button for button in window.notice.buttons() if button.text() == "Undo the change")
    painted = Painted(window.canvas.viewport())
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    person.until(painted.whole, "the whole network is painted", 10.0)
    assert not window.canvas.node_item("conv3").wrong


def test_a_run_with_new_weights_tells_of_its_seed(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "the data")
    session.batches(2)
    person.until(lambda: session.status.step == 2 and session.status.state is State.PAUSED, "two batches")
    window.notices.start_over_new()
    said = "Started over with other initial weights: the seed of the recipe is 1 now."
    person.until(lambda: window.notice.text().startswith(said), "the notice")


def test_the_way_back_stays_while_there_is_a_run_to_go_back_to(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session

    def batches(run: int) -> None:
        person.until(lambda: session.status.run == run and session.status.ready, "the data")
        session.batches(2)
        person.until(lambda: session.status.step == 2 and session.status.state is State.PAUSED, "two batches")

    batches(1)
    window.notices.start_over()
    batches(2)
    person.until(lambda: window.notice.says("kept"), "the notice")
    (back,) = window.notice.buttons()
    assert back.text() == "Back to it" and not window.notice._timer.isActive()
    window.notices._read_events([RunFinished(2, 1)])
    assert window.notice.buttons() == [back], "the end of the run changes nothing about the run before"
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    person.until(lambda: "This is “run 1” again." in window.notice.text(), "the run before")
    # a run that failed is no run to go back to
    window.notices._failed = True
    window.notices._read_events([RunStarted(3, window.editor.project)])
    assert not window.notice.says("kept")
