"""What shows the trained network says so in its title line while the network on screen is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.metrics import BELOW, HEADER
from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.robot.person import Person
from cnnviz.project.edits import set_parameter
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


def test_maps_and_kernels_of_the_network_before_a_change_say_so(window: MainWindow) -> None:
    window.resize(1600, 900)
    person, places, editor = Person(window), window.places, window.editor
    said = "before the change"
    window.bridge.session.batches(2)
    person.until_trained(lambda: window.bridge.session.status.step == 2, "two batches")
    person.until(lambda: window.canvas.shows_maps and window.bridge.shown is not None, "maps")
    assert places.middle.before.isHidden() and places.right.before.isHidden()
    editor.apply("Kernel", set_parameter(editor.project, "conv2", "kernel_size", (5, 5)))
    window.show_panel("kernels")
    person.until(places.middle.before.isVisible, "the words")
    assert places.middle.before.text() == said
    assert places.right.before.isVisible() and places.right.before.text() == said
    window.show_panel("settings")
    assert places.right.before.isHidden(), "the settings are those of the changed network"
    window.show_panel("maps")
    assert places.right.before.isVisible()
    window.middle.look_into("conv2")
    assert places.middle.before.isVisible()
    window.middle.to_network()
    window.arrange("build")
    assert places.middle.before.isHidden(), "no maps are shown"
    window.arrange("train_view")
    editor.undo()
    person.until(lambda: places.middle.before.isHidden() and places.right.before.isHidden(), "the words to go")


def test_sizes_and_maps_of_the_network_before_a_change_are_those_of_that_network(window: MainWindow) -> None:
    window.resize(1600, 900)
    person, editor, session = Person(window), window.editor, window.bridge.session
    session.batches(2)
    person.until_trained(lambda: session.status.step == 2 and session.status.state is State.PAUSED, "two batches")
    window.selection.select({"conv2"}, current="conv2")
    window.show_panel("kernels")
    panel, table = window.panel(KernelsPanel), window.panel(LayerTable)
    person.until(lambda: panel.shown_weights() is not None, "the kernels")

    def maps(node: str) -> MapsItem:
        column = window.canvas.node_item(node).below
        assert isinstance(column, MapsItem)
        return column

    def drawn(*nodes: str) -> bool:
        return all(maps(node)._levels is not None for node in nodes)

    chain = ("conv2", "norm2", "relu2", "pool2", "conv3", "flatten")
    person.until(lambda: drawn(*chain), "the maps")
    plans = {node: maps(node).plan for node in chain}
    facts = panel.facts()
    person.until(lambda: {"relu2", "relu3"} <= table._model.zeros.keys(), "the zeros")
    assert "out 32×14×14" in facts.replace("\u00a0", " ")
    editor.apply("Kernel", set_parameter(editor.project, "conv2", "kernel_size", (9, 9)))
    person.until(lambda: window.places.right.before.isVisible(), "the words")
    person.until(lambda: drawn(*chain), "the maps before the change")
    assert {node: maps(node).plan for node in chain} == plans
    assert panel.facts() == facts
    # no share of zeros stands beside a shape that its layer did not have
    assert "relu2" not in table._model.zeros and "relu1" in table._model.zeros
    # a selection frame is as high as the column in it
    item = window.canvas.node_item("conv2")
    assert item._frame is not None and item.height == HEADER + BELOW + maps("conv2").extent
    window.notices.go_on()
    person.until_trained(lambda: session.status.step > 2, "the training with the change")
    session.pause()
    person.until(lambda: maps("conv2").plan != plans["conv2"] and drawn(*chain), "the maps after the change")
    person.until(lambda: "relu2" in table._model.zeros, "the zeros after the change")
    assert panel.facts() != facts
    output, plan = editor.report.nodes["conv2"].output, maps("conv2").plan
    assert output is not None and plan is not None and plan.size == output[1:]


def test_in_a_narrow_window_the_words_leave_the_microscope_its_path(window: MainWindow) -> None:
    window.resize(960, 600)
    person, middle, editor = Person(window), window.middle, window.editor
    window.bridge.session.batches(2)
    person.until_trained(lambda: window.bridge.session.status.step == 2, "two batches")
    person.until(lambda: window.bridge.shown is not None, "maps")
    editor.apply("Kernel", set_parameter(editor.project, "conv2", "kernel_size", (5, 5)))
    middle.look_into("conv1")
    before = window.places.middle.before
    person.until(lambda: window.places.right.before.isVisible() and before.width() == 0, "the layout")
    middle.to_network()
    person.until(lambda: before.width() >= before.sizeHint().width(), "the words")
