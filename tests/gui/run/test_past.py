"""Recorded moments in the window: shown in every place with the bits of that step, and away where they are damaged."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from folders_of_pictures import coloured
from moments_kit import go_to, same_answers, shown, train
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form
from cnnviz.gui.panels.data.state import use
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run import past
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.folder import weights
from cnnviz.runs.writer import delete_moment
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.snapshot import Snapshot


def test_a_moment_shows_what_was_shown_live(window: MainWindow, recording: None) -> None:
    live = {}
    for batches in (1, 4):
        train(window, batches)
        live[shown(window).step] = shown(window)
    for step in (1, 5):
        go_to(window, step)
        assert shown(window) is not live[step] and same_answers(shown(window), live[step])
    window.bench.past.now()


def test_the_top_bar_says_whose_state_it_shows_beside_a_recorded_moment(window: MainWindow, recording: None) -> None:
    window.resize(1600, 900)
    train(window, 3)
    top, person, moments = window.top, Person(window), window.bench.past
    assert "PAUSED" in top.state.text() and "now" not in top.state.text() and "batch 3" in top.progress.text()
    go_to(window, moments.steps[0])
    assert top.state.text().startswith("now: ") and "PAUSED" in top.state.text()
    assert not top.progress.text() and "batch 3" in top.state.toolTip(), "its numbers are not those of the moment"
    window.resize(960, 600)
    parts = (top.recipe, top.play, top.arrangements, *top.arrangements.buttons())
    person.until(lambda: top.state.isHidden() and top.width() == 960, "the narrow bar")
    person.until(lambda: all(part.width() >= part.sizeHint().width() for part in parts), "room for every word")
    top.more.menu().aboutToShow.emit()
    entries = [action.text() for action in top.more.menu().actions()]
    assert top.more.isVisible() and top.dataset.text() in entries
    assert top._past is not None and ("New run from here" in entries) is top._past.new_run.isHidden()
    folder = moments.present
    assert folder is not None
    moments.open(folder, moments.steps)
    window.resize(1600, 900)
    person.until(lambda: top.state.isVisible() and top.state.text().startswith("present run: "), "the wide bar")
    moments.now()
    assert "PAUSED" in top.state.text() and "run:" not in top.state.text() and "batch 3" in top.progress.text()


def test_moments_that_were_shown_lately_are_not_read_again(
    window: MainWindow, recording: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def reading(folder: Path, step: int) -> object:
        read.append(step)
        return weights(folder, step)

    monkeypatch.setattr("cnnviz.runs.folder.weights", reading)
    train(window, 1)
    train(window, 4)
    first = {}
    for step in (0, 1, 5):
        go_to(window, step)
        first[step] = shown(window)
    for step in (1, 0, 5):
        go_to(window, step)
        assert shown(window).moment is first[step].moment and same_answers(shown(window), first[step])
    assert read == [0, 1, 5]
    monkeypatch.setattr(past, "KEPT_BYTES", 0)
    for step in (1, 0, 1):
        go_to(window, step)
    assert read == [0, 1, 5, 0, 1]
    window.bench.past.now()


def test_a_moment_of_the_network_before_a_change_is_shown_again(window: MainWindow, recording: None) -> None:
    train(window, 1)
    go_to(window, 0)
    first = shown(window)
    window.bench.past.now()
    window.editor.apply("Widen", edits.set_parameter(window.editor.project, "conv1", "out_channels", 5))
    window.notices.go_on()
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.step > 1, "the training with the change")
    session.pause()
    person.until(lambda: session.status.step == window.bench.past.steps[-1] and session.status.step > 1, "its moment")
    for step in (window.bench.past.steps[-1], 0):
        go_to(window, step)
    assert shown(window).moment is first.moment
    window.bench.past.now()


def test_every_place_says_past_and_now_leads_back(window: MainWindow, recording: None) -> None:
    # in a narrow window the word gives way to the controls of the curves as soon as there are curves
    window.resize(1600, 1000)
    train(window, 4)
    places, top = window.places, window.top
    each = (places.left, places.middle, places.right, places.bottom)
    assert not any(place.property("past") or not place.past.isHidden() for place in each)
    go_to(window, 0)
    assert all(place.property("past") and place.past.text() == "PAST · step 0" for place in each)
    assert window.curves.head.past.text() == "PAST · step 0" and window.curves.head.past.isVisible()
    bar = next(child for child in top.children() if type(child).__name__ == "PastBar")
    assert bar.isVisible()  # type: ignore[attr-defined]
    QTest.mouseClick(bar.now, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    Person(window).until(lambda: shown(window).step == 4, "the present")
    assert not any(place.property("past") or place.past.text() for place in each) and not bar.isVisible()  # type: ignore[attr-defined]


def test_the_legends_say_that_the_colours_of_the_past_are_those_of_the_run(window: MainWindow, recording: None) -> None:
    window.resize(1600, 1000)
    person, maps, kernels = Person(window), window.panel(MapsPanel), window.panel(KernelsPanel)
    train(window, 3)

    def legends(name: str) -> tuple[str, str]:
        window.show_panel(name)
        state = (lambda: maps._state) if name == "maps" else (lambda: kernels._state)
        person.until(lambda: (now := state()) is not None and now.step == shown(window).step, name)
        text = maps.scale_text() if name == "maps" else kernels.choices.scale_text()
        return text.split(".")[0], window.scale.text().split(" · ")[2]

    present = "Colours span 99", "colours span 99.7 % of the values of each layer"
    past = "Colours as in the whole run", "colours as in the whole run"
    assert legends("maps") == legends("kernels") == present
    go_to(window, 0)
    assert legends("kernels") == legends("maps") == past
    window.scale.menu.actions()[1].trigger()
    assert "all values" in maps.scale_text() and "all values" in window.scale.text()
    window.scale.menu.actions()[0].trigger()
    window.bench.past.now()
    person.until(lambda: shown(window).step == 3, "the present")
    assert legends("maps") == legends("kernels") == present


def test_other_images_lead_to_the_present_and_leave_no_trace(
    window: MainWindow, recording: None, tmp_path: Path
) -> None:
    train(window, 2)
    go_to(window, 0)
    past, traces, editor = window.bench.past, window.bench.traces, window.editor
    editor.apply("", replace(editor.project, dataset=replace(editor.project.dataset, validation=100)))
    traces.point("maps", (0, 0, 4, 4))
    assert past.step == 0 and traces.region == (0, 0, 4, 4)
    choice = describe_path(coloured(tmp_path / "pets"), lambda _: Form(3, 32, 32)).choice
    editor.apply("", use(editor.project, choice).fitted)
    assert past.step is None and traces.region is None

    def shape() -> tuple[int, ...]:
        sample = window.sample.sample()
        return () if sample is None else sample.image.shape

    Person(window).until(lambda: shape() == (3, 32, 32), "a sample of the new images")


def test_training_goes_on_beside_the_past(window: MainWindow, recording: None) -> None:
    train(window, 2)
    go_to(window, 1)
    session = window.bridge.session
    session.batches(5)
    person = Person(window)
    person.until(lambda: session.status.step == 7 and session.status.state is State.PAUSED, "training")
    person.until(lambda: 7 in window.bench.past.steps, "its moments")
    assert shown(window).step == 1 and window.bench.past.step == 1
    weights = session.weights.latest
    assert weights is not None and not all(
        torch.equal(weights.tensors[name], tensor)
        for name, tensor in shown(window).moment.tensors.items()  # type: ignore[union-attr]
    )
    session.reset(window.editor.project)
    person.until(lambda: window.bench.past.step is None and shown(window).step == 0, "the new run, in the present")


def test_a_damaged_moment_is_said_and_the_present_stays(window: MainWindow, recording: None) -> None:
    train(window, 2)
    recorder = window.bridge.recorder
    assert recorder is not None
    path = recorder.folders[1] / "moments" / "000000000001.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    window.bench.past.go_to(1)
    Person(window).until(lambda: window.notice.says("past"), "the sentence")
    assert "damaged. Choose another moment." in window.notice.text()
    assert window.bench.past.step is None and shown(window).step == 2


@pytest.mark.usefixtures("window")
def test_nothing_is_recorded_where_that_is_turned_off(window: MainWindow) -> None:
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    assert window.bridge.recorder is None and window.curves.timeline.isHidden()


def test_a_moment_that_was_thinned_out_meanwhile_gives_way_to_the_nearest(window: MainWindow, recording: None) -> None:
    train(window, 8)
    past, recorder = window.bench.past, window.bridge.recorder
    assert recorder is not None and {2, 4} <= set(past.steps)
    failed: list[str] = []
    past.failed.connect(failed.append)
    past.go_to(8)
    # the recorder thins the moments between the wish and its reading
    delete_moment(recorder.folders[1], 4)
    go_to_gone, nearest = 4, min((step for step in past.steps if step != 4), key=lambda step: abs(step - 4))
    past.go_to(go_to_gone)
    Person(window).until(lambda: shown(window).step == nearest and past.step == nearest, "the nearest moment")
    assert not failed


def test_a_run_with_a_damaged_moment_stays_open_at_another_one(window: MainWindow, recording: None) -> None:
    train(window, 4)
    recorder, past, person = window.bridge.recorder, window.bench.past, Person(window)
    assert recorder is not None
    folder = recorder.folders[1]
    for path in (folder / "moments" / "000000000004").iterdir():
        path.write_bytes(b"")
    past.open(folder, past.steps)
    person.until(lambda: window.notice.says("past"), "the sentence")
    before = past.steps[-2]
    person.until(lambda: past.step == before and shown(window).step == before, "the moment before")
    assert past.folder == folder


def test_all_moments_of_an_opened_run_have_the_same_scales(
    application: Application, window: MainWindow, recording: None
) -> None:
    train(window, 6)
    recorder = window.bridge.recorder
    assert recorder is not None
    # with another network in the window
    other = application.open_window(TEMPLATES["lenet-5"].project())
    person, past = Person(other), other.bench.past
    person.until(lambda: other.bridge.shown is not None, "the first snapshot")
    past.open(recorder.folders[1], window.bench.past.steps)
    # the run is read when its past is looked at first
    person.until(lambda: shown(other).run in other.bench.run_scales.read_runs, "the scales of the run")
    seen: list[Snapshot] = []
    for step in past.steps:
        past.go_to(step)
        person.until(lambda step=step: shown(other).step == step and shown(other).run < 0, "the moment")  # type: ignore[misc]
        seen.append(shown(other))
    assert len(seen) > 2 and limits(seen[0]) and all(limits(each) == limits(seen[0]) for each in seen)
    assert len({id(each.network) for each in seen}) == 1


def limits(snapshot: Snapshot) -> dict[str, tuple[float, float]]:
    """The robust and the full scale of the maps of each node."""
    return {node: (maps.limit, maps.full) for node, maps in snapshot.by_node(MapsOf).items()}


def test_a_run_that_is_deleted_elsewhere_while_it_is_looked_at_leads_back_to_the_present(
    window: MainWindow, recording: None
) -> None:
    train(window, 4)
    recorder, past, person = window.bridge.recorder, window.bench.past, Person(window)
    assert recorder is not None
    other = recorder.folders[1].with_name("another")
    shutil.copytree(recorder.folders[1], other)
    past.open(other, past.steps)
    person.until(lambda: shown(window).moment is not None and shown(window).moment.recorded, "the other run")  # type: ignore[union-attr]
    shutil.rmtree(other)
    # what is on screen stays until another moment is wanted
    assert past.folder == other and past.step == 4
    past.go_to(1)
    person.until(lambda: window.notice.says("past"), "the sentence")
    assert "could not be read" in window.notice.text() and "another" in window.notice.text()
    person.until(lambda: past.folder is None and not shown(window).moment.recorded, "the present")  # type: ignore[union-attr]
    assert past.steps == recorder.moments(1)


def drawn_maps(window: MainWindow, node: str) -> Maps | None:
    """The maps of a node that are on screen; None if there are none."""
    for question, answer in shown(window).answers.items():
        if isinstance(question, MapsOf) and question.node == node:
            assert isinstance(answer, Maps)
            return answer
    return None


@pytest.mark.parametrize("saved", [False, True])
def test_renamed_layers_have_their_maps_and_kernels_in_the_past(
    window: MainWindow, recording: None, saved: bool
) -> None:
    train(window, 2)
    go_to(window, 1)
    before, person = drawn_maps(window, "conv1"), Person(window)
    assert before is not None
    project = edits.rename(window.editor.project, "conv1", "first")
    if saved:
        # in a file the original names are not kept
        nodes = {name: replace(node, origin="") for name, node in project.network.nodes.items()}
        project = replace(project, network=replace(project.network, nodes=nodes))
    window.editor.apply("Rename", project)
    person.until(lambda: drawn_maps(window, "first") is not None, "the maps under the new name")
    again = drawn_maps(window, "first")
    assert shown(window).recorded and shown(window).step == 1
    assert again is not None and torch.equal(torch.tensor(again.values), torch.tensor(before.values))
    window.selection.select(["first"])
    window.show_panel("kernels")
    kernels = window.panel(KernelsPanel)
    person.until(lambda: kernels.shown_weights() is not None, "the kernels")
    folder = window.bench.past.run_folder
    assert folder is not None
    found = kernels.shown_weights()
    assert found is not None and torch.equal(torch.tensor(found), weights(folder, 1)[1]["conv1.weight"])
    window.open_film()
    strip = kernels.film.strip
    assert strip is not None
    person.until(lambda: strip.film is not None, "the film strip")
    assert strip.film is not None and strip.film.steps == (0, 1, 2)
    go_to(window, 0)
    assert drawn_maps(window, "first") is not None
    window.editor.undo()
    person.until(lambda: drawn_maps(window, "conv1") is not None, "the maps under the name before")
    assert drawn_maps(window, "first") is None
