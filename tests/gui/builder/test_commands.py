"""Commands of the canvas, and how it follows the project, the selection and the theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from canvas_kit import Bench
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from cnnviz.gui.builder.clipboard import MIME
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.network.graph import Edge, set_layer
from cnnviz.network.layers import Conv2d, ConvTranspose2d, Dense
from cnnviz.project import blocks, edits
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.changes import LayerChange

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Make = Callable[..., Bench]


def test_copy_and_paste_add_the_same_layers_under_new_names(bench: Make) -> None:
    b = bench()
    b.selection.select({"conv1", "relu1"}, "conv1")
    b.canvas.copy()
    b.canvas.paste()
    new = b.selection.nodes
    assert len(new) == 2
    assert not new & TEMPLATES["pytorch-tutorial"].project().network.nodes.keys()
    copied = next(name for name in new if b.network[name].kind == "Conv2d")
    assert b.network[copied] == Conv2d(32, (3, 3))
    assert set(b.network.outputs[copied]) == new - {copied}
    assert b.steps == 1
    assert b.in_step()
    b.canvas.paste()
    assert len(b.network.nodes) == 16
    assert len(set(b.project.layout.positions.values())) == 16


def test_cut_takes_away_and_undo_brings_back(bench: Make) -> None:
    b = bench()
    before = b.project
    b.selection.select({"conv2"}, "conv2")
    b.canvas.cut()
    assert "conv2" not in b.network.nodes
    assert b.steps == 1
    b.editor.undo()
    assert b.project == before
    assert b.in_step()


def test_layers_travel_between_windows_with_their_names_and_wires(bench: Make) -> None:
    one, other = bench(), bench(Project())
    one.selection.select({"conv2", "relu2", "pool2"}, "conv2")
    one.canvas.copy()
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == bytes(data.data(MIME).data()).decode()
    other.canvas.paste()
    assert other.network == edits.copy(one.project, {"conv2", "relu2", "pool2"}).network
    assert other.selection.nodes == {"conv2", "relu2", "pool2"} and other.in_step()
    # as text it passes through programs that know no other type
    QGuiApplication.clipboard().setText(data.text())
    other.canvas.paste()
    assert other.network.nodes.keys() == {"conv2", "relu2", "pool2", "conv1", "relu1", "pool1"}
    assert other.network.outputs["conv1"] == ("relu1",) and other.network.outputs["relu1"] == ("pool1",)


@pytest.mark.parametrize(
    "text",
    ["a letter to a friend", "", "{}", "[" * 100_000, '{"format": "cnnviz-project", "version": 1}', "\x00\ud83d"],
)
def test_garbage_on_the_clipboard_is_one_sentence_and_changes_nothing(bench: Make, text: str) -> None:
    b = bench()
    before = b.project
    QGuiApplication.clipboard().setText(text)
    b.canvas.paste()
    assert b.project is before and b.steps == 0
    assert b.said[-1] == "The clipboard holds no layers and no code: copy some first."


@pytest.mark.parametrize(
    "raw",
    [b"\xff\xfe", b"not json", b'{"format": "cnnviz-project", "version": 99}', b'{"format": "cnnviz-project"}'],
)
def test_damaged_layers_on_the_clipboard_say_what_is_damaged(bench: Make, raw: bytes) -> None:
    b = bench()
    data = QMimeData()
    data.setData(MIME, raw)
    QGuiApplication.clipboard().setMimeData(data)
    b.canvas.paste()
    assert b.steps == 0
    assert b.said[-1].startswith("The layers on the clipboard cannot be read. It")


def test_undo_of_a_deletion_selects_what_came_back(bench: Make) -> None:
    b = bench()
    everything = frozenset(b.network.nodes)
    for chosen in ({"conv1"}, {"conv1", "relu1"}, everything):
        b.selection.select(chosen)
        b.canvas.delete_selected()
        assert not b.selection.nodes
        b.editor.undo()
        assert b.selection.nodes == chosen and b.selection.current == min(chosen)
        b.editor.redo()
        assert not b.selection.nodes
        b.editor.undo()
    # the same for layers that a redo adds again
    b.selection.select([])
    b.canvas.add("ReLU")
    (added,) = b.selection.nodes
    b.editor.undo()
    assert not b.selection.nodes
    b.editor.redo()
    assert b.selection.nodes == {added}
    # where nothing came back, the selection stays
    b.selection.select({"conv1"})
    b.editor.apply("Set stride", edits.set_parameter(b.project, "conv1", "stride", 2))
    b.editor.undo()
    assert b.selection.nodes == {"conv1"}


def test_undo_of_a_deletion_leaves_blocks_folded(bench: Make) -> None:
    b = bench()
    grouped, block = blocks.group(b.project, {"conv1", "relu1"})
    b.editor.apply("Group", blocks.fold(grouped, block))
    b.editor.apply("Delete", edits.remove(b.project, {"conv1"}))
    b.editor.undo()
    assert b.selection.nodes == {"conv1", "relu1"} and b.project.layout.blocks[block].folded
    assert b.editor.undo_stack.canRedo()


def test_duplicate_select_all_and_delete(bench: Make) -> None:
    b = bench("fast")
    b.canvas.select_all()
    assert b.selection.nodes == b.network.nodes.keys()
    b.canvas.duplicate()
    assert len(b.network.nodes) == 2 * len(TEMPLATES["fast"].project().network.nodes)
    assert b.in_step()
    b.canvas.delete_selected()
    assert b.network == TEMPLATES["fast"].project().network
    b.canvas.select_all()
    b.canvas.bypass_selected()
    assert not b.network.nodes
    assert b.in_step()


def test_aligning_and_arranging(bench: Make) -> None:
    b = bench("fast")
    before = b.project
    b.editor.apply("scatter", edits.move(b.project, {"conv1": (92.0, 40.0), "conv2": (500.0, 140.0)}))
    b.selection.select({"conv1", "conv2", "input"}, "input")
    b.canvas.align("row")
    assert {b.project.layout.positions[name][1] for name in b.selection.nodes} == {0.0}
    b.canvas.align("column")
    assert {b.project.layout.positions[name][0] for name in b.selection.nodes} == {0.0}
    b.canvas.arrange()
    assert b.project.layout == before.layout
    assert b.in_step()


def test_distributing_spaces_evenly_between_the_outermost_in_one_step(bench: Make) -> None:
    b = bench("fast")
    places = {"input": (0.0, 0.0), "conv1": (130.0, 40.0), "norm1": (700.0, 80.0), "relu1": (900.0, 200.0)}
    b.editor.apply("scatter", edits.move(b.project, places))
    before, steps = b.project, b.steps
    b.selection.select(places, "conv1")
    b.canvas.distribute("row")
    now = b.project.layout.positions
    assert [now[name][0] for name in places] == [0.0, 300.0, 600.0, 900.0]
    assert [now[name][1] for name in places] == [0.0, 40.0, 80.0, 200.0]
    assert b.steps == steps + 1
    b.editor.undo()
    assert b.project == before
    b.canvas.distribute("column")
    assert [b.project.layout.positions[name][1] for name in places] == pytest.approx([0.0, 200 / 3, 400 / 3, 200.0])
    assert b.in_step()
    b.selection.select({"input", "conv1"}, "input")
    steps = b.steps
    b.canvas.distribute("row")
    assert b.steps == steps and "three layers" in b.said[-1]


def test_undo_goes_back_through_everything_in_the_project(bench: Make) -> None:
    b = bench("fast")
    seen = [b.project]

    def edit(label: str, project: Project) -> None:
        b.editor.apply(label, project)
        seen.append(b.project)

    edit("parameter", edits.set_parameter(b.project, "conv1", "out_channels", 24))
    edit("place", edits.move(b.project, {"conv1": (50.0, 60.0)}))
    edit("recipe", replace(b.project, recipe=replace(b.project.recipe, batch_size=17, epochs=3)))
    edit("data", replace(b.project, dataset=replace(b.project.dataset, validation=1234)))
    edit("name", edits.rename(b.project, "fc1", "head"))
    edit("wire", edits.disconnect(b.project, [Edge("flatten", "head")]))
    for project in reversed(seen[:-1]):
        b.editor.undo()
        assert b.project == project and b.in_step()
    for project in seen[1:]:
        b.editor.redo()
        assert b.project == project and b.in_step()


def test_an_edit_touches_only_the_items_that_differ(bench: Make) -> None:
    b = bench()
    before = {name: b.canvas.node_item(name) for name in b.network.nodes}
    b.editor.apply("set", edits.set_parameter(b.project, "fc1", "out_features", 32))
    assert all(b.canvas.node_item(name) is item for name, item in before.items())
    assert before["fc1"].report.output == (32,)
    b.editor.apply("rename", edits.rename(b.project, "fc1", "hidden"))
    assert {name for name in before if name in b.network.nodes and b.canvas.node_item(name) is before[name]} == (
        before.keys() - {"fc1"}
    )


def test_opening_another_project_replaces_everything_and_fits(bench: Make) -> None:
    b = bench("fast")
    b.selection.select(["norm1"], "norm1")
    b.canvas.zoom_in()
    b.editor.open(TEMPLATES["keras-tutorial"].project())
    assert b.in_step()
    assert b.selection.nodes == frozenset()
    assert b.canvas.following
    assert b.canvas.all_in_view()


def test_problems_stand_on_the_node_and_its_wire(bench: Make) -> None:
    b = bench()
    b.editor.apply("bypass", edits.bypass(b.project, ["flatten"]))
    item = b.canvas.node_item("fc1")
    assert "needs a flat input" in item.explanation()
    assert b.canvas.wire(Edge("pool2", "fc1")).wrong
    assert "needs a flat input" in b.canvas.wire(Edge("pool2", "fc1")).sentences
    assert not b.canvas.wire(Edge("fc1", "relu3")).wrong
    b.editor.undo()
    assert b.canvas.node_item("fc1").explanation() == ""


def test_what_is_wrong_is_said_where_the_pointer_rests(bench: Make, qtbot: QtBot) -> None:
    b = bench()
    b.editor.apply("bypass", edits.bypass(b.project, ["flatten"]))

    def rest_at(at: QPointF) -> None:
        viewport, point = b.canvas.viewport(), b.canvas.mapFromScene(at)
        QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, point, viewport.mapToGlobal(point)))

    rest_at(b.canvas.node_item("fc1").header.center())
    assert "needs a flat input" in QToolTip.text()
    rest_at(b.canvas.node_item("conv1").header.center())
    qtbot.waitUntil(lambda: QToolTip.text() == "")
    rest_at(b.canvas.wire(Edge("pool2", "fc1")).path.pointAtPercent(0.5))
    assert "needs a flat input" in QToolTip.text()
    QToolTip.hideText()


def test_a_layer_that_is_wrong_by_itself_is_nothing_against_its_wire(bench: Make) -> None:
    b = bench()
    layer = ConvTranspose2d(32, (3, 3), stride=(1, 1), output_padding=(1, 1))
    b.editor.apply("replace", edits.use_network(b.project, set_layer(b.network, "conv1", layer)))
    assert "output padding" in b.canvas.node_item("conv1").explanation()
    assert not b.canvas.wire(Edge("input", "conv1")).wrong


def test_all_twelve_columns_are_in_view_at_1280_by_720(bench: Make) -> None:
    b = bench(width=840, height=450)
    area = b.port.rect()
    for name in b.network.nodes:
        item = b.canvas.node_item(name)
        shown = b.canvas.mapFromScene(item.sceneBoundingRect()).boundingRect()
        assert area.contains(shown), name
        column = b.canvas.mapFromScene(item.below.sceneBoundingRect()).boundingRect()
        assert area.adjusted(-1, -1, 1, 1).contains(column), name
        assert item.below.extent > 0


def test_an_empty_canvas_says_what_to_do(bench: Make) -> None:
    b = bench(Project())
    notes = [label for label in b.canvas.findChildren(type(b.canvas._overlays.notes.hint)) if label.isVisible()]
    assert [note.text() for note in notes] == ["Drag a layer here, or press / and type its name."]
    b.canvas.add("Dense")
    assert b.network["fc1"] == Dense()
    assert not notes[0].isVisible()


def test_what_an_empty_canvas_says_is_a_button_that_opens_the_box(bench: Make) -> None:
    b = bench(Project())
    QTest.mouseClick(b.canvas._overlays.notes.invitation, Qt.MouseButton.LeftButton)
    assert b.canvas.findChildren(QuickAdd)[0].isVisible()


def test_a_hint_is_a_button_and_no_column_moves_for_it(bench: Make) -> None:
    b = bench()
    asked: list[bool] = []
    b.canvas.hintClicked.connect(lambda: asked.append(True))
    hint = b.canvas._overlays.notes.hint
    plans = {
        name: (item.pos(), item.below.extent, item.below.question()) for name, item in b.canvas._scene.nodes.items()
    }
    b.canvas.set_hint("Click here or press F5 to train")
    assert hint.isVisible() and b.canvas.rect().contains(hint.geometry())
    for name, item in b.canvas._scene.nodes.items():
        assert plans[name] == (item.pos(), item.below.extent, item.below.question())
    QTest.mouseClick(hint, Qt.MouseButton.LeftButton)
    assert asked == [True] and b.canvas.hasFocus()
    b.canvas.set_hint("")
    assert not hint.isVisible()


def test_changed_nodes_say_so(bench: Make) -> None:
    b = bench()
    for change, words in {
        LayerChange.NEW: "start new",
        LayerChange.KEPT: "keeps its weights",
        LayerChange.BARE: "has no weights",
        LayerChange.UNPLANNED: "has changed since",
    }.items():
        b.canvas.set_changes({"conv1": change})
        assert words in b.canvas.node_item("conv1").explanation()
    b.canvas.set_changes({})
    assert b.canvas.node_item("conv1").explanation() == ""


def test_both_themes_reach_the_pixels(bench: Make) -> None:
    b = bench()
    for theme in (LIGHT, DARK):
        b.canvas.set_theme(theme)
        image = b.port.grab().toImage()
        assert image.pixelColor(3, image.height() - 3) == QColor(theme.surface)
        header = b.canvas.mapFromScene(b.canvas.node_item("conv1").scenePos())
        assert image.pixelColor(header.x() + 30, header.y() + 1) == QColor(theme.accent)


def test_layers_are_frozen_in_one_step_and_the_canvas_shows_locks(bench: Make) -> None:
    b = bench()
    b.selection.select({"conv1", "relu1", "conv2"}, "conv1")
    b.canvas.freeze()
    assert b.network.frozen == {"conv1", "conv2"} and b.steps == 1
    item = b.canvas.node_item("conv1")
    assert item.frozen and "Frozen" in item.explanation() and not b.canvas.node_item("relu1").frozen
    assert b.in_step()
    # one more that is not frozen: all become so, then none is
    b.selection.select({"conv1", "fc1"}, "fc1")
    b.canvas.freeze()
    assert b.network.frozen == {"conv1", "conv2", "fc1"}
    b.canvas.freeze()
    assert b.network.frozen == {"conv2"}
    for _ in range(3):
        b.editor.undo()
    assert not b.network.frozen and not item.frozen


def test_layers_without_weights_are_not_frozen(bench: Make) -> None:
    b = bench()
    b.selection.select({"relu1"}, "relu1")
    b.canvas.freeze()
    assert b.steps == 0 and "Only layers with weights" in b.said[-1]


def test_a_folded_block_shows_that_layers_in_it_are_frozen(bench: Make) -> None:
    b = bench()
    b.selection.select({"conv1", "relu1"}, "conv1")
    b.canvas.group()
    b.canvas.freeze()
    b.canvas.fold_all(folded=True)
    block = b.canvas._scene.item_of("conv1")
    assert block is not None
    assert block.frozen and "Layers in it are frozen" in block.explanation()
    b.canvas.freeze()
    assert not block.frozen


def test_a_folded_block_says_that_layers_in_it_start_new(bench: Make) -> None:
    b = bench()
    project, block = blocks.group(b.editor.project, {"conv1", "relu1"})
    b.editor.apply("Group", blocks.fold(project, block))
    item = b.canvas._scene.item_of("conv1")
    assert item is not None
    b.canvas.set_changes({"relu1": LayerChange.BARE})
    assert "Layers in it have changed" in item.explanation()
    b.canvas.set_changes({"relu1": LayerChange.BARE, "conv1": LayerChange.NEW})
    assert "layers in it start new" in item.explanation()
