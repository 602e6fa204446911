"""Compare's page of curves: both runs on one scale."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from training_kit import project, state_of, tensors

from cnnviz.gui.panels.compare.curves_page import CurvesPage
from cnnviz.gui.panels.compare.panel import CURVES, ComparePanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.pale_lines import COLOURS
from cnnviz.gui.run.sides import Side
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.runs.histories.recorded import recorded_history
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import SettingChanged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


def write_run(folder: Path, steps: int, loss: float, changes: Sequence[SettingChanged] = ()) -> Path:
    """A recorded run whose loss is constant, with moments at its beginning and its end."""
    one = project()
    writer = RunWriter(folder, one, Facts("small", 1.0, 5, batch_size=64), 10**9)
    losses = np.full(steps, loss, np.float32)
    writer.add([BatchMetrics(1, 1, losses, np.full(steps, loss / 4, np.float32), 10.0)], list(changes))
    writer.add([Evaluation(1, "validation", 1, steps, loss, 0.9, 10.0)], [])
    for step in (0, steps):
        writer.write_weights(step, one, tensors(state_of(one)))
    writer.flush()
    writer.close()
    return folder


def test_both_runs_are_drawn_on_one_scale(window: MainWindow) -> None:
    person = Person(window)
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    panel.show_page(CURVES)
    page = panel.curves
    # nothing was trained yet
    assert page.plot is None
    for place, (steps, loss) in enumerate(((400, 2.0), (100, 0.5))):
        folder = write_run(runs_folder() / f"20260101-00000{place}-aaaaaaaa", steps, loss)
        window.bench.sides.choose(place, Side(folder))
    person.until(lambda: [each.name for each in page.shown] == ["A", "B"], "both runs")
    assert page.plot is not None and page.plot.visible()[1] >= 400
    assert [each.loss[0][-1] for each in page.shown] == [400, 100]
    assert [float(each.loss[1][-1]) for each in page.shown] == pytest.approx([2.0, 0.5])
    assert [float(each.accuracy[1][-1]) for each in page.shown] == pytest.approx([0.5, 0.125])
    assert [float(each.evaluated[1][-1]) for each in page.shown] == pytest.approx([0.9, 0.9])
    # the axis holds the higher of both losses
    heights = {text: height for height, text in page.plot.shown_ticks("left")}
    assert heights["2"] == pytest.approx(1 / 1.02) and heights["0"] == 0
    page.set_theme(LIGHT)
    # another run on one side alone is drawn anew
    window.bench.sides.swap()
    person.until(lambda: [len(each.loss[0]) for each in page.shown][:1] == [100], "the sides exchanged")


def test_curves_that_end_at_one_place_have_both_letters_there_and_the_legend_names_the_colours(
    window: MainWindow,
) -> None:
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    panel.show_page(CURVES)
    for place in (0, 1):
        window.bench.sides.choose(place, Side(write_run(runs_folder() / f"20260101-00000{place}-aaaaaaaa", 400, 1.0)))
    page = panel.curves
    Person(window).until(lambda: [each.name for each in page.shown] == ["A", "B"], "both runs")
    assert page.plot is not None
    boxes = page.plot.ends.boxes()
    # at the loss and at the accuracy of each run
    assert sorted(text for text, _ in boxes) == ["A", "A", "B", "B"]
    assert not any(one.intersects(other) for (_, one), (_, other) in combinations(boxes, 2))
    for name, colour in zip("AB", COLOURS, strict=False):
        assert f'<b style="color:{colour}">■ {name}</b>' in page._legend.text()


def test_both_runs_can_be_read_on_the_scales_that_the_curves_of_a_run_have(window: MainWindow) -> None:
    person, panel = Person(window), window.panel(ComparePanel)
    window.show_panel("compare")
    page = panel.curves
    log, high = page.scales.switches
    assert not log.isVisible()
    panel.show_page(CURVES)
    panel.fit_controls(400)
    assert log.isVisible() and high.isVisible()
    own = window.curves.head
    assert [(one.text(), one.toolTip()) for one in (log, high)] == [
        (one.text(), one.toolTip()) for one in (own.log, own.high)
    ]
    # the choices wait for curves
    log.click()
    log.click()
    for place, (steps, loss) in enumerate(((400, 2.0), (100, 0.02))):
        folder = write_run(runs_folder() / f"20260101-00000{place}-aaaaaaaa", steps, loss)
        window.bench.sides.choose(place, Side(folder))
    person.until(lambda: len(page.shown) == 2, "both runs")
    assert page.plot is not None
    assert page.plot.shown_ticks("right")[0][1] == "0 %"
    log.click()
    high.click()
    heights = {text: height for height, text in page.plot.shown_ticks("left")}
    assert 0 < heights["0.1"] < heights["1"] < 1
    assert page.plot.shown_ticks("right")[0] == (0.0, "90 %")
    # the menu of the page has them too
    actions = [action for action in page.menu.actions() if action.isCheckable()]
    assert [action.isChecked() for action in actions] == [True, True]
    actions[1].trigger()
    assert not high.isChecked()
    # without room beside the list of pages they are only there
    panel.fit_controls(150)
    assert panel.page.isVisible() and not log.isVisible()


def test_the_present_run_on_both_sides_is_drawn_once(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(3)
    person.until(lambda: session.status.step == 3, "training")
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    panel.show_page(CURVES)
    window.bench.sides.choose(0, Side())
    person.until(lambda: [each.name for each in panel.curves.shown] == ["A, B"], "one pair of curves")


def test_in_a_low_page_the_legend_gives_way_to_the_curves(qtbot: QtBot, tmp_path: Path) -> None:
    page = CurvesPage(DARK)
    qtbot.addWidget(page)
    page._names, page._histories = ("A",), (recorded_history(write_run(tmp_path / "run", 40, 2.0)),)
    page._stack.setCurrentWidget(page._made())
    with qtbot.waitExposed(page):
        page.show()
    for height, legend in ((200, True), (76, False)):
        page.resize(600, height)
        assert page._legend.isVisible() is legend
    plot = page.plot
    assert plot is not None
    qtbot.waitUntil(lambda: plot.pixels_down() >= 40)


def test_a_rate_that_was_changed_is_marked_and_said(window: MainWindow, qtbot: QtBot) -> None:
    person = Person(window)
    window.show_panel("compare")
    panel = window.panel(ComparePanel)
    events = [SettingChanged(1, 100, "weight_decay", 0.1, 0.0), SettingChanged(1, 250, "learning_rate", 0.001, 0.05)]
    for place, changes in enumerate((events[:1], events)):
        folder = write_run(runs_folder() / f"20260101-00000{place}-aaaaaaaa", 400, 2.0, changes)
        window.bench.sides.choose(place, Side(folder, 400))
    person.until(lambda: panel.results.differences.text(), "what differs")
    assert panel.results.differences.text().splitlines() == [
        "From A to B:",
        "Recipe: learning rate 0.05 → 0.001.",
        "Changed while training:",
        "B: learning rate: 0.05 → 0.001 at step 250.",
    ]
    panel.show_page(CURVES)
    person.until(lambda: [each.name for each in panel.curves.shown] == ["A", "B"], "both runs")
    plot = panel.curves.plot
    assert plot is not None
    qtbot.waitUntil(lambda: plot.marks() == [100.0, 250.0])
    texts = [text for text, _, _ in plot.mark_boxes()]
    assert texts[0].startswith("A, B: weight") and texts[1].startswith("B: rate 0.05")
