"""The marks of changes in the plot of the curves."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from curves_kit import batches

from cnnviz.gui.run.change_marks import caption, change_text
from cnnviz.project.project import Project
from cnnviz.training.channels import Evaluation
from cnnviz.training.events import NetworkChanged, RunStarted, SettingChanged

if TYPE_CHECKING:
    from cnnviz.gui.panels.curves.panel import CurvesPanel


@pytest.fixture
def panel(curves_panel: CurvesPanel) -> CurvesPanel:
    return curves_panel


def test_a_change_while_running_is_marked(panel: CurvesPanel) -> None:
    panel.add_events([RunStarted(1, Project()), SettingChanged(1, 30, "learning_rate", 0.0005)])
    panel.add_metrics([batches(np.ones(60))])
    panel.redraw()
    assert panel.plot.marks() == [30.0]
    panel.add_events([RunStarted(2, Project())])
    panel.redraw()
    assert panel.plot.marks() == []


def test_a_change_is_marked_once_a_step_was_trained_with_it(panel: CurvesPanel) -> None:
    panel.add_events([RunStarted(1, Project())])
    panel.add_metrics([batches(np.ones(40))])
    panel.add_events([SettingChanged(1, 40, "learning_rate", 0.0005, 0.004)])
    panel.redraw()
    assert panel.plot.marks() == []
    panel.add_metrics([batches(np.ones(1), first=41)])
    panel.redraw()
    assert panel.plot.marks() == [40.0]


def test_what_changed_nothing_or_came_before_the_first_step_has_no_mark(panel: CurvesPanel) -> None:
    changes = [
        SettingChanged(1, 0, "learning_rate", 0.1, 0.2),
        SettingChanged(1, 20, "learning_rate", 0.1, 0.1),
        SettingChanged(1, 40, "learning_rate", 0.05, 0.1),
    ]
    panel.add_events([RunStarted(1, Project()), *changes])
    panel.add_metrics([batches(np.ones(60))])
    panel.redraw()
    assert panel.plot.marks() == [40.0]


def test_a_setting_that_changes_back_before_the_next_step_has_no_mark(panel: CurvesPanel) -> None:
    changes = [
        SettingChanged(1, 40, "learning_rate", 0.05, 0.001),
        SettingChanged(1, 40, "weight_decay", 0.1, 0.0),
        SettingChanged(1, 40, "learning_rate", 0.02, 0.05),
        SettingChanged(1, 40, "learning_rate", 0.001, 0.02),
        SettingChanged(1, 40, "weight_decay", 0.2, 0.1),
    ]
    panel.add_metrics([batches(np.ones(60))])
    panel.add_events([RunStarted(1, Project()), *changes])
    assert [change_text(one) for one in panel.history.changes] == ["weight decay 0 → 0.2"]


def test_marks_that_lead_back_with_steps_between_them_are_counted() -> None:
    there, back = (
        SettingChanged(1, 40, "learning_rate", 0.05, 0.001),
        SettingChanged(1, 41, "learning_rate", 0.001, 0.05),
    )
    assert caption([there, back]) == "2 changes"
    assert caption([there, replace(back, value=0.002)]) == "rate 0.001 → 0.002"


def test_a_mark_stands_behind_the_result_on_the_test_images(panel: CurvesPanel) -> None:
    panel.add_events([RunStarted(1, Project())])
    panel.add_metrics([batches(np.ones(60)), Evaluation(1, "test", 1, 60, 0.5, 0.5, 10.0)])
    panel.add_events([SettingChanged(1, 60, "learning_rate", 0.05, 0.001)])
    panel.add_metrics([batches(np.ones(1), first=61)])
    panel.redraw()
    assert panel.history.tested and panel.plot.marks() == [60.0]
    assert all(line.zValue() < panel._drawing.curves["accuracy test"].zValue() for line in panel.plot._marks._lines)


def test_texts_of_marks_are_whole_or_elided_and_above_the_curves(panel: CurvesPanel) -> None:
    changes = [SettingChanged(1, step, "label_smoothing", step / 1000, 0.5) for step in (5, 300, 440, 590)]
    panel.add_events([RunStarted(1, Project()), *changes])
    panel.add_metrics([batches(np.full(600, 0.01))])
    panel.redraw()
    panel.grab()  # texts follow their lines when they are painted
    view = panel.plot.mark_boxes()
    assert len(view) == 4
    for text, box, ground in view:
        assert ground.adjusted(-1, -1, 1, 1).contains(box), text
        assert box.bottom() <= panel.plot.height_of(1.0) + 1
    for (_, one, _), (_, other, _) in itertools.pairwise(view):
        assert not one.adjusted(1, 0, -1, 0).intersects(other)


def test_a_mark_names_the_layers_that_are_frozen() -> None:
    project = Project()
    names = ("conv1", "norm1", "conv2", "norm2", "fc1")
    assert change_text(NetworkChanged(1, 5, project, names, (), names)) == "frozen: conv1, norm1, conv2 + 2"
    assert change_text(NetworkChanged(1, 5, project, names, (), ("fc1",))) == "frozen: fc1"
    assert change_text(NetworkChanged(1, 5, project, names, (), ())) == "no layer frozen"
    assert change_text(NetworkChanged(1, 5, project, names, ())) == "network changed, all layers kept"
    assert change_text(NetworkChanged(1, 5, project, (), names)) == "network changed, new: conv1, norm1, conv2 + 2"
