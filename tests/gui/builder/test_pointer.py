"""Layers under the pointer: real presses, moves, drops and releases on a shown canvas."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from canvas_kit import LEFT, Bench, small
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from cnnviz.network.layers import Conv2d, MaxPool2d, ReLU
from cnnviz.project import edits
from cnnviz.project.project import Project

Make = Callable[..., Bench]


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


def test_a_layer_ends_where_the_button_is_let_go_without_a_move(bench: Make) -> None:
    b = bench(small())
    start, (x, y) = b.header("fc1"), b.project.layout.positions["fc1"]
    QTest.mousePress(b.port, LEFT, pos=start)
    QTest.mouseRelease(b.port, LEFT, pos=start + QPoint(60, 120))
    zoom = b.canvas.zoom
    assert b.project.layout.positions["fc1"] == pytest.approx((x + 60 / zoom, y + 120 / zoom), abs=2)
    assert b.steps == 1
