"""Kernels and maps against the start of the run and against a moment that is held, in the whole window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.comparison import Comparison
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.layers import Conv2d
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.widgets.compare_row import CompareRow
    from cnnviz.inspection.moment import Moment


def train(window: MainWindow, person: Person, count: int) -> Moment:
    """Train so many batches; returns the moment after them, which is on screen."""
    session = window.bridge.session
    step = session.status.step + count
    session.batches(count)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, f"step {step}")

    def shown() -> Moment | None:
        snapshot = window.bridge.shown
        return snapshot.moment if snapshot is not None and snapshot.step == step and snapshot.settled else None

    person.until(lambda: shown() is not None, f"the weights of step {step}")
    moment = shown()
    assert moment is not None
    return moment


def choose(row: CompareRow, what: str) -> None:
    row.choose(what)
    row.chosen.emit(what)


def test_weights_are_compared_with_the_start_and_with_a_moment_that_is_held(window: MainWindow) -> None:
    person, kernels, maps = Person(window), window.panel(KernelsPanel), window.panel(MapsPanel)
    window.show_panel("kernels")
    person.until(lambda: window.bridge.shown is not None and kernels.shown_weights() is not None, "the first kernels")
    snapshot = window.bridge.shown
    assert snapshot is not None and snapshot.moment is not None
    first = snapshot.moment.tensors["conv1.weight"].numpy().copy()
    held = train(window, person, 3).tensors["conv1.weight"].numpy()
    kernels.compare.hold.click()
    assert kernels.compare.hold.text() == maps.compare.hold.text() == "Forget"
    now = train(window, person, 3).tensors["conv1.weight"].numpy()
    for what, then, step in (("start", first, 0), ("held", held, 3)):
        choose(kernels.compare, what)
        expected = now - then

        def changed(expected: np.ndarray = expected) -> bool:
            shown = kernels.shown_weights()
            return shown is not None and np.array_equal(shown, expected)

        person.until(changed, f"the change since step {step}")
        assert f"changed since step {step}." in kernels.text()
        assert kernels.menu.suggested("npy") == f"conv1-kernels-step-6-since-step-{step}.npy"
    window.show_panel("maps")
    choose(maps.compare, "start")
    person.until(lambda: "Change since step 0." in maps.text(), "the change of the maps")
    shown = maps.shown_maps()
    assert shown is not None and shown.min() < 0 < shown.max()
    # another network: nothing is held any more, and what was compared is shown as it is
    choose(maps.compare, "held")
    window.editor.apply("filters", edits.set_parameter(window.editor.project, "conv1", "out_channels", 5))
    window.bridge.session.reset(window.editor.project)
    person.until(lambda: window.bench.references.held is None, "letting go")
    assert maps.compare.since == "now" and maps.compare.hold.text() == "Keep"


def test_a_layer_that_the_trained_network_lacks_is_said_to_be_missing_there(window: MainWindow) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")
    train(window, person, 2)
    project, new = edits.add_after(window.editor.project, "conv1", Conv2d(4, kernel_size=(3, 3), padding=(1, 1)))
    window.editor.apply("insert", project)
    person.click_node(new)
    panels: dict[str, KernelsPanel | MapsPanel] = {
        "kernels": window.panel(KernelsPanel),
        "maps": window.panel(MapsPanel),
    }
    for name, panel in panels.items():
        window.show_panel(name)
        for since in ("now", "start"):
            choose(panel.compare, since)

            def missing(panel: KernelsPanel | MapsPanel = panel) -> bool:
                return "step 2 does not have this layer" in panel.text()

            person.until(missing, name)
            assert "until the changed network is trained" in panel.text() and "opened" not in panel.text()


def test_the_start_is_said_to_be_unknown_once_there_is_a_run(qtbot: QtBot) -> None:
    comparison, network = Comparison("Weights"), TEMPLATES["fast"].project().network
    qtbot.addWidget(comparison)
    start = comparison.box.findData("start")
    assert not comparison.box.itemData(start, Qt.ItemDataRole.ToolTipRole)
    comparison.show_snapshot(Snapshot(1, 5, network, Sample(np.zeros((1, 28, 28), np.uint8)), {}, True, 0.0))
    assert "this run was opened" in comparison.box.itemData(start, Qt.ItemDataRole.ToolTipRole)
