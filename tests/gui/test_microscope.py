"""From the network into a layer, a map and a number, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from microscope_kit import looked_into
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.localized import exact
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.page import Amount
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.project import edits

if TYPE_CHECKING:
    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

Key = Qt.Key


@pytest.fixture
def window(application: Application) -> MainWindow:
    return looked_into(application)


def test_a_click_on_a_value_of_the_maps_tab_goes_deeper_and_esc_comes_back(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    maps = window.panel(MapsPanel)
    person.until(lambda: maps.shown_maps() is not None, "the maps")
    centre = maps.grid.centre(3)
    assert centre is not None
    QTest.mouseClick(maps.grid.viewport(), LEFT, pos=centre.toPoint())
    place = scope.place
    assert place is not None and (place.node, place.channel) == ("conv2", 3)
    assert window.middle.is_deep and not window.canvas.isVisible()
    assert window.middle.path.parts() == ("Network", "conv2", "map 3", f"({place.row}, {place.column})")
    assert scope.page() is not None
    assert "288 products" in scope.text()
    region = window.sample.image.region()
    assert region is not None
    scope.sweep()
    assert window.sample.image.region() not in (None, region)
    scope.sweep(-1)
    assert window.sample.image.region() == region
    assert scope.hasFocus()
    QTest.keyClick(scope, Key.Key_Escape)
    assert (
        scope.looking is not None
        and scope.looking.whole
        and window.middle.path.parts() == ("Network", "conv2", "map 3")
    )
    QTest.keyClick(scope, Key.Key_Backspace)
    assert window.canvas.isVisible() and window.canvas.hasFocus()
    assert window.selection.current == "conv2"
    assert window.bench.traces.trace is not None and window.bench.traces.trace.target == place
    assert window.sample.image.region() == window.bench.traces.trace.seen
    QApplication.sendEvent(maps.grid.viewport(), QEvent(QEvent.Type.Leave))
    QTest.keyClick(maps.grid, Key.Key_Escape)
    assert window.bench.traces.trace is None and window.sample.image.region() is None


def test_keys_move_the_value_the_map_and_the_layer(window: MainWindow) -> None:
    scope = window.panel(Microscope)
    window.middle.open(Place("conv2", 3, 5, 5))
    for key, wanted in (
        (Key.Key_Right, Place("conv2", 3, 5, 6)),
        (Key.Key_Down, Place("conv2", 3, 6, 6)),
        (Key.Key_PageDown, Place("conv2", 4, 6, 6)),
        (Key.Key_PageUp, Place("conv2", 3, 6, 6)),
        (Key.Key_Left, Place("conv2", 3, 6, 5)),
        (Key.Key_Up, Place("conv2", 3, 5, 5)),
    ):
        QTest.keyClick(scope, key)
        assert scope.place == wanted
    window.middle.open(Place("conv2", 0, 0, 0))
    for key in (Key.Key_Left, Key.Key_Up, Key.Key_PageUp):
        QTest.keyClick(scope, key)
        assert scope.place == Place("conv2", 0, 0, 0)
    page = scope.page()
    assert page is not None
    leads = page.rows[0].leads
    QTest.keyClick(scope, Key.Key_Return)
    assert leads is not None and scope.place == leads
    assert window.selection.current == leads.node == "pool1"


def test_backward_the_whole_map_shows_the_gradients_that_it_names(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    place = Place("conv2", 3, 5, 5)
    window.middle.open(place)
    QTest.keyClick(scope, Key.Key_Escape)
    values = scope.page()
    assert values is not None and "how it comes about" in scope.text()
    QTest.keyClick(scope, Key.Key_B)
    person.until(lambda: "how the loss depends on it" in scope.text(), "the gradients")
    shown, snapshot = scope.page(), window.bridge.shown
    assert shown is not None and snapshot is not None
    assert "Gradient for conv2, map 3" in scope.text()
    gradient = snapshot.answer(GradientOf(place))
    assert gradient is not None and (shown.map.values == gradient.map).all()
    QTest.keyClick(scope, Key.Key_B)
    person.until(lambda: "how it comes about" in scope.text(), "the values")
    again = scope.page()
    assert again is not None and (again.map.values == values.map.values).all()


def test_a_layer_that_vanishes_leads_back_to_the_network(window: MainWindow) -> None:
    window.middle.open(Place("conv2", 3, 5, 5))
    window.editor.apply("Delete", edits.remove(window.editor.project, ["conv2"]))
    assert not window.middle.is_deep
    window.editor.undo()
    assert not window.middle.is_deep


def test_another_layer_chosen_elsewhere_is_looked_into(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.open(Place("conv2", 3, 5, 5))
    window.selection.select(["conv1"], "conv1")
    person.until(lambda: scope.page() is not None, "conv1")
    assert scope.place is not None and scope.place.node == "conv1"
    person.shortcut("build")
    assert not window.middle.is_deep


def test_sweep_moves_the_window_and_keeps_the_rows_in_their_order(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.open(Place("conv2", 3, 5, 9))
    before = scope.page()
    assert before is not None
    window.actions_by_id["sweep"].trigger()
    scope.bar.speed.setValue(scope.bar.speed.maximum())
    passed: list[Place] = []
    scope.moved.connect(lambda looking: passed.append(looking.place))
    person.until(lambda: len(passed) >= 4, "a few steps")
    assert passed[:4] == [
        Place("conv2", 3, 5, 10),
        Place("conv2", 3, 6, 0),
        Place("conv2", 3, 6, 1),
        Place("conv2", 3, 6, 2),
    ]
    page = scope.page()
    assert page is not None and page.order == before.order
    assert [row.number for row in page.rows] == [str(at) for at in before.order[: len(page.rows)]]
    assert scope.bar.sweep.isChecked()
    window.actions_by_id["sweep"].trigger()
    scope.bar.sort.click()
    page = scope.page()
    assert page is not None
    amounts = [abs(row.cells[-1].value) for row in page.rows if isinstance(row.cells[-1], Amount)]
    assert amounts == sorted(amounts, reverse=True)
    QTest.keyClick(scope, Key.Key_Right)
    assert not scope.bar.sweep.isChecked()


def test_a_command_looks_into_the_selected_layer(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    assert not window.actions_by_id["sweep"].isEnabled()
    person.shortcut("look_into")
    shown = window.bridge.shown
    assert shown is not None
    values = shown.answer(ValuesOf("conv2"))
    assert values is not None and scope.place == values.strongest()
    person.shortcut("find")
    assert window.canvas.isVisible()


def test_a_second_click_on_a_map_of_the_canvas_goes_to_its_value(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    item = window.canvas.node_item("conv1").below
    assert isinstance(item, MapsItem)
    person.until(lambda: len(item.channels) > 2, "the maps of conv1")
    area = item.places(window.canvas.zoom)[1][1].translated(window.canvas.mapFromScene(item.scenePos()))
    at = area.topLeft() + QPoint(area.width() // 2, area.height() // 2)
    channel = item.channels[1]
    QTest.mouseClick(window.canvas.viewport(), LEFT, pos=at)
    assert window.selection.current == "conv1" and not window.middle.is_deep
    QTest.mouseClick(window.canvas.viewport(), LEFT, pos=at)
    assert window.middle.is_deep and scope.place is not None
    place = scope.place
    assert (place.node, place.channel) == ("conv1", channel)
    assert abs(place.row - 13) <= 1 and abs(place.column - 13) <= 1


def test_the_map_that_is_looked_at_is_pinned_by_key_and_by_command(window: MainWindow) -> None:
    scope, pins = window.panel(Microscope), window.bench.pins
    window.middle.open(Place("conv2", 3, 5, 5))
    QTest.keyClick(scope, Key.Key_P)
    assert pins.of("conv2") == (3,)
    Person(window).shortcut("pin_map")
    assert pins.of("conv2") == ()
    window.middle.open(Place("fc1", 3))
    QTest.keyClick(scope, Key.Key_P)
    assert pins.of("fc1") == ()


def test_it_follows_training_another_sample_and_an_edit(window: MainWindow) -> None:
    person, scope, session = Person(window), window.panel(Microscope), window.bridge.session
    window.middle.open(Place("conv2", 60, 5, 5))
    first = scope.page()
    assert first is not None
    session.play()
    person.until_trained(lambda: session.status.step >= 3, "a few batches")
    person.until(lambda: scope.page() is not first, "new numbers")
    now = scope.page()
    assert now is not None and now.order == first.order and scope.place == Place("conv2", 60, 5, 5)
    session.pause()
    sample = window.bridge.shown.sample if window.bridge.shown is not None else None
    window.sample.step(1)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample is not sample, "another sample")
    assert scope.page() is not None
    window.editor.apply("Fewer", edits.set_parameter(window.editor.project, "conv2", "out_channels", 8))
    session.stop()
    window.notices.start_over_new()
    person.until(lambda: scope.place is not None and scope.place.channel < 8, "a value that there is")
    person.until(lambda: scope.page() is not None, "its page")
    window.editor.undo()
    assert window.middle.is_deep


def test_what_is_pointed_at_is_framed_in_the_sample(window: MainWindow) -> None:
    scope, traces = window.panel(Microscope), window.bench.traces
    window.middle.open(Place("conv2", 3, 5, 5))
    own = window.sample.image.region()
    QTest.mouseMove(scope.sheet.map, scope.sheet.map.centre(0, 0).toPoint())
    assert traces.trace is not None and traces.trace.target == Place("conv2", 3, 0, 0)
    assert window.sample.image.region() == (0, 0, 8, 8)
    QApplication.sendEvent(scope.sheet.map, QEvent(QEvent.Type.Leave))
    assert window.sample.image.region() == own
    picture = scope.sheet.rows.cell_frame(0, 0)
    QTest.mouseMove(scope.sheet.rows.viewport(), picture.center().toPoint())
    page = scope.page()
    assert page is not None and page.rows[0].leads is not None and traces.trace is not None
    target = traces.trace.target
    assert isinstance(target, Place) and (target.node, target.channel) == ("pool1", page.rows[0].leads.channel)


def test_a_click_goes_where_the_line_said_and_the_line_then_reads_the_new_page(window: MainWindow) -> None:
    scope = window.panel(Microscope)
    rows = scope.sheet.rows
    start = Place("conv2", 3, 5, 5)

    def pointed_and_clicked(cell: int, across: float, down: float, beside: float = 0.0) -> tuple[str, Place]:
        """What the line says at a part of a cell of row 0, and where a click leads."""
        window.middle.open(start)
        area = rows.cell_frame(0, cell)
        at = QPoint(int(area.left() + across * area.width() + beside), int(area.top() + down * area.height()))
        QTest.mouseMove(rows.viewport(), at)
        said = scope.sheet.reading()
        QTest.mouseClick(rows.viewport(), LEFT, pos=at)
        assert scope.place is not None
        return said, scope.place

    window.middle.open(start)
    page = scope.page()
    assert page is not None and page.rows[0].leads is not None
    channel = page.rows[0].leads.channel
    assert pointed_and_clicked(1, 0.1, 0.9)[1] == Place("pool1", channel, 7, 5)
    assert f"Click: pool1[{channel}, 7, 5]" in pointed_and_clicked(1, 0.1, 0.9)[0]
    said, place = pointed_and_clicked(1, 1.0, 0.8, beside=12)
    assert place == Place("pool1", channel, 7, 5) and "row 7, column 5" in said
    said, place = pointed_and_clicked(0, 0.5 / 13, 12.5 / 13)
    assert place == Place("pool1", channel, 12, 0) and said.endswith(f"Click: pool1[{channel}, 12, 0]")
    said, place = pointed_and_clicked(4, 0.5, 0.5)
    assert place == page.rows[0].leads
    share = page.rows[0].cells[-1]
    assert isinstance(share, Amount)
    target = f"pool1[{channel}, {place.row}, {place.column}]"
    assert said == f"map {channel} of pool1: {exact(share.value)}. Click: {target}"
    assert "Click: pool1" not in scope.sheet.reading()
    assert pointed_and_clicked(3, 0.5, 0.5)[0].endswith(f"Click: conv2.weight[3, {channel}, 1, 1]")


def test_the_button_says_that_the_sweep_runs_and_is_disabled_where_nothing_can_move(window: MainWindow) -> None:
    scope = window.panel(Microscope)
    sweep = scope.bar.sweep
    window.middle.open(Place("conv2", 3, 5, 5))
    idle = sweep.text()
    QTest.keyClick(scope, Key.Key_S)
    assert sweep.isChecked() and (sweep.text(), idle) == ("Stop", "Sweep")
    scope.open_weight((3, 0, 1, 1))
    assert not sweep.isChecked() and not sweep.isEnabled() and sweep.text() == "Sweep"
    QTest.keyClick(scope, Key.Key_S)
    window.actions_by_id["sweep"].trigger()
    assert not sweep.isChecked()
    scope.leave_weight()
    assert sweep.isEnabled()


def test_the_way_back_to_the_network_keeps_the_layer_selected(window: MainWindow) -> None:
    window.middle.open(Place("conv2", 3, 5, 5))
    window.middle.path.buttons()[0].click()
    assert not window.middle.is_deep and window.selection.current == "conv2"


def test_no_frames_of_the_value_stay_where_the_microscope_is_left(window: MainWindow) -> None:
    person, maps, traces = Person(window), window.panel(MapsPanel), window.bench.traces
    person.until(lambda: maps.shown_maps() is not None, "the maps")
    window.middle.open(Place("conv2", 3, 4, 5))
    maps._draw_again()
    assert maps.grid.held == (3, 4, 5) and traces.region is not None
    window.middle.to_network()
    assert maps.grid.held is None and traces.trace is None and traces.region is None


def test_the_hidden_canvas_draws_no_snapshots_and_the_present_one_on_the_way_back(window: MainWindow) -> None:
    person, scope, scene = Person(window), window.panel(Microscope), window.canvas.scene()
    assert isinstance(scene, GraphScene)
    window.middle.open(Place("conv2", 3, 5, 5))
    before = scene.snapshot
    step = window.bridge.session.status.step
    window.bridge.session.batches(2)

    def later() -> bool:
        shown = window.bridge.shown
        return scope.value() is not None and shown is not None and shown.step >= step + 2

    person.until(later, "a later value")
    assert scene.snapshot is before
    window.middle.to_network()
    assert scene.snapshot is window.bridge.shown

    def drawn() -> bool:
        return scene.snapshot is not None and bool(scene.snapshot.by_node(MapsOf)["conv2"].channels)

    person.until(drawn, "the maps of the canvas")


def test_views_of_one_value_share_its_arithmetic(window: MainWindow) -> None:
    shown = window.bridge.shown
    values = None if shown is None else shown.answer(ValuesOf("conv2"))
    assert values is not None
    place = Place("conv2", 3, 5, 5)
    assert values.at(place) is values.at(place)
    for row in range(9):
        value = values.at(Place("conv2", 0, row, 0))
        assert value is not None and value.place.row == row
    assert values.at(Place("conv2", 99, 0, 0)) is None
