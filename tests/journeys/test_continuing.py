"""A trained network is changed and trained on: what fits stays, what was dropped comes back with undo."""

from __future__ import annotations

import threading
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.project import edits
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.changes import LayerChange
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.training.state import TrainingState


def small() -> Project:
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(4, (3, 3), stride=(4, 4))),
        ("norm1", BatchNorm2d()),
        ("relu1", ReLU()),
        ("conv2", Conv2d(6, (3, 3), stride=(2, 2))),
        ("relu2", ReLU()),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    return Project(network, arrange(network), Recipe("adam", 0.01, batch_size=500, precision="float32", epochs=100))


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    # loaded here once: a window that is closed at once would otherwise wait for it
    import_module("torch")
    application = Application(make_qt())
    window = application.open_window(small())
    Person(window).until(lambda: window.bridge.session.status.ready, "torch")
    yield window
    window.document._stored = window.editor.project
    assert window.close()
    application.deleteLater()


def trained(window: MainWindow) -> dict[str, Tensor]:
    """Weights, buffers and what the optimizer remembers, fetched on the training thread."""
    found: dict[str, Tensor] = {}
    done = threading.Event()

    def copy(state: TrainingState | None) -> None:
        assert state is not None
        found.update({name: one.clone() for name, one in state.module.state_dict().items()})
        for name, parameter in state.module.named_parameters():
            for key, value in state.optimizer.state[parameter].items():
                found[f"{name} {key}"] = value.clone()
        done.set()

    window.bridge.session.visit(copy)
    assert done.wait(30)
    return found


def batches(person: Person, count: int) -> None:
    session = person.window.bridge.session
    target = session.status.step + count
    session.batches(count)
    person.until(lambda: session.status.step == target and session.status.state is State.PAUSED, "batches")


def go_on(window: MainWindow, person: Person) -> dict[str, Tensor]:
    """Click what the bar offers and pause; the weights as they were taken over, before the next batch."""
    session = window.bridge.session
    found: list[dict[str, Tensor]] = []

    def copy() -> None:
        weights = session.weights.latest
        if weights is not None and weights.network == window.editor.project.network and not found:
            found.append(dict(weights.tensors))

    session.weights.listen(copy)
    window.notice.buttons()[0].click()
    person.until(lambda: found, "the weights")
    person.until(lambda: session.standing.project.network == window.editor.project.network, "the change")
    session.pause()
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
    return found[0]


def test_a_change_keeps_what_fits_and_undo_brings_the_rest_back(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    batches(person, 5)
    person.until(lambda: window.notices._status.step == 5, "the status")
    assert not window.actions_by_id["go_on"].isEnabled()
    before = trained(window)
    person.click_node("conv2")
    person.set_parameter("out_channels", "12")
    person.until(lambda: window.notice.text(), "the bar")
    assert "conv2, fc1 would start new" in window.notice.text()
    labels = [button.text() for button in window.notice.buttons()]
    assert labels == [
        "Continue with the change, keeping 2 of 4 layers",
        "Train from scratch",
        "Undo the change",
    ]
    assert window.notice.buttons()[0].toolTip().splitlines() == [
        "Go on with what they have learned: conv1, norm1.",
        "Start new: conv2, fc1.",
        "Steps, epochs and curves go on.",
    ]
    assert window.canvas.node_item("conv2").change is LayerChange.NEW
    assert window.canvas.node_item("conv1").change is None
    assert session.standing.project.network != window.editor.project.network
    assert window.actions_by_id["go_on"].isEnabled()

    at_once = go_on(window, person)
    for name, tensor in at_once.items():
        if name.partition(".")[0] in ("conv1", "norm1"):
            assert torch.equal(tensor, before[name]), name
    assert at_once["conv2.weight"].shape == (12, 4, 3, 3)
    assert session.status.run == 1 and session.status.step >= 5
    person.until(lambda: not window.notice.text(), "the end of the bar")
    assert window.canvas.node_item("conv2").change is None
    person.until(
        lambda: window.bridge.shown is not None and "conv2" in window.bridge.shown.by_node(MapsOf)
        and window.bridge.shown.by_node(MapsOf)["conv2"].total == 12,
        "the maps of the new network",
    )  # fmt: skip
    person.until(lambda: len(window.curves.history) == session.status.step, "the curves")

    person.shortcut("undo")
    person.until(lambda: window.notice.text(), "the bar")
    assert window.notice.buttons()[0].text() == "Continue with the change, keeping all layers"
    assert "Come back with what they had learned: conv2, fc1." in window.notice.buttons()[0].toolTip()
    back = go_on(window, person)
    for name in ("conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias"):
        assert torch.equal(back[name], before[name]), name
    assert session.status.run == 1


def test_renaming_a_layer_keeps_it_without_a_word(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    batches(person, 3)
    before = trained(window)
    person.click_node("conv1")
    window.editor.apply("Rename", edits.rename(window.editor.project, "conv1", "first"))
    person.until(lambda: "first" in session.standing.project.network.nodes, "the new name")
    assert window.notice.text() == ""
    after = trained(window)
    assert {name.replace("conv1.", "first.") for name in before} == after.keys()
    for name, tensor in before.items():
        assert torch.equal(tensor, after[name.replace("conv1.", "first.")]), name
    person.until(
        lambda: window.bridge.shown is not None and "first" in window.bridge.shown.by_node(MapsOf),
        "the maps under the new name",
    )


def test_a_change_of_the_batch_size_can_only_start_over(window: MainWindow) -> None:
    person = Person(window)
    batches(person, 2)
    person.set_recipe("batch_size", "250")
    person.until(lambda: window.notice.text(), "the bar")
    assert [button.text() for button in window.notice.buttons()] == ["Train from scratch", "Undo the change"]
    assert not window.actions_by_id["go_on"].isEnabled()
    window.notice._dismiss()
    person.set_recipe("batch_size", "100")
    assert window.notice.text() == ""


def test_the_run_before_comes_back_with_its_recipe(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    before = window.editor.project
    person.shortcut("batches_10")
    person.until(lambda: session.status.state is State.PAUSED, "ten batches")
    recipe = replace(before.recipe, learning_rate=0.05, batch_size=400)
    window.editor.apply("Recipe", replace(before, recipe=recipe))
    person.shortcut("start_over")
    person.until(lambda: session.status.run == 2 and session.status.ready, "the second run")
    person.shortcut("batch")
    person.until(lambda: session.status.state is State.PAUSED, "a batch of it")
    person.shortcut("back_to_run")
    person.until(lambda: "This is “run 1” again" in window.notice.text(), "the first run")
    assert window.editor.project == session.standing.project == before
    window.editor.undo()
    assert window.editor.project.recipe == recipe
