"""From an empty canvas to a trained network that is looked into, by mouse and keyboard; then undo, redo, save."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.gui.app import Application
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.project.file import load
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.training.state import TrainingState


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(Project())
    window.resize(1600, 1000)
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "torch")
    yield window
    window.document.save_to(window.document.path or Path("unused.cnnviz").absolute())
    window.close()
    Path("unused.cnnviz").unlink(missing_ok=True)
    application.deleteLater()


def paused_weights(window: MainWindow) -> dict[str, Tensor]:
    """The weights of the trained module itself, fetched on its thread."""
    found: list[dict[str, Tensor]] = []
    done = threading.Event()

    def copy(state: TrainingState | None) -> None:
        assert state is not None
        found.append({name: tensor.clone().contiguous() for name, tensor in state.module.state_dict().items()})
        done.set()

    window.bridge.session.visit(copy)
    assert done.wait(30)
    return found[0]


def last_step(window: MainWindow) -> int | None:
    reading = window.curves.current_values()
    return None if reading is None else reading.step


def tutorial(weights: dict[str, Tensor]) -> nn.Sequential:
    """The tutorial's network as people write it, with these weights."""
    parts: dict[str, nn.Module] = {
        "conv1": nn.Conv2d(1, 32, 3),
        "relu1": nn.ReLU(),
        "pool1": nn.MaxPool2d(2),
        "conv2": nn.Conv2d(32, 64, 3),
        "relu2": nn.ReLU(),
        "pool2": nn.MaxPool2d(2),
        "flatten": nn.Flatten(),
        "fc1": nn.Linear(1600, 128),
        "relu3": nn.ReLU(),
        "fc2": nn.Linear(128, 10),
    }
    network = nn.Sequential()
    for name, part in parts.items():
        network.add_module(name, part)
    network.load_state_dict(weights)
    return network.eval()


def draw_the_tutorial(window: MainWindow) -> None:
    """Type most of it; the last layers are added loose and wired by mouse."""
    person = Person(window)
    person.build(
        [
            Input(),
            Conv2d(32),
            ReLU(),
            MaxPool2d(),
            Conv2d(64),
            ReLU(),
            MaxPool2d(),
            Flatten(),
            Dense(128),
            ReLU(),
            Dense(10),
        ]
    )
    window.selection.select([])
    assert person.add("Output") == "output"
    problems = window.editor.report.problems
    assert [(problem.code, problem.node) for problem in problems] == [("input_missing", "output")]
    person.shortcut("fit")
    person.connect("fc2", "output")


def test_from_an_empty_canvas_to_a_network_that_is_looked_into(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    person, session = Person(window), window.bridge.session
    template = TEMPLATES["pytorch-tutorial"].project()
    assert window.editor.project == Project()
    assert not window.actions_by_id["play"].isEnabled()

    draw_the_tutorial(window)
    person.set_recipe("optimizer", "sgd")
    person.set_recipe("learning_rate", "0.01")
    built = window.editor.project
    assert not window.editor.report.problems
    assert built.network == template.network
    assert built.recipe == template.recipe

    person.shortcut("train_view")
    person.click_node("conv1")
    layers = template.network.nodes.keys() - {"output"}
    person.until(
        lambda: window.bridge.shown is not None and window.bridge.shown.by_node(MapsOf).keys() >= layers, "the maps"
    )
    person.until(
        lambda: window.bridge.shown is not None and window.panel(KernelsPanel).shown_weights() is not None, "kernels"
    )
    first_kernels = np.array(window.panel(KernelsPanel).shown_weights())
    shown = window.bridge.shown
    assert shown is not None and shown.step == 0
    first_maps = {name: np.array(maps.values) for name, maps in shown.by_node(MapsOf).items()}

    window.canvas.setFocus()
    qtbot.keyClicks(window.canvas, " ")
    person.until(lambda: session.status.step >= 20, "20 batches")
    qtbot.keyClicks(window.canvas, " ")
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
    step = session.status.step
    person.until(
        lambda: window.bridge.shown is not None and window.bridge.shown.settled and window.bridge.shown.step == step,
        "the paused snapshot",
    )
    person.until(lambda: last_step(window) == step, "the curves")
    reading = window.curves.current_values()
    assert reading is not None and np.isfinite(reading.loss)

    weights = paused_weights(window)
    shown_kernels = window.panel(KernelsPanel).shown_weights()
    assert shown_kernels is not None
    assert shown_kernels.tobytes() == weights["conv1.weight"].numpy().tobytes()
    assert not np.array_equal(shown_kernels, first_kernels)

    snapshot = window.bridge.shown
    assert snapshot is not None
    pixels = torch.tensor(snapshot.sample.image).float().div(255).unsqueeze(0)
    value = (pixels - 0.1307) / 0.3081
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            for name, part in tutorial(weights).named_children():
                value = part(value)
                maps = snapshot.by_node(MapsOf)[name]
                assert np.array_equal(maps.values, value[0][list(maps.channels)].numpy()), name
                assert not np.array_equal(maps.values, first_maps[name][: len(maps.values)]), name
    finally:
        torch.set_num_threads(threads)
    said = snapshot.answer(NetworkOutput())
    assert said is not None and np.array_equal(said.logits, value[0].numpy())

    while window.editor.undo_stack.canUndo():
        person.shortcut("undo")
    assert window.editor.project == Project()
    assert window.canvas.items_shown() == (frozenset(), frozenset())
    while window.editor.undo_stack.canRedo():
        person.shortcut("redo")
    assert window.editor.project == built

    path = tmp_path / "first.cnnviz"
    assert window.document.unsaved
    assert window.document.save_to(path)
    assert not window.document.unsaved
    assert load(path) == built
    text = path.read_bytes()
    assert window.document.save_to(path)
    assert path.read_bytes() == text


def test_a_batch_an_epoch_and_starting_over(window: MainWindow, qtbot: QtBot) -> None:
    person, session = Person(window), window.bridge.session
    person.build([Input(), Conv2d(4, stride=(4, 4)), ReLU(), Flatten(), Dense(10), Output()])
    person.set_recipe("batch_size", "1000")
    person.until(lambda: session.standing.project.network == window.editor.project.network, "the session")
    start: dict[str, Tensor] = paused_weights(window)

    window.canvas.setFocus()
    qtbot.keyClicks(window.canvas, ".")
    person.until(lambda: session.status.step == 1 and session.status.state is State.PAUSED, "one batch")
    person.shortcut("epoch")
    person.until(lambda: session.status.epoch == 1 and session.status.state is State.PAUSED, "one epoch")
    assert session.status.step == 55
    person.until(lambda: last_step(window) == 55, "the curves")

    person.shortcut("start_over")
    person.until(lambda: session.status.run == 2 and session.status.state is State.UNTRAINED, "the new run")
    again = paused_weights(window)
    assert all(torch.equal(tensor, again[name]) for name, tensor in start.items())
