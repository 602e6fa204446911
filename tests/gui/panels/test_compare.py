"""The Compare tab in its window: two moments of a run, two runs, two samples."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.panels.compare.panel import ANSWERS, KERNELS, MAPS, MISTAKES, SAMPLES, ComparePanel
from cnnviz.gui.panels.compare.predicted import GROUPS
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.sides import Side
from cnnviz.inspection.answers.distances import DistancesTo
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.folder import weights
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.training.channels import State
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def train(window: MainWindow, batches: int) -> Path:
    """Train so many batches; returns the folder of the run once the last moment is recorded."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(batches)
    person.until(lambda: session.status.step == batches and session.status.state is State.PAUSED, "training")
    person.until(lambda: batches in window.bench.past.steps, "the recorded moment")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.settled, "the last snapshot")
    assert window.bridge.recorder is not None
    return window.bridge.recorder.folders[session.status.run]


def opened(window: MainWindow) -> ComparePanel:
    """The tab, with both sides loaded."""
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    Person(window).until(lambda: all(side.loaded for side in panel.sides), "both sides")
    return panel


def turn_to(panel: ComparePanel, identifier: str) -> None:
    """Choose a page by its button, or in the list that takes its place in a narrow window."""
    if panel.page.isHidden():
        QTest.mouseClick(panel.buttons[identifier], LEFT)
    else:
        panel.page.setCurrentIndex(panel.page.findData(identifier))
        panel.page.activated.emit(panel.page.currentIndex())


def table(panel: ComparePanel) -> dict[str, tuple[str, str]]:
    return {title: (a, b) for title, a, b in panel.results.texts()}


def test_start_and_present_of_a_run_are_compared_at_once(window: MainWindow, recording: None) -> None:
    folder = train(window, 3)
    panel, person = opened(window), Person(window)
    assert panel.results.differences.text() == "Both sides have the same project."
    assert table(panel)["step"] == ("0", "3") and table(panel)["training loss"][0] == ""
    shown = window.bench.editor.report.parameters
    assert table(panel)["parameters"] == (f"{shown / 1000:.1f} k",) * 2
    turn_to(panel, KERNELS)
    person.until(lambda: not panel.kernels.text(), "the kernels")
    node = panel.kernels.layer.currentText()
    grids = panel.kernels.grids
    for grid, step in zip(grids, (0, 3), strict=True):
        expected = weights(folder, step)[1][f"{node}.weight"].numpy()
        assert grid.tiles is not None
        drawn = grid.tiles.read(np.arange(grid.tiles.tiling.count))
        assert np.array_equal(drawn, expected.reshape(drawn.shape))
    assert grids[0].tiles is not None and grids[1].tiles is not None
    assert grids[0].tiles.limit == grids[1].tiles.limit
    panel.kernels.way.setCurrentIndex(1)
    panel.kernels.changed.emit()
    change = weights(folder, 3)[1][f"{node}.weight"] - weights(folder, 0)[1][f"{node}.weight"]
    drawn = grids[0].tiles.read(np.arange(grids[0].tiles.tiling.count))
    assert np.array_equal(drawn, change.numpy().reshape(drawn.shape)) and grids[1].isHidden()
    assert all(letter.isHidden() for letter in panel.kernels.letters)


def test_a_rate_that_was_changed_after_the_last_step_tells_no_run_apart(window: MainWindow, recording: None) -> None:
    train(window, 3)
    editor, session, person = window.editor, window.bridge.session, Person(window)
    rate = editor.project.recipe.learning_rate
    editor.apply("Rate", replace(editor.project, recipe=replace(editor.project.recipe, learning_rate=0.5)))
    person.until(lambda: session.standing.project.recipe.learning_rate == 0.5, "the rate")
    panel, runs = opened(window), window.panel(RunsPanel)
    assert panel.results.differences.text() == "Both sides have the same project."
    window.show_panel("runs")
    runs.reload()
    person.until(lambda: len(runs.model.runs) == 1, "the run")
    assert runs.model.runs[0].learning_rates == (rate,)


def test_maps_and_answers_are_those_of_each_side(window: MainWindow, recording: None) -> None:
    train(window, 3)
    panel, person = opened(window), Person(window)
    turn_to(panel, MAPS)
    person.until(lambda: not panel.maps.text(), "the maps")
    turn_to(panel, ANSWERS)
    person.until(lambda: all(part.bars.answer() for part in panel.answers.parts), "the answers")
    present = window.bridge.shown
    assert present is not None
    known = present.answer(NetworkOutput())
    assert known is not None
    answer = panel.answers.parts[1].bars.answer()
    assert answer is not None and [share for share, _ in answer] == pytest.approx(known.probabilities.tolist())
    assert re.search(r"\npredicts \d \(\d+\.\d %\)$", panel.answers.parts[1].says.text())
    assert answer != panel.answers.parts[0].bars.answer()
    letters = panel.maps.letters
    for letter, grid in zip(letters, panel.maps.grids, strict=True):
        assert letter.text() in "AB" and letter.geometry().right() < grid.geometry().left()
    assert panel.maps.grids[0].geometry().right() < letters[1].geometry().left()
    # the maps of the other layer follow the selection on the canvas
    turn_to(panel, MAPS)
    window.selection.select(["relu2"])
    assert panel.maps.layer.currentText() == "relu2"

    def answered() -> bool:
        snapshot = panel.sides[0].snapshot
        return snapshot is not None and MapsOf("relu2") in snapshot.answers

    person.until(answered, "the maps of that layer")


def test_images_that_one_side_gets_wrong_are_counted_and_become_the_sample(
    application: Application, recording: None
) -> None:
    window = application.open_window(replace(TEMPLATES["fast"].project(), dataset=DatasetChoice("mnist", 300)))
    folder = train(window, 8)
    panel, person = opened(window), Person(window)
    turn_to(panel, MISTAKES)
    person.until(lambda: not panel.mistakes.text(), "the predictions")
    images = window.bridge.images
    assert images is not None
    split = images.validation
    # the same by hand, with the weights from the disk
    right = []
    for step in (0, 8):
        project, tensors = weights(folder, step)
        module = build_with(project.network, infer(project.network), tensors)
        with torch.inference_mode():
            x = torch.from_numpy(np.array(split.images)).float() / 255
            right.append(module(x)[0].argmax(1).numpy() == split.labels)
    counts = [int((~right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum()), int((~right[0] & ~right[1]).sum())]
    words = ("only A is wrong", "only B is wrong", "both are wrong")
    texts = [button.text() for button in panel.mistakes.buttons.values()]
    assert " at step 0, B " in panel.mistakes._facts.text() and panel.mistakes._facts.text().endswith(" at step 8")
    assert texts == [f"{said}: {count:,}" for said, count in zip(words, counts, strict=True)]
    # both answers stand beside an image that one side gets wrong
    model = panel.mistakes.gallery.images
    for wrong_side, right_side in ((0, 1), (1, 0)):
        panel.mistakes.show_group(GROUPS[wrong_side])
        for row, index in enumerate(model.rows[:5].tolist()):
            label, caption = split.labels[index], model.caption(row)
            assert caption.above == f"label {label}"
            assert [each.right for each in caption.answers] == [right_side == 0, right_side == 1]
            answer = caption.answers[right_side]
            assert answer.predicted == f"{'AB'[right_side]} {label}" and re.fullmatch(r"\(\d+ %\)", answer.addition)
    QTest.mouseClick(panel.mistakes.buttons["both"], LEFT)
    assert panel.mistakes.gallery.images.rowCount() == counts[2] > 0
    shown = panel.mistakes.gallery.images.rows
    assert not right[0][shown].any() and not right[1][shown].any()
    spot = panel.mistakes.gallery.visualRect(panel.mistakes.gallery.images.index(0)).center()
    QTest.mouseClick(panel.mistakes.gallery.viewport(), LEFT, pos=spot)
    sample = window.sample.sample()
    assert sample is not None and sample.index == shown[0]


def test_a_sample_that_is_kept_stays_on_its_side(window: MainWindow, recording: None) -> None:
    train(window, 2)
    panel, person = opened(window), Person(window)
    panel.show_page(ANSWERS)
    first = window.sample.sample()
    QTest.mouseClick(panel.rows[0].keep, LEFT)
    window.sample.choose(5)
    person.until(
        lambda: (
            all(side.snapshot is not None for side in panel.sides)
            and panel.sides[1].snapshot is not None
            and panel.sides[1].snapshot.sample.index == 5
        ),
        "the other sample",
    )
    assert panel.sides[0].snapshot is not None and panel.sides[0].snapshot.sample is first
    assert panel.rows[0].keep.text().startswith("A keeps ")


def test_two_runs_of_the_table_are_compared_with_what_differs(
    application: Application, window: MainWindow, recording: None
) -> None:
    train(window, 2)
    other = application.open_window(
        replace(window.editor.project, recipe=replace(window.editor.project.recipe, learning_rate=0.5))
    )
    train(other, 1)
    person, runs = Person(other), other.panel(RunsPanel)
    other.show_panel("runs")
    runs.reload()
    person.until(lambda: len([run for run in runs.model.runs if run.numbers.steps]) == 2, "both runs")
    runs.table.selectAll()
    runs.actions_by_id["compare"].trigger()
    panel = opened(other)
    assert panel.isVisible()
    person.until(lambda: "From A to B:" in panel.results.differences.text(), "the differences")
    unequal, _, *lines = panel.results.differences.text().splitlines()
    assert unequal.startswith("A was trained for ")
    rates = [f"{each.project.recipe.learning_rate:g}" for side in panel.sides if (each := side.loaded)]
    assert lines == [f"Recipe: learning rate {rates[0]} → {rates[1]}."] and set(rates) == {"0.5", "0.01"}
    before = table(panel)["step"]
    QTest.mouseClick(panel.exchange, LEFT)
    person.until(lambda: table(panel)["step"] == before[::-1], "the exchanged sides")
    QTest.mouseClick(panel.results.curves, LEFT)
    # behind those of the present run, which is one of both
    person.until(lambda: len(other.bench.overlays.all) == 1, "the curves of the other run")


def test_two_samples_are_compared_layer_by_layer_while_drawing_and_training(window: MainWindow, tmp_path: Path) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(3)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 3, "training")
    first = window.sample.sample()
    assert first is not None
    person.shortcut("compare_sample")
    panel = window.panel(ComparePanel)
    page = panel.samples
    person.until(lambda: page.isVisible() and not page.text(), "the page")
    assert set(page.curve.values().values()) == {0.0} and "pick or draw another one" in page.says.text()
    window.sample.choose(5)
    person.until(lambda: max(page.curve.values().values()) > 0, "the distance")
    shown = window.bridge.shown
    assert shown is not None and shown.sample.index == 5

    # a click on a layer shows its maps, and both and their difference are on one scale
    QTest.mouseClick(page.curve, LEFT, pos=page.curve.place("conv2").toPoint())
    assert window.selection.current == "conv2"

    def shows(node: str) -> bool:
        return page._question is not None and page._question.node == node

    person.until(lambda: shows("conv2"), "the maps of conv2")
    known = window.bridge.shown
    assert known is not None
    found = known.answer(DistancesTo(first, "conv2"))
    assert found is not None and found.maps is not None
    assert page.curve.values() == dict(zip(found.nodes, found.lengths.tolist(), strict=True))
    tiles = [grid.tiles for grid in page.grids]
    for drawn, values in zip(tiles, (*found.maps, found.maps[1] - found.maps[0]), strict=True):
        assert drawn is not None and drawn.limit == found.limit
        assert np.array_equal(drawn.read(np.arange(len(values))), values)
    page.measure.setCurrentIndex(1)
    page.measure.activated.emit(1)
    assert list(page.curve.values().values()) == pytest.approx(found.cosines.tolist())
    page.menu.save(tmp_path / "two.csv")
    lines = (tmp_path / "two.csv").read_text().splitlines()
    assert lines[0] == "layer,difference,one_minus_cosine" and len(lines) == 1 + len(found.nodes)
    name, length, cosine = lines[2].split(",")
    assert name == found.nodes[1] and float(length) == pytest.approx(float(found.lengths[1]))
    assert float(cosine) == pytest.approx(float(found.cosines[1]))

    # the drawing is compared while the pen moves, and training changes the distances
    window.sample.show_page("draw")
    person.until(lambda: page.text() == "Nothing is drawn yet.", "the empty sheet")
    surface = window.sample.drawing.surface
    QTest.mousePress(surface, LEFT, pos=surface.place((70, 60)).toPoint())
    QTest.mouseMove(surface, surface.place((205, 60)).toPoint())
    person.until(lambda: not page.text(), "the stroke")
    assert "drawn" in page.captions[1].text() and page.captions[0].text().startswith("A: ")
    before = page.curve.values()
    QTest.mouseRelease(surface, LEFT, pos=surface.place((205, 60)).toPoint())
    session.batches(2)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 5, "more training")
    person.until(lambda: page.curve.values() != before, "the distances after it")


def test_in_a_narrow_window_a_list_leads_to_the_pages(window: MainWindow) -> None:
    window.resize(1280, 720)
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    panel.fit_controls(200)
    assert panel.page.isVisibleTo(panel.controls()) and not panel.buttons[MAPS].isVisibleTo(panel.controls())
    panel.page.setCurrentIndex(panel.page.findData(SAMPLES))
    panel.page.activated.emit(panel.page.currentIndex())
    assert panel.samples.isVisible() and "Keep as A" in panel.samples.text()
    panel.fit_controls(2000)
    assert panel.buttons[SAMPLES].isChecked() and not panel.page.isVisibleTo(panel.controls())


def test_a_run_that_is_gone_says_so_and_a_side_without_moments_too(window: MainWindow) -> None:
    # nothing is recorded
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "the first snapshot")
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    assert panel.sides[0].failure == "The present run has no recorded moments yet: train it, or choose another run."
    panel.show_page(KERNELS)
    assert panel.kernels.text() == "The present run has no recorded moments yet: train it, or choose another run."
    window.bench.sides.choose(0, Side(runs_folder() / "20200101-000000-00000000"))
    person.until(lambda: "is no recorded run" in panel.sides[0].failure, "the sentence")
    assert not Library(runs_folder()).runs()


def test_a_run_that_began_at_a_moment_of_the_other_side_says_so(window: MainWindow, recording: None) -> None:
    person, session, past = Person(window), window.bridge.session, window.bench.past
    train(window, 2)
    session.batches(2)
    person.until(lambda: session.status.step == 4 and 4 in past.steps, "the last moment")
    assert window.bridge.recorder is not None
    first = window.bridge.recorder.folders[session.status.run]
    past.go_to(2)
    window.bench.going_on.new_run()
    person.until(lambda: session.status.step == 2 and past.step is None, "the new run")
    panel = opened(window)
    panel.rows[0].chosen.emit(Side(first))
    said = panel.results.differences

    def differs() -> str:
        return said.text().split("\n")[0]

    person.until(lambda: differs() == "B began at step 2 of A.", "what is said before it is trained")
    session.batches(1)
    person.until(lambda: session.status.step == 3 and 3 in past.steps, "its own first moment")
    second = window.bridge.recorder.folders[session.status.run]
    person.until(lambda: differs() == "B began at step 2 of A.", "what is said of the run in the library")
    panel.rows[0].chosen.emit(Side())
    panel.rows[1].chosen.emit(Side(first))
    person.until(lambda: differs() == "A began at step 2 of B.", "the same the other way round")
    unequal = "A was trained for 3 steps, B for 4: a better figure may come from that alone."
    assert said.text().split("\n")[1] == unequal
    panel.rows[1].chosen.emit(Side(second))
    person.until(lambda: differs().startswith("Both sides began at step 2 of “"), "what is said of one run")
    assert "trained for" not in said.text()


def test_the_list_leaves_out_the_run_that_is_trained(window: MainWindow, recording: None) -> None:
    train(window, 2)
    panel, person = opened(window), Person(window)
    person.until(lambda: bool(panel._runs), "the list")
    assert [panel.rows[0].run.itemText(place) for place in range(panel.rows[0].run.count())] == ["present run"]
    person.shortcut("new_weights")
    window.bridge.session.batches(1)
    person.until(lambda: panel.rows[0].run.count() == 2, "the run before")
