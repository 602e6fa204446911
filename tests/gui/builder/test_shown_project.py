"""What the canvas shows of a project: changed items, problems, hints, frozen and new layers, and both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from canvas_kit import Bench
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.network.graph import Edge, set_layer
from cnnviz.network.layers import ConvTranspose2d, Dense
from cnnviz.project import blocks, edits
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.changes import LayerChange

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Make = Callable[..., Bench]


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
