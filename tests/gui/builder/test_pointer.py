"""Building with the pointer: real presses, moves and releases on a shown canvas."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from canvas_kit import LEFT, Bench
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.builder.input.connecting import port_at
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.theme import DARK
from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.graph import Edge, chain
from cnnviz.network.layers import Add, Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.project import blocks, edits
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project

Make = Callable[..., Bench]


def small() -> Project:
    network = chain(("input", Input()), ("conv1", Conv2d(4)), ("flatten", Flatten()), ("fc1", Dense(10)))
    return Project(network, arrange(network))


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


def test_a_click_selects_and_a_click_beside_selects_nothing(bench: Make) -> None:
    b = bench(small())
    QTest.mouseClick(b.port, LEFT, pos=b.header("conv1"))
    assert (b.selection.nodes, b.selection.current) == (frozenset({"conv1"}), "conv1")
    QTest.mouseClick(b.port, LEFT, Qt.KeyboardModifier.ControlModifier, b.header("flatten"))
    assert b.selection.nodes == {"conv1", "flatten"}
    QTest.mouseClick(b.port, LEFT, pos=QPoint(900, 550))
    assert b.selection.nodes == frozenset()
    assert b.steps == 0


def test_moving_several_nodes_is_one_step_and_undone_as_one(bench: Make) -> None:
    b = bench(small())
    before = b.project
    b.selection.select({"conv1", "flatten"}, "conv1")
    start = b.header("conv1")
    b.drag(start, start + QPoint(20, 60), start + QPoint(40, 120), start + QPoint(50, 200))
    moved = {name for name in before.network.nodes if b.project.layout.positions[name] != before.layout.positions[name]}
    assert moved == {"conv1", "flatten"}
    assert b.steps == 1
    assert b.in_step()
    b.editor.undo()
    assert b.project == before
    assert b.in_step()
    b.editor.redo()
    assert b.project.layout != before.layout
    assert b.in_step()


def test_a_node_snaps_to_the_height_of_the_others(bench: Make) -> None:
    b = bench(small())
    start = b.header("fc1")
    b.drag(start, start + QPoint(100, 30), start + QPoint(100, 4))
    x, y = b.project.layout.positions["fc1"]
    assert y == b.project.layout.positions["input"][1]
    assert x > 3 * 92


@pytest.mark.parametrize("moves", [False, True])
def test_a_press_is_given_up_where_its_layer_goes(bench: Make, moves: bool) -> None:
    b = bench(small())
    start = b.header("conv1")
    QTest.mousePress(b.port, LEFT, pos=start)
    b.editor.apply("remove", edits.remove(b.project, ["conv1"]))
    project = b.project
    if moves:
        QTest.mouseMove(b.port, start + QPoint(40, 40))
    QTest.mouseRelease(b.port, LEFT, pos=start + QPoint(40, 40))
    assert b.project == project
    assert b.selection.nodes == frozenset()


def test_a_press_goes_on_where_another_layer_goes(bench: Make) -> None:
    b = bench(small())
    QTest.mousePress(b.port, LEFT, pos=b.header("conv1"))
    b.editor.apply("remove", edits.remove(b.project, ["fc1"]))
    QTest.mouseRelease(b.port, LEFT, pos=b.header("conv1"))
    assert b.selection.nodes == {"conv1"}


def test_a_loose_layer_that_goes_while_it_is_moved_onto_a_wire_is_put_nowhere(bench: Make) -> None:
    b = bench(small())
    project, added = edits.add_layer(b.project, ReLU(), (92.0, 300.0))
    b.editor.apply("add", project)
    start, wire = b.header(added), (b.header("input") + b.header("conv1")) / 2
    QTest.mousePress(b.port, LEFT, pos=start)
    for place in (start + QPoint(20, 0), wire):
        QTest.mouseMove(b.port, place)
    b.editor.apply("remove", edits.remove(b.project, [added]))
    QTest.mouseMove(b.port, wire + QPoint(1, 0))
    QTest.mouseRelease(b.port, LEFT, pos=wire)
    assert b.project.network == small().network


def test_escape_gives_up_a_move(bench: Make) -> None:
    b = bench(small())
    before = b.project
    start = b.header("conv1")
    b.drag(start, start + QPoint(40, 120), drop=False)
    assert b.project != before
    QTest.keyClick(b.canvas, Qt.Key.Key_Escape)
    assert b.project == before
    QTest.mouseRelease(b.port, LEFT, pos=start + QPoint(40, 120))
    assert b.project == before
    assert b.steps == 0
    assert b.in_step()


def test_the_rubber_band_selects_what_it_touches(bench: Make) -> None:
    b = bench(small())
    b.selection.select(["fc1"], "fc1")
    first, last = b.header("input"), b.header("conv1")
    b.drag(QPoint(last.x(), 580), QPoint(first.x(), 300), QPoint(first.x(), first.y()))
    assert b.selection.nodes == {"input", "conv1"}


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


def test_a_layer_is_dropped_on_the_empty_canvas(bench: Make) -> None:
    b = bench(Project())
    at = QPoint(300, 200)
    b.drop_kind("Conv2d", at)
    assert [node.layer for node in b.network.nodes.values()] == [Conv2d()]
    assert (b.header("conv1") - at).manhattanLength() <= 2
    assert b.selection.current == "conv1"
    assert b.in_step()


def test_a_layer_dropped_on_a_wire_inserts_itself(bench: Make) -> None:
    b = bench(small())
    between = (b.header("conv1") + b.header("flatten")) / 2
    b.drop_kind("MaxPool2d", between)
    assert b.network.order == ("input", "conv1", "pool1", "flatten", "fc1")
    assert b.network["pool1"] == MaxPool2d()
    assert b.steps == 1
    assert b.in_step()


def test_a_layer_dropped_on_a_node_follows_it(bench: Make) -> None:
    b = bench(small())
    b.drop_kind("ReLU", b.header("conv1") + QPoint(0, 4))
    assert b.network.outputs["conv1"] == ("relu1",)
    assert b.network.outputs["relu1"] == ("flatten",)


def test_a_loose_node_moved_onto_a_wire_inserts_itself_in_one_step(bench: Make) -> None:
    project, name = edits.add_layer(small(), ReLU(), (92.0, 300.0))
    b = bench(project)
    between = (b.header("conv1") + b.header("flatten")) / 2
    b.drag(b.header(name), QPoint(between.x(), 300), between)
    assert b.network.outputs["conv1"] == (name,)
    assert b.network.outputs[name] == ("flatten",)
    assert b.steps == 1
    assert b.editor.undo_stack.undoText() == f"Insert {name}"
    b.editor.undo()
    assert b.project == project
    assert b.in_step()


def test_the_wheel_zooms_about_the_pointer_and_fit_comes_back(bench: Make) -> None:
    b = bench(small())
    fitted = b.canvas.zoom
    at = b.header("flatten")
    QTest.wheelEvent(b.port.window().windowHandle(), at, QPoint(0, 240))
    assert b.canvas.zoom > fitted * 1.4
    assert (b.header("flatten") - at).manhattanLength() <= 2
    b.canvas.fit()
    assert b.canvas.zoom == fitted


def test_the_middle_button_pans(bench: Make) -> None:
    b = bench(small())
    before = b.header("conv1")
    middle = Qt.MouseButton.MiddleButton
    QTest.mousePress(b.port, middle, pos=QPoint(600, 400))
    QTest.mouseMove(b.port, QPoint(650, 430))
    QTest.mouseRelease(b.port, middle, pos=QPoint(650, 430))
    assert b.header("conv1") - before == QPoint(50, 30)
    b.canvas.resize(900, 500)
    assert b.header("conv1") - before == QPoint(50, 30)


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


def test_an_undo_in_the_middle_of_a_move_loses_nothing(bench: Make) -> None:
    b = bench(small())
    b.editor.apply("grow", edits.set_parameter(b.project, "fc1", "out_features", 7))
    start = b.header("conv1")
    b.drag(start, start + QPoint(30, 80), drop=False)
    b.editor.undo()
    b.editor.undo()
    QTest.mouseMove(b.port, start + QPoint(40, 90))
    QTest.mouseRelease(b.port, LEFT, pos=start + QPoint(40, 90))
    assert b.network == small().network
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


def test_a_layer_ends_where_the_button_is_let_go_without_a_move(bench: Make) -> None:
    b = bench(small())
    start, (x, y) = b.header("fc1"), b.project.layout.positions["fc1"]
    QTest.mousePress(b.port, LEFT, pos=start)
    QTest.mouseRelease(b.port, LEFT, pos=start + QPoint(60, 120))
    zoom = b.canvas.zoom
    assert b.project.layout.positions["fc1"] == pytest.approx((x + 60 / zoom, y + 120 / zoom), abs=2)
    assert b.steps == 1


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
