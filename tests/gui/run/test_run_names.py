"""A run has the same name in every place of the window, in the commands and in suggested files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from moments_kit import train

from cnnviz.cli import main
from cnnviz.gui.panels.compare.panel import ComparePanel
from cnnviz.gui.panels.runs.archives import file_name
from cnnviz.gui.panels.runs.columns import NAME
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.run_names import session_run_name
from cnnviz.project import edits
from cnnviz.runs.continuing import recorded_start
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.events import RunResumed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cnnviz.gui.main_window import MainWindow


def test_every_place_shows_the_same_name(
    window: MainWindow, recording: None, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(window)
    train(window, 3)
    (run,) = Library(runs_folder()).runs()
    name = run.title
    assert session_run_name(window.bridge.recorder, 1) == name != run.facts.network
    project = window.editor.project
    window.editor.apply("Break", edits.remove(project, ["flatten"]))
    assert f"since the start of “{name}”" in window.notice.text()
    window.notice._close.click()
    assert window.canvas._overlays.notes.trained.text() == f"Your changes are not in “{name}”"
    window.editor.undo()
    window.editor.apply("Rate", replace(project, recipe=replace(project.recipe, seed=5)))
    window.notices.start_over()
    person.until(lambda: "Back to it" in [button.text() for button in window.notice.buttons()], "the offer")
    assert f"“{name}” is kept as it was after step 3." in window.notice.text()

    window.show_panel("runs")
    panel = window.panel(RunsPanel)
    person.until(lambda: panel.model.runs, "the list")
    cell = panel.model.index(0, NAME)
    assert panel.model.data(cell) == name
    panel.choose(run.id)
    panel.overlay()
    person.until(lambda: window.bench.overlays.all, "the curves")
    # without room a chip elides its title
    chip = window.curves.chips.chip(1)[0]
    assert f"{name} · rate " in chip.accessibleName()
    panel.look()
    person.until(lambda: f"“{name}”" in window.places.middle.past.text(), "the past")
    panel.compare()
    compare = window.panel(ComparePanel)
    rows = [row.run for row in compare.rows]
    listed = f"{name} · 3"
    person.until(lambda: any(listed in box.itemText(at) for box in rows for at in range(box.count())), "A and B")
    assert any(listed in box.toolTip() for box in rows)
    assert file_name(run).endswith(name[-8:].replace(":", "-"))
    for command in (["list"], ["show", run.id], ["compare", run.id, run.id], ["delete", run.id], ["restore", run.id]):
        assert main(["runs", *command]) == 0
        assert name in capsys.readouterr().out

    # a new name reaches every place at once
    assert panel.model.setData(cell, "with dropout")
    assert session_run_name(window.bridge.recorder, 1) == "with dropout"
    assert "with dropout · rate " in chip.accessibleName()
    assert "“with dropout”" in window.places.middle.past.text()
    assert Library(runs_folder()).find("with dropout").id == run.id


def test_a_run_that_was_just_opened_has_its_name_at_once(window: MainWindow, recording: None) -> None:
    train(window, 3)
    (run,) = Library(runs_folder()).runs()
    folder = Library(runs_folder()).folder(run.id)
    names: list[str] = []

    def read_name(events: list[object]) -> None:
        resumed = (event for event in events if isinstance(event, RunResumed))
        names.extend(session_run_name(window.bridge.recorder, event.run) for event in resumed)

    window.bridge.events.connect(read_name)
    recorder, session = window.bridge.recorder, window.bridge.session
    assert recorder is not None
    session.branch(recorded_start(folder, 3, reopened=True))
    Person(window).until(lambda: names, "the run")
    assert names == [run.title]
    resumed = session.status.run
    Person(window).until(lambda: recorder.resumed.origin(resumed) is not None, "the recorder")
    assert session_run_name(recorder, resumed) == run.title
    session.branch(recorded_start(folder, 3))
    Person(window).until(lambda: len(names) == 2, "another run")
    assert names[1] == f"{run.title}, new from step 3"


def test_runs_of_a_project_without_a_title_take_the_name_of_its_first_file(
    window: MainWindow, recording: None, tmp_path: Path
) -> None:
    library, person = Library(runs_folder()), Person(window)
    train(window, 3)
    (first,) = library.runs()
    assert first.facts.network == "Untitled"
    library.label(first.id, "with dropout", "a note")
    window.notices.start_over()
    person.until(lambda: window.bridge.session.status.step == 0, "another run")
    window.bridge.session.batches(2)
    person.until(lambda: len(library.runs()) == 2, "its folder")
    told: list[None] = []
    window.bench.requests.runsNamed.connect(lambda: told.append(None))
    assert window.document.save_to(tmp_path / "mynet.cnnviz") and told == [None]
    later, earlier = library.runs()
    assert {run.facts.network for run in (later, earlier)} == {"mynet"}
    assert later.title.startswith("mynet · ") and (earlier.name, earlier.notes) == ("with dropout", "a note")
    library.label(later.id, "", "slow")
    assert library.find(later.id).facts.network == "mynet"
    # another name later is another project
    assert window.document.save_to(tmp_path / "other.cnnviz")
    assert {run.facts.network for run in library.runs()} == {"mynet"}


def test_a_window_that_comes_from_a_run_says_once_that_it_is_untitled(window: MainWindow) -> None:
    for origin, title, network in (
        ("LeNet-5", "LeNet-5 (untitled)", "LeNet-5"),
        ("LeNet-5 (untitled) · 01:23:45", "LeNet-5 · 01:23:45 (untitled)", "LeNet-5 (untitled) · 01:23:45"),
        ("Untitled · 01:23:45", "Untitled · 01:23:45", "Untitled · 01:23:45"),
    ):
        window.document.comes_from(origin)
        assert (window.document.name, window.bridge.name) == (title, network)
