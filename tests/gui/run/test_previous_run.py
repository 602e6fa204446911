"""What is said of the previous run: the name that the table says, and only what is true of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moments_kit import train

from cnnviz.gui.panels.runs.columns import NAME
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.run_names import session_run_name
from cnnviz.runs.summary import summarize
from cnnviz.training.channels import Evaluation, State, Status
from cnnviz.training.events import RunFinished

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("asks_about_trainings")


def reopened(application: Application, window: MainWindow, path: Path) -> MainWindow:
    """Train and save a project, and open its file in a window of its own."""
    train(window, 3)
    assert window.document.save_to(path) and window.close()
    other = application._open(path)
    session = other.bridge.session
    Person(other).until(lambda: session.status.step == 3 and session.status.state is State.PAUSED, "the run")
    Person(other).until(lambda: 3 in other.bench.past.steps, "its moments")
    return other


def first_row(window: MainWindow) -> str:
    """The name in the first row of the table of runs."""
    window.show_panel("runs")
    model = window.panel(RunsPanel).model
    Person(window).until(lambda: model.runs, "the list")
    return str(model.data(model.index(len(model.runs) - 1, NAME)))


def says(window: MainWindow, part: str) -> None:
    Person(window).until(lambda: part in window.notice.text(), part)


def test_a_reopened_run_has_the_name_of_its_row(
    recording: None, application: Application, window: MainWindow, tmp_path: Path
) -> None:
    other = reopened(application, window, tmp_path / "p.cnnviz")
    row = first_row(other)
    assert row.endswith(" (present run)")
    name = row.removesuffix(" (present run)")
    assert session_run_name(other.bridge.recorder, 1) == name
    changed: list[int] = []
    model = other.panel(RunsPanel).model
    model.dataChanged.connect(lambda index, *_: changed.append(index.row()))

    # a new run that is not trained is named after the moment at which it begins, and is not in the table
    other.bench.past.go_to(1)
    other.bench.going_on.new_run()
    says(other, f"“{name}” is kept as it was after step 3.")
    Person(other).until(lambda: first_row(other) == name and changed, "the row without its mark")
    Person(other).until(lambda: "new from step 1" in session_run_name(other.bridge.recorder, 2), "its beginning")
    other.notices.back()
    says(other, f"This is “{name}” again.")
    assert f"“{name}, new from step 1” has not been trained yet." in other.notice.text()
    Person(other).until(lambda: first_row(other) == row, "the mark")
    other.notices.back()
    says(other, f"This is “{name}, new from step 1” again.")

    # trained it has a row of its own, and the name of that
    other.show_panel("curves")
    train(other, 1)
    present = session_run_name(other.bridge.recorder, 2)
    assert present != name and "new from step" not in present
    assert other.notice.text() == f"“{name}” is kept as it was after step 3."
    other.show_panel("runs")
    model.setData(model.index(len(model.runs) - 1, NAME), "the first")
    assert other.notice.text() == "“the first” is kept as it was after step 3."
    name = "the first"
    other.notices.back()
    says(other, f"This is “{name}” again. “{present}” is kept as it was after step 2.")


def test_a_new_run_that_was_only_tested_is_kept_with_its_curves_and_its_test(
    window: MainWindow, recording: None
) -> None:
    train(window, 3)
    person, session, recorder = Person(window), window.bridge.session, window.bridge.recorder
    assert recorder is not None
    window.bench.past.go_to(3)
    window.bench.going_on.new_run()
    person.until(lambda: session.status.run == 2 and session.status.state is State.PAUSED, "the new run")
    session.stop()
    person.until(lambda: session.status.state is State.FINISHED, "the test")
    person.until(lambda: 2 in recorder.folders, "its folder")
    person.until(lambda: recorder.resumed.untrained(2) is None, "its numbers")
    window.notices.start_over()
    person.until(lambda: session.status.run == 3 and session.status.ready, "another run")
    name = session_run_name(recorder, 2)
    says(window, f"“{name}” is kept as it was after step 3.")
    assert "not been trained" not in window.notice.text()
    # another run that is trained does not lend it its curves
    train(window, 5)
    folder = recorder.folders[2]
    tested = summarize(folder).numbers
    assert tested.steps == 3 and tested.test_accuracy is not None
    window.bench.past.open(folder, (0, 3))
    curves = window.curves
    assert len(curves.history) == 3 and curves.history.tested and len(curves._live) == 5
    window.bench.past.now()


def test_a_run_that_is_not_recorded_is_not_said_to_be_kept(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "the data")
    session.batches(2)
    person.until(lambda: session.status.step == 2 and session.status.state is State.PAUSED, "two batches")
    window.notices.start_over()
    says(
        window, "“run 1” was trained to step 2. It is not recorded: this window holds it until yet another run begins."
    )


def test_how_a_run_began_is_no_longer_said_at_its_end(window: MainWindow, recording: None) -> None:
    train(window, 2)
    window.notices.start_over()
    says(window, "Started over.")
    window.notices._read_events([RunFinished(2, 1)])
    assert not window.notice.says("kept")


def test_the_result_of_the_present_run_is_hidden_while_another_one_is_looked_at(
    window: MainWindow, recording: None
) -> None:
    train(window, 2)
    recorder = window.bridge.recorder
    assert recorder is not None
    other = recorder.folders[1]
    window.notices.start_over()
    says(window, "Started over.")
    train(window, 1)
    notices = window.notices
    notices._read_metrics([Evaluation(2, "test", 1, 1, 0.2, 0.9589, 9.0)])
    notices._follow(Status(State.FINISHED, run=2, epoch=1, epochs=1, planned=1, step=1, ready=True))
    card = window.end.card
    assert card is not None and card.isVisible()
    window.bench.past.open(other, (0, 2))
    assert not card.isVisible() and not window.notice.isVisible() and not window.notice.text()
    # what is said meanwhile of something else is shown
    window.notice.post("file", "The file could not be read.")
    assert window.notice.text() == "The file could not be read."
    window.notice.withdraw("file")
    window.bench.past.now()
    assert card.isVisible() and "Started over." in window.notice.text()
    card.close_button.click()
    window.bench.past.open(other, (0, 2))
    window.bench.past.now()
    assert not card.isVisible()


def test_a_previous_run_that_was_deleted_is_not_offered(recording: None, window: MainWindow) -> None:
    person, panel = Person(window), window.panel(RunsPanel)

    def delete_last() -> None:
        window.show_panel("runs")
        panel.reload()
        person.until(lambda: panel.model.runs, "the list")
        panel.choose(panel.model.runs[0].id)
        panel.delete()
        person.until(lambda: not panel.model.runs, "no run")

    train(window, 3)
    window.notices.start_over()
    says(window, "is kept as it was after step 3.")
    delete_last()
    assert not window.notice.says("kept")
    # nor one that was deleted while it was the present run
    window.show_panel("curves")
    train(window, 2)
    delete_last()
    window.notices.start_over()
    person.until(lambda: window.bridge.session.status.step == 0, "another run")
    person.stay(0.1)
    assert not window.notice.says("kept")
