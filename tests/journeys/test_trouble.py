"""What goes wrong is said in a sentence and loses nothing: damaged files, a run that fails, a change while training."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from marked_cases import small
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.inspection import viewer
from cnnviz.project import edits
from cnnviz.project.file import to_json
from cnnviz.project.project import Project
from cnnviz.project.recovery import Autosave, recoverable
from cnnviz.project.templates import TEMPLATES
from cnnviz.settings import folders
from cnnviz.training.changes import LayerChange
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.training.state import TrainingState


@pytest.fixture
def application(qtbot: QtBot) -> Iterator[Application]:
    # loaded here once: a window that is closed at once would otherwise wait for it
    import_module("torch")
    application = Application(make_qt())
    yield application
    for window in list(application.windows):
        window.editor.open(Project())
        window.document._stored = window.editor.project
        window.close()
    application.deleteLater()


def opened(application: Application, project: Project) -> tuple[MainWindow, Person]:
    window = application.open_window(project)
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")
    return window, person


Damage = Callable[[dict[str, Any]], object]


def unknown_data() -> Project:
    return replace(small(), dataset=DatasetChoice("cats"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda raw: raw.update(version=99), "newer cnnviz"),
        (lambda raw: raw["network"]["nodes"][1].update(kind="Quantum"), "“Quantum”"),
        (lambda raw: raw["network"]["edges"].__setitem__(0, ["relu1", "conv1", 0]), "cycle"),
        (lambda raw: raw["network"]["nodes"][1]["parameters"].update(kernel_size=[-3, 3]), "kernel_size"),
        (lambda raw: raw["dataset"].update(name="cats"), "no data set named “cats”"),
    ],
)
def test_a_damaged_project_is_said_and_the_open_one_stays(
    application: Application, tmp_path: Path, damage: Damage, words: str
) -> None:
    raw = json.loads(to_json(small()))
    damage(raw)
    path = tmp_path / "damaged.cnnviz"
    path.write_text(json.dumps(raw), encoding="utf-8")
    window, _ = opened(application, small())
    before = window.editor.project
    assert application.open_file(path, window) is None
    assert words in window.notice.text()
    assert "Traceback" not in window.notice.text()
    assert window.editor.project is before
    assert application.windows == [window]


@pytest.mark.parametrize(("content", "words"), [("Roses are red", "not JSON"), (to_json(unknown_data()), "“cats”")])
def test_a_project_that_cannot_be_read_opens_the_first_template_and_says_so(
    application: Application, tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "poem.cnnviz"
    path.write_text(content, encoding="utf-8")
    window = application.open_first(path)
    assert "poem.cnnviz" in window.notice.text() and words in window.notice.text()
    assert window.editor.project.network == TEMPLATES["fast"].project().network
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")


def test_a_loss_that_is_not_a_number_is_a_sentence_and_starting_over_works(application: Application) -> None:
    window, person = opened(application, small(rate=100.0))
    session = window.bridge.session
    person.shortcut("play")
    person.until(lambda: session.status.state is State.FAILED, "the failure")
    person.until(lambda: window.notice.text(), "the notice")
    assert "no longer a number, and the first layer whose values left the range is “" in window.notice.text()
    assert "learning rate" in window.notice.text()
    choices = [button.text() for button in window.notice.buttons()]
    assert choices == ["Change the rate", "Find a rate", "Start over", "Copy the details"]
    assert not window.actions_by_id["play"].isEnabled()
    QTest.mouseClick(window.notice.buttons()[2], Qt.MouseButton.LeftButton)
    person.until(lambda: session.status.state is State.UNTRAINED, "a new run at the same rate")
    person.until(lambda: "failed at the rate of 100" in window.notice.text(), "the notice about the rate")
    assert [button.text() for button in window.notice.buttons()] == choices[:2]
    assert window.curves.empty.text() == "Curves appear when training starts: press Train."
    project = replace(window.editor.project, recipe=replace(window.editor.project.recipe, learning_rate=0.01))
    window.editor.apply("Rate", project)
    assert window.notice.text() == ""
    person.until(lambda: window.actions_by_id["batch"].isEnabled(), "the window's news of it")
    person.shortcut("batch")
    person.until(lambda: session.status.state is State.PAUSED and session.status.step == 1, "a batch")


def test_what_cannot_be_looked_at_is_said_until_it_can(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = viewer.Viewer.snapshot

    def fail(*_: object) -> Snapshot:
        raise RuntimeError("no kernel for this\nand its details")

    monkeypatch.setattr(viewer.Viewer, "snapshot", fail)
    window, person = opened(application, small())
    person.until(lambda: window.notice.text(), "the notice")
    assert "Kernels and maps could not be made" in window.notice.text()
    assert "no kernel for this. Training is not touched" in window.notice.text()
    person.shortcut("batch")
    person.until(lambda: window.bridge.session.status.step == 1, "a batch")
    monkeypatch.setattr(viewer.Viewer, "snapshot", make)
    person.shortcut("batch")
    person.until(lambda: window.bridge.shown is not None and not window.notice.text(), "a snapshot")


def test_an_edit_while_training_does_not_touch_the_run(application: Application) -> None:
    window, person = opened(application, small())
    session = window.bridge.session
    person.shortcut("play")
    person.until(lambda: session.status.step > 0, "a step")
    running = session.standing.project
    window.editor.apply("Kernel", edits.set_parameter(window.editor.project, "conv1", "out_channels", 8))
    person.until(lambda: "goes on as it was" in window.notice.text(), "the notice")
    assert session.status.state is State.RUNNING
    assert session.standing.project is running
    assert window.canvas.node_item("conv1").change is LayerChange.NEW
    window.notice.buttons()[-1].click()
    assert window.editor.project.network == running.network
    assert window.notice.text() == ""
    window.editor.apply("Kernel", edits.set_parameter(window.editor.project, "conv1", "out_channels", 8))
    scratch = window.notice.buttons()[0]
    assert scratch.text() == "Train from scratch"
    scratch.click()
    person.until(lambda: session.status.run == 2 and session.status.step > 0, "the new run")
    assert session.standing.project.network == window.editor.project.network


def test_a_change_of_the_rate_is_live(application: Application) -> None:
    window, person = opened(application, small())
    session = window.bridge.session
    person.shortcut("batch")
    person.until(lambda: session.status.step == 1, "a batch")
    person.set_recipe("learning_rate", "0.005")
    person.until(lambda: session.standing.project.recipe.learning_rate == 0.005, "the new rate")
    rates: list[float] = []

    def read(state: TrainingState | None) -> None:
        assert state is not None
        rates.extend(group["lr"] for group in state.optimizer.param_groups)

    session.visit(read)
    person.until(lambda: rates, "the optimizer")
    assert rates == [0.005]
    assert window.notice.text() == ""


def left_by_a_crash(project: Project) -> None:
    Autosave(folders().recovery, "crashed").write(project, None)
    (left,) = folders().recovery.glob("*.recovery")
    entry = json.loads(left.read_text(encoding="utf-8"))
    entry["pid"], entry["started"] = 2**22 + 1, 1.0
    left.write_text(json.dumps(entry), encoding="utf-8")


def test_what_a_crash_left_behind_is_offered(application: Application) -> None:
    left_by_a_crash(small())
    window = application.open_first(None)
    application.offer_recovery(window)
    assert "ended unexpectedly" in window.notice.text()
    window.notice.buttons()[0].click()
    recovered = application.windows[-1]
    assert recovered.editor.project == small()
    assert recovered.document.unsaved
    assert recoverable(folders().recovery) == []
    Person(window).until(lambda: all(one.bridge.session.status.ready for one in application.windows), "torch")


def test_what_cannot_be_brought_back_is_said_and_kept(application: Application) -> None:
    left_by_a_crash(unknown_data())
    window = application.open_first(None)
    application.offer_recovery(window)
    window.notice.buttons()[0].click()
    assert "could not be brought back" in window.notice.text() and "“cats”" in window.notice.text()
    assert application.windows == [window]
    assert len(recoverable(folders().recovery)) == 1
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
