"""Wires that the pointer draws, moves, selects and takes away on a shown canvas."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from canvas_kit import LEFT, Bench, small
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.builder.input.connecting import port_at
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.theme import DARK
from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.graph import Edge, chain
from cnnviz.network.layers import Add, Input, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.project import blocks, edits
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project

Make = Callable[..., Bench]


@pytest.mark.usefixtures("qapp")
def test_every_output_port_of_a_folded_block_is_found_by_the_pointer() -> None:
    network, names = chain(("input", Input()), ("relu1", ReLU()), ("add1", Add())), ["relu1", "relu2", "relu3"]
    for name in names[1:]:
        network = graph.connect(graph.connect(graph.add(network, name, ReLU()), "input", name), name, "add1")
    project, block = blocks.group(Project(network, arrange(network)), names)
    project = blocks.fold(project, block) if not project.layout.blocks[block].folded else project
    scene = GraphScene(DARK)
    scene.show(project, check(project.network, Facts((1, 28, 28), 10)))
    item, context = scene.blocks[block], cast("Any", SimpleNamespace(scene=scene, view=SimpleNamespace(zoom=1.0)))
    assert item.outputs == 3
    for index in range(3):
        assert port_at(context, item.pos() + item.port("out", index)) == (item, "out", index)


def test_connecting_from_an_output_to_an_input(bench: Make) -> None:
    project, name = edits.add_layer(small(), Output())
    b = bench(project)
    b.drag(b.canvas.port_position("fc1", "out"), QPoint(500, 300), b.canvas.port_position(name, "in"))
    assert Edge("fc1", "output") in b.network.edges
    assert b.steps == 1
    assert b.in_step()
    assert b.editor.report.trainable


def test_connecting_backwards_from_an_input_to_a_node(bench: Make) -> None:
    project, name = edits.add_layer(small(), Output())
    b = bench(project)
    b.drag(b.canvas.port_position(name, "in"), QPoint(500, 300), b.header("fc1"))
    assert Edge("fc1", "output") in b.network.edges


def test_compatible_ports_glow_while_a_wire_is_drawn(bench: Make) -> None:
    project, name = edits.add_layer(small(), Output())
    b = bench(project)
    b.drag(b.canvas.port_position("conv1", "out"), QPoint(500, 300), drop=False)
    glowing = {node for node in b.network.nodes if b.canvas.node_item(node).glow == "in"}
    assert glowing == {"flatten", "fc1", name}
    QTest.keyClick(b.canvas, Qt.Key.Key_Escape)
    assert not any(b.canvas.node_item(node).glow for node in b.network.nodes)
    assert b.steps == 0


def test_a_cycle_is_refused_with_a_sentence(bench: Make) -> None:
    b = bench(small())
    before = b.project
    b.drag(b.canvas.port_position("fc1", "out"), QPoint(500, 300), b.header("conv1"))
    assert b.project == before
    assert "cycle" in b.said[-1]
    assert b.in_step()


def test_an_add_takes_its_inputs_in_order(bench: Make) -> None:
    project, name = edits.add_layer(small(), Add())
    b = bench(project)
    for source in ("input", "conv1"):
        free = b.canvas.node_item(name).used_inputs
        b.drag(b.canvas.port_position(source, "out"), QPoint(300, 400), b.canvas.port_position(name, "in", free))
    assert b.network.inputs[name] == ("input", "conv1")
    assert b.canvas.node_item(name).inputs == 3
    assert b.canvas.wire(Edge("input", name)).wrong
    assert b.in_step()


def test_dragging_the_end_of_a_wire_off_disconnects(bench: Make) -> None:
    b = bench(small())
    edge = Edge("conv1", "flatten")
    b.drag(b.canvas.port_position("flatten", "in"), QPoint(400, 400))
    assert b.network.edges == small().network.edges - {edge}
    assert b.steps == 1
    assert b.in_step()
    b.editor.undo()
    assert b.network == small().network
    assert b.in_step()


def test_dragging_the_end_of_a_wire_to_another_node_moves_it(bench: Make) -> None:
    b = bench(small())
    b.drag(b.canvas.port_position("flatten", "in"), QPoint(400, 300), b.header("fc1"))
    assert b.network.inputs["fc1"] == ("conv1",)
    assert b.network.inputs["flatten"] == ()
    assert b.steps == 1


def test_a_wire_is_selected_and_deleted(bench: Make) -> None:
    project = edits.move(small(), {"fc1": (500.0, 0.0)})
    b = bench(project)
    edge = Edge("flatten", "fc1")
    wire = b.canvas.wire(edge)
    QTest.mouseClick(b.port, LEFT, pos=b.canvas.mapFromScene(wire.path.pointAtPercent(0.5)))
    assert wire.selected
    QTest.keyClick(b.canvas, Qt.Key.Key_Delete)
    assert b.network.edges == project.network.edges - {edge}


def test_the_short_wire_between_neighbours_is_selected_by_a_click(bench: Make) -> None:
    b = bench(small())
    edge = Edge("conv1", "flatten")
    between = (b.canvas.port_position("conv1", "out") + b.canvas.port_position("flatten", "in")) / 2
    QTest.mouseClick(b.port, LEFT, pos=between)
    assert b.canvas.wire(edge).selected
    assert b.selection.nodes == frozenset()
    QTest.keyClick(b.canvas, Qt.Key.Key_Delete)
    assert edge not in b.network.edges
    assert b.in_step()


def test_a_project_that_changes_under_a_wire_ends_it(bench: Make) -> None:
    b = bench(small())
    b.drag(b.canvas.port_position("conv1", "out"), QPoint(500, 300), drop=False)
    b.editor.apply("remove", edits.remove(b.project, ["conv1"]))
    QTest.mouseRelease(b.port, LEFT, pos=b.header("fc1"))
    assert b.network.inputs["fc1"] == ("flatten",)
    assert b.steps == 1
    assert b.in_step()


@pytest.mark.parametrize("seen", [(), (0.5,), (1.0,)])
def test_a_wire_is_drawn_by_few_events(bench: Make, seen: tuple[float, ...]) -> None:
    """A busy window gets few of the moves of a quick drag, or none."""
    b = bench(edits.disconnect(small(), [Edge("conv1", "flatten", 0)]))
    start, end = b.canvas.port_position("conv1", "out"), b.canvas.port_position("fc1", "in")
    b.editor.apply("disconnect", edits.disconnect(b.project, [Edge("flatten", "fc1", 0)]))
    QTest.mousePress(b.port, LEFT, pos=start)
    for share in seen:
        QTest.mouseMove(b.port, start + (end - start) * share)
    QTest.mouseRelease(b.port, LEFT, pos=end)
    assert Edge("conv1", "fc1", 0) in b.network.edges
    assert b.said == []


def test_a_wire_that_ends_nowhere_says_nothing(bench: Make) -> None:
    b = bench(small())
    QTest.mousePress(b.port, LEFT, pos=b.canvas.port_position("fc1", "out"))
    QTest.mouseRelease(b.port, LEFT, pos=QPoint(900, 500))
    assert (b.steps, b.said) == (0, [])


def test_a_click_leaves_a_wire_that_the_keyboard_leads_as_escape_does(bench: Make) -> None:
    b = bench(small())
    left = []
    for clicks in (False, True):
        b.selection.select({"input"}, "input")
        b.canvas.connect_current()
        if clicks:
            QTest.mouseClick(b.port, LEFT, pos=QPoint(900, 550))
        else:
            QTest.keyClick(b.canvas, Qt.Key.Key_Escape)
        left.append((len(b.canvas.scene().items()), b.said[-1]))
    assert left[0] == left[1]
    assert b.steps == 0
