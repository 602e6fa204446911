"""What an edit would do, shown on the canvas before it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from canvas_kit import Bench

from cnnviz.gui.builder.items.wires import WiresItem
from cnnviz.gui.document import fixing
from cnnviz.network.problems import Fix, RemoveNode
from cnnviz.project import edits

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF

Make = Callable[..., Bench]


def without_flatten(bench: Make) -> Bench:
    b = bench()
    b.editor.apply("break", edits.bypass(b.project, ["flatten"]))
    b.editor.finish_trials()
    return b


def test_a_fix_is_shown_with_its_shapes_and_touches_nothing(bench: Make) -> None:
    b = without_flatten(bench)
    shown, items, steps = b.project, b.canvas.items_shown(), b.steps
    (problem,) = b.editor.report.problems
    fixing.preview(b.editor, problem.fixes[0])
    previewed = b.canvas.previewed
    assert previewed["flatten"].report.output == (1600,)
    assert previewed["fc1"].report.output == (128,) and previewed["fc1"].emphasis
    assert "conv1" not in previewed
    assert b.project is shown and b.steps == steps and b.canvas.items_shown() == items
    assert b.canvas._overlays.notes.preview.text() == "Insert Flatten · then it can be trained"
    fixing.preview(b.editor, None)
    assert not b.canvas.previewed and not b.canvas._overlays.notes.preview.isVisible()
    assert b.in_step()


def test_what_a_fix_would_take_away_is_struck_out(bench: Make) -> None:
    b = bench()
    fixing.preview(b.editor, Fix("bypass", RemoveNode("relu1"), {"node": "relu1"}))
    assert b.canvas.previewed.keys() == {"pool1"}
    struck = b.canvas.mapFromScene(b.canvas.node_item("relu1").sceneBoundingRect().center())
    before = b.port.grab().toImage()
    b.editor.end_preview()
    after = b.port.grab().toImage()
    assert any(before.pixelColor(struck.x(), y) != after.pixelColor(struck.x(), y) for y in range(before.height()))


def test_a_preview_out_of_view_is_brought_into_view_and_back(bench: Make) -> None:
    b = without_flatten(bench)
    b.canvas.actual_size()
    bar = b.canvas.horizontalScrollBar()
    bar.setValue(bar.value() - 3000)
    place = bar.value()
    fixing.preview(b.editor, b.editor.report.problems[0].fixes[0])
    item = b.canvas.previewed["flatten"]
    assert b.canvas.visible().contains(item.pos())
    fixing.preview(b.editor, None)
    assert bar.value() == place


def test_an_edit_or_undo_ends_the_preview(bench: Make) -> None:
    b = without_flatten(bench)
    fix = b.editor.report.problems[0].fixes[0]
    fixing.preview(b.editor, fix)
    assert fixing.apply(b.editor, fix) == ""
    assert not b.canvas.previewed and b.editor.report.trainable and b.in_step()
    b.editor.preview("again", edits.bypass(b.project, ["relu1"]))
    b.editor.undo()
    assert not b.canvas.previewed and b.in_step()


def test_costs_of_a_preview_do_not_stand_on_those_of_now(bench: Make) -> None:
    b = bench()
    b.canvas.set_view("build")
    b.editor.preview("Set kernel size 5", edits.set_parameter(b.project, "conv1", "kernel_size", 5))
    item = b.canvas.node_item("conv1")
    below = b.canvas.mapFromScene(item.below.sceneBoundingRect()).boundingRect()
    with_old = b.port.grab(below).toImage()
    item.below.hide()
    assert b.port.grab(below).toImage() == with_old


def test_the_caption_of_a_preview_covers_no_other_note(bench: Make) -> None:
    b = bench("pytorch-tutorial", 620, 420)
    notes = b.canvas._overlays.notes
    b.canvas.set_trained("LeNet-5 (untitled) · 15:42:44")
    b.canvas.set_hint("Click here or press F5 to train")
    places = notes.trained.geometry(), notes.hint.geometry()
    b.editor.preview("Connect tanh1, which is there", edits.bypass(b.project, ["relu1"]))
    assert notes.preview.isVisible()
    assert not any(notes.preview.geometry().intersects(each) for each in places)
    assert (notes.trained.geometry(), notes.hint.geometry()) == places


def previewed_wire(b: Bench, source: str, target: str) -> QRectF:
    """Where the wire that a preview would draw between two nodes lies."""
    b.editor.preview("Connect", edits.connect(b.project, source, target))
    (item,) = (each for each in b.canvas._overlays.ghost._items if isinstance(each, WiresItem))
    (wire,) = (each for each in item._wires() if each.edge is not None and each.edge.target == target)
    return wire.path.boundingRect()


def test_a_previewed_wire_is_straight_where_no_layer_is_in_the_way_and_else_in_view(bench: Make) -> None:
    b = bench()
    around = previewed_wire(b, "conv1", "conv2")
    assert around.height() > 20 and b.canvas.visible().contains(around)
    b.editor.apply("break", edits.remove(b.project, ["relu1", "pool1"]))
    b.editor.finish_trials()
    assert previewed_wire(b, "conv1", "conv2").height() < 1
