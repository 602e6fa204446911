"""What is in view: zooming never loses the network, large ones begin readable, and the minimap leads through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from canvas_kit import Bench, Painted
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from window_kit import turn_wheel

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.builder.overlays.end_card import EndCard
from cnnviz.gui.builder.overlays.minimap import Minimap
from cnnviz.gui.builder.view import READABLE_ZOOM
from cnnviz.gui.document.pins import Pins
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.network.graph import chain
from cnnviz.network.layers import Input, Layer, ReLU
from cnnviz.project import edits
from cnnviz.project.arrange import arrange
from cnnviz.project.layout import COLUMN
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Make = Callable[..., Bench]


def long_chain(count: int = 60) -> Project:
    layers: list[tuple[str, Layer]] = [("input", Input()), *((f"relu{place}", ReLU()) for place in range(1, count))]
    network = chain(*layers)
    return Project(network, arrange(network))


def header(b: Bench, node: str) -> QRectF:
    return QRectF(*b.canvas.node_item(node).place, WIDTH, HEADER)


def in_view(b: Bench) -> set[str]:
    return {name for name in b.network.nodes if header(b, name).intersects(b.canvas.visible())}


def minimap(b: Bench) -> Minimap:
    found = b.canvas.findChild(Minimap)
    assert isinstance(found, Minimap)
    return found


def test_zooming_in_without_a_selection_keeps_a_node_in_view(bench: Make) -> None:
    b = bench("fast")
    b.canvas.set_view("build")
    for _ in range(12):
        b.canvas.zoom_in()
        assert in_view(b)
    assert b.canvas.zoom > 2


def test_zooming_is_about_the_selection(bench: Make) -> None:
    b = bench("fast")
    b.selection.select(["conv1"], "conv1")
    before = b.header("conv1")
    for _ in range(4):
        b.canvas.zoom_in()
    assert (b.header("conv1") - before).manhattanLength() <= 8
    assert "conv1" in in_view(b)


def test_zooming_with_the_network_out_of_sight_brings_it_back(bench: Make) -> None:
    b = bench("fast")
    b.canvas.verticalScrollBar().setValue(b.canvas.verticalScrollBar().value() + 5000)
    assert not in_view(b)
    b.canvas.zoom_in()
    assert in_view(b)


def test_the_wheel_over_an_empty_place_does_not_lose_the_network(bench: Make) -> None:
    b = bench("fast")
    b.canvas.set_view("build")
    for _ in range(12):
        turn_wheel(b.port, QPoint(b.port.width() // 2, b.port.height() - 20), 1)
        assert in_view(b)


def test_a_network_too_long_to_be_read_begins_with_its_left_end(bench: Make) -> None:
    b = bench(long_chain())
    assert b.canvas.zoom >= READABLE_ZOOM
    assert "input" in in_view(b) and "relu59" not in in_view(b)
    b.canvas.resize(900, 500)
    assert b.canvas.zoom >= READABLE_ZOOM and "input" in in_view(b)
    b.canvas.fit()
    assert in_view(b) == b.network.nodes.keys()
    b.canvas.resize(1000, 500)
    assert in_view(b) == b.network.nodes.keys()


def test_editing_a_long_chain_keeps_the_view(bench: Make) -> None:
    b = bench(long_chain())
    zoom = b.canvas.zoom
    b.canvas.go_to("relu50")
    b.canvas.add("Dense")
    assert b.canvas.zoom == zoom
    assert b.selection.current in in_view(b)


def test_a_small_network_grows_with_the_canvas(bench: Make) -> None:
    network = chain(("input", Input()), ("relu1", ReLU()))
    b = bench(Project(network, arrange(network)), width=900, height=700)
    before = b.canvas.zoom
    b.canvas.resize(1800, 1400)
    assert b.canvas.zoom > 1.3 * before


def test_keys_pan_and_fit_comes_back(bench: Make) -> None:
    b = bench("fast")
    before = b.canvas.visible()
    QTest.keyClick(b.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert b.canvas.visible().left() > before.left() + before.width() / 8
    b.canvas.fit()
    assert b.canvas.visible() == before


def test_the_minimap_is_there_only_where_not_all_is_in_view(bench: Make) -> None:
    b = bench(long_chain())
    assert minimap(b).isVisible()
    b.canvas.fit()
    assert not minimap(b).isVisible()
    b.canvas.actual_size()
    assert minimap(b).isVisible()
    assert b.canvas.rect().contains(minimap(b).geometry())
    b.editor.apply("empty", edits.remove(b.project, b.network.nodes))
    assert not minimap(b).isVisible()


def test_dragging_on_the_minimap_leads_the_view(bench: Make) -> None:
    b = bench(long_chain())
    small = minimap(b)
    left, right = QPoint(8, small.height() // 2), QPoint(small.width() - 8, small.height() // 2)
    QTest.mousePress(small, Qt.MouseButton.LeftButton, pos=left)
    assert "input" in in_view(b)
    QTest.mouseMove(small, right)
    assert "relu59" in in_view(b) and "input" not in in_view(b)
    QTest.mouseRelease(small, Qt.MouseButton.LeftButton, pos=right)
    assert b.steps == 0


@pytest.mark.parametrize("themed", [False, True])
def test_the_minimap_shows_where_the_view_is(bench: Make, themed: bool) -> None:
    b = bench(long_chain())
    if themed:
        b.canvas.set_theme(LIGHT)
    small = minimap(b)
    at_left = small.grab().toImage()
    b.canvas.go_to("relu59")
    at_right = small.grab().toImage()
    middle = small.height() // 2
    changed = [x for x in range(small.width()) if at_left.pixelColor(x, middle) != at_right.pixelColor(x, middle)]
    assert min(changed) < small.width() / 3 and max(changed) > small.width() * 2 / 3


def test_hint_and_minimap_share_the_lower_edge_and_columns_end_above(bench: Make) -> None:
    b = bench("resnet-18-28", 800, 420)
    b.canvas.fold_all(folded=False)
    b.canvas.begin()
    b.canvas.set_hint("Click here or press F5 to train")
    small, hint = minimap(b), b.canvas._overlays.notes.hint
    assert small.isVisible() and hint.isVisible()
    assert not small.geometry().intersects(hint.geometry())
    assert b.canvas.rect().contains(small.geometry()) and b.canvas.rect().contains(hint.geometry())
    top = min(small.y(), hint.y())
    for name in in_view(b) & b.canvas._scene.nodes.keys():
        item = b.canvas.node_item(name)
        assert b.canvas.mapFromScene(item.place[0], item.place[1] + item.height).y() <= top
    b.canvas.open_find()
    assert not hint.isVisible()
    b.canvas._overlays.find_bar.close_bar()
    assert hint.isVisible()


@pytest.mark.parametrize("change", ["undo", "redo", "theme"])
def test_a_change_of_all_is_painted_also_where_a_part_is_painted_first(bench: Make, change: str, qtbot: QtBot) -> None:
    b = bench("fast")
    b.editor.apply("Kernel", edits.set_parameter(b.editor.project, "conv3", "kernel_size", (21, 21)))
    if change == "redo":
        b.editor.undo()
    QApplication.processEvents()
    viewport = b.canvas.viewport()
    if change == "theme":
        b.canvas.set_theme(LIGHT)
    else:
        getattr(b.editor, change)()
    painted = Painted(viewport)
    # a note over the canvas that is hidden uncovers a part of it
    viewport.repaint(QRect(0, 0, 10, 10))
    qtbot.waitUntil(painted.whole)


def test_the_notice_about_changes_stands_above_the_card_that_leaves_it_no_room(bench: Make) -> None:
    b = bench("fast", 700, 420)
    notes, card = (
        b.canvas._overlays.notes,
        EndCard(DARK, [QPushButton(f"Button {number}") for number in range(3)], b.canvas),
    )
    card.set_text("Done: 100.00 % of the test images are right.")
    b.canvas.set_card(card)
    b.canvas.set_trained("run 1")
    low = notes.trained.y()
    card.show()
    assert card.geometry().left() < notes.trained.geometry().right()
    assert notes.trained.geometry().bottom() < card.geometry().top()
    card.close_button.click()
    assert notes.trained.y() == low
    card.show()
    b.canvas.resize(1300, 420)
    QApplication.processEvents()
    assert not notes.trained.geometry().intersects(card.geometry())
    assert notes.trained.geometry().bottom() == card.geometry().bottom()


@pytest.mark.parametrize("room", [-200, 0, 30, 90])
def test_the_card_is_as_wide_as_its_widest_button_where_the_canvas_has_less_room(bench: Make, room: int) -> None:
    buttons = [QPushButton(text) for text in ("Draw", "Try an experiment", "Resume")]
    card = EndCard(DARK, buttons, bench("fast", 700, 420).canvas)
    card.set_text("Done: 100.00 % of the test images are right.")
    card.show()
    card.fit(room)
    QApplication.processEvents()
    assert all(card.rect().contains(QRect(part.mapTo(card, QPoint()), part.size())) for part in buttons)


def test_a_hint_without_room_begins_readably(bench: Make) -> None:
    b = bench("fast", 900, 420)
    hint, text = (
        b.canvas._overlays.notes.hint,
        "Done: 98.7 % of the test images are right. Click here or press F5 to go on.",
    )
    b.canvas.set_hint(text)
    assert hint.text() == text and not hint.toolTip()
    for width in (420, 340):
        b.canvas.resize(width, 420)
        QApplication.processEvents()
        assert b.canvas.rect().contains(hint.geometry()) and hint.width() >= hint.sizeHint().width()
        assert hint.text().startswith("Done:") and hint.text().endswith("…")
        assert hint.toolTip() == text
    b.canvas.resize(900, 420)
    QApplication.processEvents()
    assert hint.text() == text and not hint.toolTip()


def test_no_wire_strikes_through_the_name_of_a_block(bench: Make) -> None:
    b = bench("densenet-121-28", 900, 420)
    b.canvas.fold_all(folded=False)
    b.canvas.begin()
    frames = [b.canvas.block_frame(name) for name in b.project.layout.blocks]
    shown = [frame for frame in frames if b.canvas.visible().contains(frame.sign_area())]
    assert shown
    for frame in shown:
        area = frame.title_area()
        name = b.canvas.mapFromScene(QRectF(area.x() + 4, area.y() + 4, 100, area.height() - 12)).boundingRect()
        crossed = b.port.grab(name).toImage()
        for wire in b.canvas._scene.wires.values():
            wire.set_hidden(True)
        bare = b.port.grab(name).toImage()
        for wire in b.canvas._scene.wires.values():
            wire.set_hidden(False)
        assert bare == crossed


def joined(b: Bench) -> set[str]:
    """The nodes whose items Qt looks at when it paints."""
    return {name for name in b.network.nodes if b.canvas.node_item(name).scene() is not None}


def test_items_join_the_scene_when_they_are_seen(bench: Make) -> None:
    b = bench(long_chain(400))
    assert in_view(b) <= joined(b)
    assert len(joined(b)) < 30
    b.canvas.go_to("relu300")
    assert "relu300" in in_view(b) <= joined(b)
    b.canvas.go_to("input")
    assert "relu300" in joined(b)
    for _ in range(3):
        b.canvas.pan(1, 0)
        assert in_view(b) <= joined(b)
    b.canvas.add("Dropout")
    assert set(b.network.nodes) - {f"relu{place}" for place in range(1, 400)} - {"input"} <= joined(b)
    assert len(joined(b)) < 100
    b.editor.open(long_chain(300))
    assert in_view(b) <= joined(b)
    assert len(joined(b)) < 100


def test_far_out_only_what_is_selected_joins_the_scene(bench: Make) -> None:
    b = bench(long_chain(400))
    few = joined(b)
    b.canvas.fit()
    assert joined(b) == few
    b.selection.select(["relu200", "relu399"], "relu399")
    assert joined(b) == few | {"relu200", "relu399"}
    b.canvas.actual_size()
    b.canvas.go_to("relu399")
    assert "relu399" in in_view(b) <= joined(b)
    b.canvas.fit()
    b.canvas.select_all()
    assert joined(b) == set(b.network.nodes)
    b.canvas.set_view("build")
    b.canvas.set_view("maps")
    assert b.canvas.node_item("relu399").below.scene() is b.canvas.scene()
    b.canvas.delete_selected()
    assert not b.network.nodes


def test_a_column_is_made_when_its_node_comes_into_view(bench: Make) -> None:
    b = bench(long_chain(400))
    pins = Pins()
    b.canvas.set_pins(pins)
    pins.toggle("relu300", 2)
    items = b.canvas._scene.nodes

    def made() -> set[str]:
        return {name for name, item in items.items() if item.made_below is not None}

    assert in_view(b) <= made() == joined(b)
    assert "relu300" not in made()
    b.canvas.go_to("relu300")
    assert made() == joined(b)
    near = items["relu300"].made_below
    assert isinstance(near, MapsItem) and near.pinned == (2,) and near.extent > 0
    b.canvas.set_view("build")
    assert made() == joined(b)
    heights = {items[name].height for name in made()}
    b.canvas.go_to("relu10")
    assert made() == joined(b)
    assert heights == {items["relu10"].height} == {items["relu200"].height}


def test_columns_that_reach_down_into_the_view_are_seen(bench: Make) -> None:
    project = long_chain(400)
    b = bench(Project(project.network, project.layout.placed({"relu300": (300 * COLUMN, -400.0)})))
    b.canvas.centre(QPointF(300 * COLUMN, 75.0))
    item = b.canvas.node_item("relu300")
    assert item.place[1] + HEADER < b.canvas.visible().top() < item.place[1] + item.height
    assert item.scene() is b.canvas.scene()
