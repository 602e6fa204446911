"""Curves of recorded runs behind those of the present run, with chips that hide and remove them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from moments_kit import train
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.curves.timeline_state import HEIGHT
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.moments import KnownMoment, KnownMoments
from cnnviz.gui.run.overlays import MOST_RUNS
from cnnviz.gui.run.pale_lines import COLOURS
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.entries import of_event
from cnnviz.runs.folder import NUMBERS
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Facts, RunSummary, summarize
from cnnviz.runs.writer import RunWriter
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import SettingChanged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def write_run(home: Path, steps: int, rate: float, name: str = "") -> tuple[Path, RunSummary]:
    """A recorded run whose loss falls from 1 towards ``rate``, evaluated at its end."""
    project = TEMPLATES["fast"].project()
    project = replace(project, recipe=replace(project.recipe, learning_rate=rate))
    folder = home / f"run-{steps}-{rate:g}"
    writer = RunWriter(folder, project, Facts("fast", 1.0, 7, batch_size=64), 10**9)
    losses = np.linspace(1, rate, steps).astype(np.float32)
    writer.add([BatchMetrics(1, 1, losses, 1 - losses, 10.0)], [])
    writer.add([Evaluation(1, "validation", 1, steps, rate, 0.98, 10.0)], [])
    writer.flush()
    writer.close()
    if name:
        Library(home).label(folder.name, name, "")
    return folder, summarize(folder)


def test_a_chip_says_the_rate_at_the_beginning_and_at_the_end(panel: CurvesPanel, qtbot: QtBot, tmp_path: Path) -> None:
    folder, _ = write_run(tmp_path, 40, 0.01)
    with (folder / NUMBERS).open("ab") as file:
        file.write(of_event(SettingChanged(1, 20, "learning_rate", 0.001, 0.01)))
    panel.overlays.add([(folder, summarize(folder))])
    qtbot.waitUntil(lambda: len(panel.overlays.all) == 1)
    assert panel.overlays.all[0].about == "rate 0.01 → 0.001 · 98.0 %"


def test_the_numbers_of_runs_that_end_at_one_place_do_not_cover_each_other(
    panel: CurvesPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    found = [write_run(tmp_path, steps, rate) for steps, rate in ((40, 0.01), (40, 0.011), (40, 0.012), (20, 0.01))]
    panel.overlays.add(found)
    qtbot.waitUntil(lambda: len(panel.overlays.all) == 4)
    qtbot.waitUntil(lambda: len(panel.plot.ends.boxes()) == 8)
    boxes = panel.plot.ends.boxes()
    assert sorted(text for text, _ in boxes) == sorted("11223344")
    assert not any(one.intersects(other) for (_, one), (_, other) in combinations(boxes, 2))


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[CurvesPanel]:
    shown = CurvesPanel(DARK)
    qtbot.addWidget(shown)
    shown.resize(800, 260)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    assert shown.overlays.close()


def test_runs_are_drawn_behind_the_present_one_on_its_axes(panel: CurvesPanel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.add_metrics([BatchMetrics(1, 1, np.full(50, 0.5, np.float32), np.full(50, 0.5, np.float32), 1.0)])
    panel.redraw()
    runs = [write_run(tmp_path, 400, 0.02), write_run(tmp_path, 100, 0.01, "with dropout")]
    panel.overlays.add(runs)
    qtbot.waitUntil(lambda: len(panel.overlays.all) == 2)
    lines = panel._drawing.pale.points(1)
    # the mean of the last 50 of 400 losses that fall evenly from 1 to 0.02, after the last step
    assert lines["loss"][0][-1] == 400
    expected = np.linspace(1, 0.02, 400)[-50:].mean()
    assert panel.value_at(float(lines["loss"][1][-1])) == pytest.approx(expected, rel=1e-4)
    assert (lines["validation"][0][-1], lines["validation"][1][-1]) == (400, pytest.approx(0.98))
    # the longest run decides on the axis
    assert panel.plot.visible()[1] >= 400
    assert [panel.chips.chip(number)[0].accessibleName() for number in (1, 2)] == [
        f"1 · {runs[0][1].title} · rate 0.02 · 98.0 %",
        "2 · with dropout · rate 0.01 · 98.0 %",
    ]


def test_a_click_on_a_chip_hides_its_run_and_the_cross_removes_it(
    panel: CurvesPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    runs = [write_run(tmp_path, 40, 0.02), write_run(tmp_path, 30, 0.01)]
    panel.overlays.add(runs)
    qtbot.waitUntil(lambda: len(panel.overlays.all) == 2)
    # also without a run of its own the panel shows them
    assert panel.plot.isVisible() and panel.chips.isVisible()
    turn, remove = panel.chips.chip(1)
    QTest.mouseClick(turn, LEFT)
    assert panel._drawing.pale.points(1) == {} and panel._drawing.pale.points(2) and not turn.isChecked()
    panel.overlays.add(runs[:1])
    assert panel._drawing.pale.points(1) and turn.isChecked()
    QTest.mouseClick(remove, LEFT)
    assert [each.number for each in panel.overlays.all] == [2]
    # a free number is used again
    panel.overlays.add(runs[:1])
    qtbot.waitUntil(lambda: [each.number for each in panel.overlays.all] == [1, 2])
    for number in (1, 2):
        panel.overlays.remove(number)
    assert not panel.chips.isVisible() and "press Train" in panel.empty.text() and not panel.plot.isVisible()


def test_chips_share_the_width_and_keep_their_crosses(panel: CurvesPanel, qtbot: QtBot, tmp_path: Path) -> None:
    runs = [write_run(tmp_path, 40 + at, 0.01, f"a network with a long name {at}") for at in range(2)]
    runs.append(write_run(tmp_path, 50, 0.01, "short"))
    panel.overlays.add(runs)
    qtbot.waitUntil(lambda: len(panel.overlays.all) == 3)
    chips = panel.chips

    def inside() -> bool:
        crosses = [chips.chip(number)[1] for number in (1, 2, 3)]
        ends = [each.mapTo(chips.viewport(), each.rect().topRight()).x() for each in crosses]
        return sorted({*ends}) == ends and ends[0] > 0 and ends[-1] < chips.viewport().width()

    for width in (2000, 1100, 900):
        panel.resize(width, 260)
        qtbot.waitUntil(inside)
        assert all(chips.chip(number)[0].text().startswith(f"{number} ") for number in (1, 2, 3))
    turns = [chips.chip(number)[0] for number in (1, 2, 3)]
    assert ["…" in turn.text() for turn in turns[:2]] == [True, True]
    assert "a network with a long name 0" in turns[0].toolTip()
    panel.resize(2000, 260)
    qtbot.waitUntil(lambda: not any("…" in turn.text() for turn in turns))


def test_overlaid_runs_have_other_hues_than_the_run_on_screen() -> None:
    assert len(set(COLOURS)) == MOST_RUNS
    for drawn in (each for theme in (DARK, LIGHT) for each in (theme.accent, theme.good)):
        for colour in map(QColor, COLOURS):
            apart = abs(colour.hsvHue() - QColor(drawn).hsvHue())
            assert min(apart, 360 - apart) >= 45 or colour.hsvSaturationF() < 0.2


def test_runs_on_other_images_are_overlaid_no_longer_when_the_dataset_changes(
    panel: CurvesPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.overlays.add([write_run(tmp_path, 40, 0.01)])
    qtbot.waitUntil(lambda: len(panel.overlays.all) == 1)
    project = TEMPLATES["fast"].project()
    split = replace(project, dataset=replace(project.dataset, validation=100))
    panel.overlays.follow_edit(project, split)
    assert len(panel.overlays.all) == 1
    panel.overlays.follow_edit(split, replace(split, dataset=replace(split.dataset, name="fashion_mnist")))
    assert not panel.overlays.all and not panel.chips.isVisible()


def test_no_more_runs_are_overlaid_than_can_be_told_apart(panel: CurvesPanel, qtbot: QtBot, tmp_path: Path) -> None:
    runs = [write_run(tmp_path, 20 + number, 0.01) for number in range(MOST_RUNS + 1)]
    failed: list[str] = []
    panel.overlays.failed.connect(failed.append)
    panel.overlays.add(runs)
    qtbot.waitUntil(lambda: len(panel.overlays.all) == MOST_RUNS)
    assert failed == ["At most 10 runs are overlaid. Remove some of them first."]
    panel.set_theme(LIGHT)


def test_runs_are_overlaid_from_the_table(
    application: Application, window: MainWindow, recording: None, qtbot: QtBot
) -> None:
    person = Person(window)
    write_run(runs_folder(), 60, Recipe().learning_rate)
    window.show_panel("runs")
    runs = window.panel(RunsPanel)
    person.until(lambda: runs.model.runs, "the list")
    runs.choose(runs.model.runs[0].id)
    runs.actions_by_id["overlay"].trigger()
    person.until(lambda: window.bench.overlays.all, "the curves")
    assert window.curves.isVisible() and "· rate 0.001 ·" in window.curves.chips.chip(1)[0].accessibleName()
    # an edit of the network keeps it, another dataset removes it
    project = window.editor.project
    window.editor.apply("Rate", replace(project, recipe=replace(project.recipe, learning_rate=0.5)))
    assert window.bench.overlays.all
    window.editor.apply("Data", replace(window.editor.project, dataset=DatasetChoice("imagenet", 0)))
    assert not window.bench.overlays.all


def test_the_plot_keeps_its_height_with_an_overlay_and_says_how_runs_are_drawn(
    panel: CurvesPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.add_metrics([BatchMetrics(1, 1, np.full(50, 0.5, np.float32), np.full(50, 0.5, np.float32), 1.0)])
    panel.set_moments(KnownMoments((KnownMoment(10, name="first lines"), KnownMoment(50))))
    panel.redraw()
    assert "overlaid" not in panel.legend_text() and "present run" not in panel.legend_text()
    panel.overlays.add([write_run(tmp_path, 400, 0.02)])
    qtbot.waitUntil(lambda: len(panel.overlays.all) == 1)
    assert "present run: " in panel.legend_text() and "overlaid: ━ accuracy ┅ loss" in panel.legend_text()
    # where room is short, legend, values and chips share a line
    panel.resize(1100, 163)
    qtbot.waitUntil(lambda: 85 <= panel.plot.pixels_down() <= 110)
    legend, chips, row = panel._legend, panel.chips, panel.row

    def side_by_side(*parts: QWidget) -> bool:
        places = [part.geometry() for part in parts]
        lowest_top, highest_bottom = max(each.top() for each in places), min(each.bottom() for each in places)
        beside = all(left.right() < right.x() for left, right in pairwise(places))
        return all(part.isVisible() for part in parts) and beside and lowest_top < highest_bottom

    qtbot.waitUntil(lambda: side_by_side(legend, row, chips))
    # the values of a step stand in their place, and the curves keep their height
    height = panel.plot.height()
    panel.plot.pointed.emit(20.0)
    assert row.isVisible() and not chips.isVisible() and panel.reading_text().startswith("step 20")
    panel.plot.pointed.emit(float("nan"))
    assert chips.isVisible() and legend.isVisible() and row.isVisible() and panel.plot.height() == height
    # in a narrow panel there is no legend
    panel.resize(600, 163)
    qtbot.waitUntil(lambda: side_by_side(row, chips) and not legend.isVisible() and chips.width() >= 200)
    assert row.width() > chips.width() and panel.rect().contains(chips.geometry())
    # with more room there are the values too, before the names of moments
    panel.resize(1000, 178)
    qtbot.waitUntil(lambda: panel.row.isVisible() and chips.isVisible() and panel.plot.pixels_down() >= 80)
    assert panel.reading_text() and panel.timeline.height() == HEIGHT
    # and at last all of it
    panel.resize(1000, 260)
    qtbot.waitUntil(lambda: panel.row.isVisible() and chips.isVisible())
    assert panel.timeline.sizeHint().height() > HEIGHT


def test_values_are_read_beside_the_chips_in_the_smallest_window(
    window: MainWindow, recording: None, tmp_path: Path
) -> None:
    window.resize(960, 600)
    train(window, 4)
    window.bench.overlays.add([write_run(tmp_path, 400, 0.02)])
    person, curves = Person(window), window.curves
    for arrangement in ("train_view", "look"):
        window.arrange(arrangement)
        window.show_panel("curves")
        person.until(lambda: curves.row.isVisible() and curves.chips.isVisible(), "values and chips")
        person.until(lambda: curves.row.geometry().right() < curves.chips.x(), "both in a line")
        assert curves.reading_text().startswith("now, step 4: ")
        for part in (curves.row, curves.chips, curves.plot):
            assert curves.rect().contains(QRect(part.mapTo(curves, QPoint(0, 0)), part.size()))
        assert curves.row.width() >= 300 and curves.plot.pixels_down() >= 30


def test_overlaid_curves_leave_the_others_their_height(
    window: MainWindow, recording: None, qtbot: QtBot, tmp_path: Path
) -> None:
    window.resize(1600, 1000)
    train(window, 4)
    window.bench.overlays.add([write_run(tmp_path, 400, 0.02)])
    person = Person(window)
    person.until(lambda: window.bench.overlays.all, "the overlaid run")
    for arrangement in ("train_view", "look"):
        window.arrange(arrangement)
        window.show_panel("curves")
        person.until(lambda: window.curves.plot.pixels_down() >= 88, "curves that can be read")


def test_the_run_on_screen_is_not_drawn_again_behind_itself(
    window: MainWindow, recording: None, qtbot: QtBot, tmp_path: Path
) -> None:
    train(window, 4)
    recorder, overlays = window.bridge.recorder, window.bench.overlays
    failed: list[str] = []
    assert recorder is not None
    overlays.failed.connect(failed.append)
    present = recorder.folders[1]
    other = write_run(tmp_path, 40, 0.01)
    overlays.add([(present, summarize(present)), other])
    qtbot.waitUntil(lambda: [each.folder for each in overlays.all] == [other[0]])
    overlays.add([(present, summarize(present))])
    assert failed == ["The curves of this run are on screen already: overlay others."]
    # an overlaid run that is opened is drawn once, and its chip says so
    window.bench.past.open(other[0], ())
    assert not overlays.shown and window.curves.chips.chip(1)[0].accessibleName().endswith(" · on screen")
    overlays.add([(present, summarize(present))])
    qtbot.waitUntil(lambda: [each.folder for each in overlays.shown] == [present])
    window.bench.past.now()
    assert [each.folder for each in overlays.shown] == [other[0]]


def test_in_the_smallest_window_values_stand_beside_the_curves_which_are_higher(
    window: MainWindow, recording: None
) -> None:
    window.resize(960, 600)
    train(window, 4)
    person, curves = Person(window), window.curves
    person.until(lambda: curves.plot.pixels_down() >= 80, "high curves")
    assert curves.row.isVisible() and not curves._legend.isVisible() and curves.timeline.isVisible()
    assert curves.row.x() > curves.plot.mapTo(curves, curves.plot.rect().topRight()).x()
    assert "training" in curves.row._lines.text() and curves.reading_text().startswith("now, step 4: ")
    # a step that is read changes nothing in height
    height = curves.plot.pixels_down()
    curves.plot.pointed.emit(2.0)
    person.stay(0.05)
    assert curves.row._lines.text().startswith("step\N{NO-BREAK SPACE}2:") and curves.plot.pixels_down() == height
    window.resize(1600, 1000)
    person.until(lambda: curves._legend.isVisible() and not curves.row._lines.isVisible(), "all parts")
    assert curves.row.mapTo(curves, curves.row.rect().bottomLeft()).y() < curves.plot.mapTo(curves, QPoint()).y()
