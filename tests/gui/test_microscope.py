"""From the network into a layer, a map and a number, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.measures import heading, small
from cnnviz.gui.panels.microscope.page import Amount, WeightAt
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.panels.microscope.seen_strip import SeenStrip
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.gui.theme import DARK
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

Key = Qt.Key


@pytest.fixture
def window(application: Application) -> MainWindow:
    window = application.open_window(TEMPLATES["pytorch-tutorial"].project())
    window.resize(1600, 1000)
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "a first snapshot")
    person.shortcut("look")
    person.click_node("conv2")
    person.until(lambda: _known(window, "conv2"), "the values of conv2")
    return window


def _known(window: MainWindow, node: str) -> bool:
    shown = window.bridge.shown
    return shown is not None and shown.answer(ValuesOf(node)) is not None


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


def test_backward_shows_gradients_and_a_click_on_a_weight_its_own(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.open(Place("conv2", 3, 5, 5))
    QTest.keyClick(scope, Key.Key_B)
    person.until(lambda: "How the loss changes" in scope.text(), "the gradient")
    backward = next(one for one in scope.bar.direction.buttons() if one.objectName() == "backward")
    assert backward.isChecked()
    QTest.keyClick(scope, Key.Key_B)
    person.until(lambda: "288 products" in scope.text(), "the products")
    kernel = scope.sheet.rows.cell_frame(0, 3)
    QTest.mouseClick(scope.sheet.rows.viewport(), LEFT, pos=kernel.center().toPoint())
    page = scope.page()
    assert page is not None and scope.looking is not None and scope.looking.weight is not None
    index = scope.looking.weight.index
    assert index[:1] == (3,) and index[2:] == (1, 1)
    person.until(lambda: "positions contributed" in scope.text(), "the gradient of the weight")
    step = window.bridge.session.status.step
    window.bridge.session.batches(2)
    person.until(lambda: window.bridge.session.status.step >= step + 2, "two batches")
    person.until(lambda: "new weight" in scope.sheet.steps.lines(), "the step of the optimizer")
    assert window.middle.path.parts()[-1].startswith("weight")
    QTest.keyClick(scope, Key.Key_Escape)
    assert scope.looking is not None and scope.looking.weight is None
    assert window.middle.path.parts()[-1] == "(5, 5)"


def test_a_click_on_the_bias_leads_to_its_gradient_and_keys_from_weight_to_weight(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.open(Place("conv2", 3, 5, 5))
    table = scope.sheet.table
    line = table.line_frame(list(table.lines()).index("bias")).center().toPoint()
    QTest.mouseClick(table, LEFT, pos=line)
    assert scope.looking is not None and scope.looking.weight == WeightAt("bias", (3,))
    person.until(lambda: "The gradient of conv2.bias[3]" in scope.text(), "the gradient of the bias")
    QTest.keyClick(scope, Key.Key_W)
    person.until(lambda: "The gradient of conv2.weight[3, 0, 0, 0]" in scope.text(), "that of a weight")
    QTest.keyClick(scope, Key.Key_Right)
    person.until(lambda: "conv2.weight[3, 0, 0, 1]" in scope.text(), "the weight beside it")
    QTest.keyClick(scope, Key.Key_PageDown)
    person.until(lambda: "conv2.weight[3, 1, 0, 1]" in scope.text(), "the weight in the next slice")
    QTest.mouseClick(scope.sheet.map, LEFT, pos=scope.sheet.map.centre(2, 2).toPoint())
    person.until(lambda: "conv2.weight[3, 1, 2, 2]" in scope.text(), "the clicked weight")
    QTest.keyClick(scope, Key.Key_Escape)
    assert scope.looking.weight is None and scope.place == Place("conv2", 3, 5, 5)


def test_a_click_on_a_weight_in_the_kernels_tab_leads_to_its_gradient(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.to_network()
    person.click_node("conv2")
    kernels = window.panel(KernelsPanel)
    window.show_panel("kernels")
    person.until(lambda: kernels.shown_weights() is not None, "the kernels")
    centre = kernels.grid.centre(0)
    assert centre is not None
    QTest.mouseClick(kernels.grid.viewport(), LEFT, pos=centre.toPoint())
    assert window.middle.is_deep and scope.looking is not None and scope.looking.weight is not None
    filter = kernels.shown_filters()[0]
    index = (filter, int(kernels.shown_order(filter)[0]), 1, 1)
    assert scope.looking.weight == WeightAt("weight", index) and scope.looking.place.channel == filter
    person.until(lambda: f"conv2.weight[{', '.join(map(str, index))}]" in scope.text(), "its gradient")


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


@pytest.mark.parametrize("width", [1600, 1280, 960])
def test_no_head_of_the_rows_and_no_number_in_the_map_is_cut(window: MainWindow, width: int) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.resize(width, 720)
    person.until(lambda: window.width() == width, "the width")
    for place, weight, backward in (
        (Place("pool1", 3, 5, 5), None, True),
        (Place("pool2", 3, 2, 2), None, True),
        (Place("conv2", 3, 5, 5), (3, 0, 1, 1), False),
        (Place("output", 3), None, True),
    ):
        window.middle.open(place)
        scope.turn(backward=backward)
        if weight is not None:
            scope.open_weight(weight)
        kind = "The gradient of" if weight else "How the loss changes"
        person.until(lambda kind=kind: kind in scope.text(), "the page")  # type: ignore[misc]
        rows, view = scope.sheet.rows, scope.sheet.map
        metrics = QFontMetricsF(heading(rows.font()))
        for head, area, _ in rows.head_areas():
            wrapped = metrics.boundingRect(area, int(Qt.TextFlag.TextWordWrap), spelled(head))
            assert wrapped.height() <= area.height() + 1, (spelled(head), width)
        page = scope.page()
        assert page is not None
        if (places := view.places()) is not None:
            room = view.area().width() / page.map.values.shape[1]
            numbers = [fixed(float(value), places) for value in page.map.values.ravel() if value == value]
            assert max(QFontMetricsF(small(view.font())).horizontalAdvance(number) for number in numbers) <= room
    scope.turn(backward=False)


def test_the_layers_that_a_value_sees_fill_the_room_below_few_rows(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    sheet = scope.sheet
    window.middle.open(Place("conv2", 3, 5, 5))
    person.until(lambda: sheet.rows.spare() < 40 and scope.page() is not None, "as many rows as fit")
    page = scope.page()
    assert page is not None
    many = len(page.rows)
    window.middle.open(Place("pool2", 3, 2, 2))
    usual = SeenStrip(DARK).sizeHint().height()
    person.until(lambda: sheet.strip.height() > usual + 10, "larger outlines")
    assert len(sheet.strip.shown()) == len(sheet.strip.layers()) and sheet.rows.verticalScrollBar().maximum() == 0
    window.middle.open(Place("conv2", 3, 5, 5))
    person.until(lambda: sheet.rows.verticalScrollBar().maximum() == 0, "room for the rows")
    page = scope.page()
    assert page is not None and len(page.rows) == many


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
    assert said == f"map {channel} of pool1. Click: pool1[{channel}, {place.row}, {place.column}]"
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


def test_the_frame_of_the_chosen_value_has_a_dark_and_a_light_line(window: MainWindow) -> None:
    view = window.panel(Microscope).sheet.map
    window.middle.open(Place("conv2", 3, 5, 5))
    centre, drawn = view.centre(5, 5), view.grab().toImage()
    half = (view.centre(5, 6).x() - centre.x()) / 2
    at = {drawn.pixelColor(int(centre.x() - half - away), int(centre.y())).lightness() for away in range(-2, 4)}
    assert max(at) > 200 and min(at) < 60


@pytest.mark.parametrize("width", [1600, 1280, 1024, 960])
def test_no_control_of_the_microscope_is_cut(window: MainWindow, width: int) -> None:
    person, bar = Person(window), window.panel(Microscope).bar
    window.resize(width, 640)
    window.middle.open(Place("conv2", 3, 5, 5))
    person.until(lambda: window.width() == width, "the width")
    shown = [part for part in (bar.sort, bar.back, bar.sweep, bar.on, *bar.direction.buttons()) if part.isVisible()]
    person.until(lambda: all(part.width() >= part.sizeHint().width() for part in shown), "room for all that they say")
    assert all(part.toolTip() and (part.text() or not part.icon().isNull()) for part in shown)
    assert bar.sweep in shown
