"""Commands of the canvas: copying, undo, aligning, arranging, and freezing layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from canvas_kit import Bench
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from cnnviz.gui.builder.clipboard import MIME
from cnnviz.network.graph import Edge
from cnnviz.network.layers import Conv2d
from cnnviz.project import blocks, edits
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

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
