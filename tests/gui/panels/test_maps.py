from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.levels import GAP_LEVEL, levels
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.numerals import exact

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.widgets.map_scales import MapScale
    from cnnviz.inspection.questions import Array

MakeSnapshot = Callable[..., Snapshot]


@pytest.fixture
def panel(qtbot: QtBot) -> MapsPanel:
    panel = MapsPanel(DARK)
    qtbot.addWidget(panel)
    panel.resize(280, 640)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def look_at(panel: MapsPanel, editor: ProjectEditor, node: str) -> None:
    panel.set_layer(node, editor.project.network[node], editor.report.nodes[node])


def some_maps(*shape: int) -> Array:
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


def test_it_wants_all_maps_only_while_it_is_visible(panel: MapsPanel, editor: ProjectEditor) -> None:
    look_at(panel, editor, "conv2")
    assert panel.questions() == {MapsOf("conv2")}
    panel.hide()
    assert panel.questions() == frozenset()


def test_the_maps_on_screen_are_those_of_the_snapshot(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "pool2")
    values = some_maps(64, 5, 5)
    panel.show_snapshot(make_snapshot(maps={"pool2": values}))
    shown = panel.shown_maps()
    assert shown is not None and np.array_equal(shown.view(np.uint32), values.view(np.uint32))
    placed, picture = panel.grid.placement(), panel.grid.picture()
    assert placed is not None and picture is not None
    wanted = levels(values, 1.0, True)
    for row in range(placed.shown_rows):
        for column in range(placed.columns):
            for y, x in np.ndindex(5, 5):
                pixel_y = row * placed.pitch[0] + int((y + 0.5) * placed.height / 5)
                pixel_x = column * placed.pitch[1] + int((x + 0.5) * placed.width / 5)
                assert picture[pixel_y, pixel_x] == wanted[row * placed.columns + column, y, x]


def test_a_snapshot_with_only_some_of_the_maps_is_for_somebody_else(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv1")
    snapshot = make_snapshot(maps={"conv1": some_maps(6, 26, 26)})
    some = replace(snapshot.by_node(MapsOf)["conv1"], total=32)
    panel.show_snapshot(replace(snapshot, answers={MapsOf("conv1", 6): some}))
    assert panel.shown_maps() is None


def test_silent_maps_say_so(panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot) -> None:
    look_at(panel, editor, "relu1")
    values = some_maps(32, 26, 26)
    values[2] = 0.0
    panel.show_snapshot(make_snapshot(maps={"relu1": values}, signed=False))
    assert panel.text().replace("\u00a0", " ") == "32 maps of relu1, 26×26 each, for this sample. 1 of them silent."
    centre = panel.grid.centre(2)
    assert centre is not None
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    assert panel.grid.line() == "map 2 (silent)\nrow 13, column 13: 0"


def test_a_vector_stands_as_bars_that_read_their_value(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot, qtbot: QtBot
) -> None:
    look_at(panel, editor, "fc1")
    values = some_maps(128)
    panel.show_snapshot(make_snapshot(maps={"fc1": values}))
    assert panel.text() == "128 values of fc1 for this sample, in order."
    bars = panel.bars
    with qtbot.waitSignal(panel.mapClicked) as clicked:
        QTest.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=bars.centre(9))
    assert clicked.args == ["fc1", 9]
    assert bars.line() == f"value 9\n{exact(float(values[9]))}"
    area = bars.focusProxy()
    assert area is not None
    for _ in range(118):
        QTest.keyClick(area, Qt.Key.Key_Right)
    assert bars.line() == f"value 127\n{exact(float(values[127]))}"
    assert bars.viewport().rect().contains(bars.centre(127))


def test_bars_grow_from_zero_to_both_sides(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "fc2")
    panel.set_classes(tuple(f"class{number}" for number in range(10)))
    values = np.linspace(-1, 1, 10, dtype=np.float32)
    panel.show_snapshot(make_snapshot(maps={"fc2": values}))
    assert panel.text() == "fc2 for this sample: a score (logit) for each class."
    shown = panel.bars.bars()
    assert shown is not None and shown.label(3) == "class3" and shown.name(3) == "class class3"
    image = panel.bars.viewport().grab().toImage()

    def coloured(index: int, colour: str) -> list[int]:
        row = round(panel.bars.centre(index).y() * image.devicePixelRatio())
        return [x for x in range(image.width()) if image.pixelColor(x, row).name() == colour]

    negative, positive = coloured(0, DARK.negative), coloured(9, DARK.positive)
    assert min(len(negative), len(positive)) > 60 and abs(max(negative) - min(positive)) <= 3
    assert len(coloured(7, DARK.positive)) == pytest.approx(len(positive) * 5 / 9, abs=2)


def test_a_flatten_keeps_apart_the_maps_that_it_came_from(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot, qtbot: QtBot
) -> None:
    look_at(panel, editor, "flatten")
    values = some_maps(1600)
    panel.show_snapshot(make_snapshot(maps={"flatten": values}))
    assert panel.text().replace("\u00a0", " ") == (
        "flatten for this sample, laid out as the 64 maps of pool2 that it came from, 5×5 each."
    )
    centre = panel.grid.centre(3)
    assert centre is not None
    with qtbot.waitSignal(panel.mapClicked) as clicked:
        QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    index = 3 * 25 + 2 * 5 + 2
    assert clicked.args == ["flatten", index]
    assert panel.grid.line() == f"map 3 of pool2\nrow 2, column 2: {exact(float(values[index]))}"


def test_a_pinned_map_stands_first_with_a_sign(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv1")
    panel.show_snapshot(make_snapshot(maps={"conv1": some_maps(32, 26, 26)}))
    centre = panel.grid.centre(5)
    assert centre is not None
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    QTest.keyClick(panel.grid, Qt.Key.Key_P)
    tiles = panel.grid.tiles
    assert tiles is not None and [tiles.caption(place) for place in range(3)] == ["★5", "0", "1"]
    QTest.keyClick(panel.grid, Qt.Key.Key_P)


def test_the_numbers_on_screen_are_kept_as_tables_and_arrays(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot, tmp_path: Path
) -> None:
    look_at(panel, editor, "pool2")
    values = some_maps(64, 5, 5)
    panel.show_snapshot(make_snapshot(maps={"pool2": values}))
    assert panel.menu.suggested("csv") == "pool2-maps-step-1.csv"
    panel.menu.save(tmp_path / "maps.csv")
    lines = (tmp_path / "maps.csv").read_text().splitlines()
    assert lines[0] == "map,row,column,value" and len(lines) == 1601
    assert np.float32(lines[1 + 26].split(",")[-1]) == values[1, 0, 1] and lines[1 + 26].startswith("1,0,1,")
    panel.menu.save(tmp_path / "maps.npy")
    assert np.array_equal(np.load(tmp_path / "maps.npy"), values)


def test_a_click_names_node_and_channel(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot, qtbot: QtBot
) -> None:
    look_at(panel, editor, "conv1")
    panel.show_snapshot(make_snapshot(maps={"conv1": some_maps(32, 26, 26)}))
    centre = panel.grid.centre(5)
    assert centre is not None
    with qtbot.waitSignal(panel.mapClicked) as clicked:
        QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    assert clicked.args == ["conv1", 5]


def test_another_layer_forgets_the_maps(panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot) -> None:
    look_at(panel, editor, "conv1")
    panel.show_snapshot(make_snapshot(maps={"conv1": some_maps(32, 26, 26)}))
    look_at(panel, editor, "conv2")
    assert panel.shown_maps() is None
    assert panel.text() == "The maps of conv2 appear as soon as it has run."
    panel.set_layer(None, None, None)
    assert panel.text() == "Select a layer to see the maps that it makes of the sample."


def test_a_single_map_is_called_one(panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot) -> None:
    look_at(panel, editor, "input")
    panel.show_snapshot(make_snapshot(maps={"input": some_maps(1, 28, 28)}))
    assert panel.text().replace("\u00a0", " ") == "1 map of input, 28×28, for this sample."


def test_maps_have_the_scale_of_their_layer_their_own_or_one_for_all(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "pool2")
    values = np.abs(some_maps(64, 5, 5)) * np.linspace(0.1, 1, 64, dtype=np.float32)[:, None, None]
    panel.show_snapshot(make_snapshot(maps={"pool2": values, "conv1": 2 * some_maps(32, 26, 26)}, signed=False))
    snapshot = panel._snapshot
    assert snapshot is not None
    pool, conv = (snapshot.by_node(MapsOf)[name] for name in ("pool2", "conv1"))
    assert pool.limit == 1.0
    object.__setattr__(conv, "limit", 4.0)

    def brightest() -> tuple[int, int]:
        """Of the first map, which is the weakest, and of all that are in view."""
        picture, placed = panel.grid.picture(), panel.grid.placement()
        assert picture is not None and placed is not None
        shown = np.where(picture == GAP_LEVEL, 0, picture)
        return int(shown[: placed.height, : placed.width].max()), int(shown.max())

    placed = panel.grid.placement()
    assert placed is not None
    weak, strong = values[0].max(), values[: placed.shown_rows * placed.columns].max()
    expected = {"layer": (weak * 254, strong * 254), "map": (254, 254), "network": (weak * 254 / 4, strong * 254 / 4)}
    scales: tuple[MapScale, ...] = ("map", "network", "layer")
    for scale in scales:
        panel.set_map_scale(scale)
        assert brightest() == pytest.approx(expected[scale], abs=1)
    assert panel.scale_text() == "Colours span 99.7 % of the values of the layer."


def test_it_tells_of_the_values_that_are_pointed_at_and_held(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    pointed: list[Place | None] = []
    held: list[Place | None] = []
    panel.valuePointed.connect(pointed.append)
    panel.valueHeld.connect(held.append)
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot(maps={"conv2": some_maps(64, 11, 11)}))
    centre, key, shift = panel.grid.centre(2), QTest.keyClick, Qt.KeyboardModifier.ShiftModifier
    assert centre is not None
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    panel.show_snapshot(make_snapshot(maps={"conv2": some_maps(64, 11, 11)}, step=2))
    assert held == pointed == [Place("conv2", 2, 5, 5)]
    key(panel.grid, Qt.Key.Key_Right)
    assert pointed[1:] == [None]
    key(panel.grid, Qt.Key.Key_Up, shift)
    key(panel.grid, Qt.Key.Key_Left, shift)
    assert held[1:] == [Place("conv2", 3, 5, 5), Place("conv2", 3, 4, 5), Place("conv2", 3, 4, 4)]
    panel.hide()
    panel.show()
    assert held[4:] == [None, Place("conv2", 3, 4, 4)]
    key(panel.grid, Qt.Key.Key_Escape)
    assert held[6:] == [None]

    look_at(panel, editor, "fc2")
    panel.show_snapshot(make_snapshot(maps={"fc2": some_maps(10)}))
    area = panel.bars.focusProxy()
    assert area is not None
    key(area, Qt.Key.Key_Down)
    assert held[7:] == [Place("fc2", 0)]
    look_at(panel, editor, "conv1")
    assert held[8:] == [None]


def test_the_held_value_goes_with_the_microscope(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    told: list[Place | None] = []
    panel.valueHeld.connect(told.append)
    panel.let_go()
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot(maps={"conv2": some_maps(64, 11, 11)}))
    panel.follow(Place("conv2", 2, 5, 5))
    panel.show_snapshot(make_snapshot(maps={"conv2": some_maps(64, 11, 11)}, step=2))
    assert told == [Place("conv2", 2, 5, 5)]
    panel.let_go()
    panel.show_snapshot(make_snapshot(maps={"conv2": some_maps(64, 11, 11)}, step=3))
    assert told[1:] == [None] and panel.grid.held is None
    look_at(panel, editor, "fc2")
    panel.show_snapshot(make_snapshot(maps={"fc2": some_maps(10)}))
    panel.follow(Place("fc2", 3))
    panel.let_go()
    assert panel.bars.held is None and panel.shown_maps() is not None


def test_the_held_value_is_the_one_that_the_microscope_shows(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    told: list[Place | None] = []
    panel.valueHeld.connect(told.append)
    look_at(panel, editor, "pool2")
    maps = some_maps(64, 5, 5)
    panel.show_snapshot(make_snapshot(maps={"pool2": maps}))
    centre = panel.grid.centre(3)
    assert centre is not None
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    QTest.mouseMove(panel.grid, panel.grid.rect().bottomRight())
    panel.grid._point(None)
    assert panel.grid.held == (3, 2, 2)
    panel.follow(Place("pool2", 5, 1, 4))
    assert panel.grid.held == (5, 1, 4)
    assert panel.grid.line() == f"map 5\nrow 1, column 4: {exact(float(maps[5, 1, 4]))}"
    panel.follow(Place("pool1", 0, 0, 0))
    assert panel.grid.held == (5, 1, 4)
    # the microscope traces its value itself
    assert told == [Place("pool2", 3, 2, 2)]
    look_at(panel, editor, "flatten")
    panel.show_snapshot(make_snapshot(maps={"flatten": maps.reshape(-1)}))
    panel.follow(Place("flatten", 2 * 25 + 3 * 5 + 1))
    assert panel.grid.held == (2, 3, 1)
    look_at(panel, editor, "fc2")
    panel.show_snapshot(make_snapshot(maps={"fc2": some_maps(10)}))
    panel.follow(Place("fc2", 7))
    assert panel.bars.held == 7 and panel.bars.line().startswith("value 7\n")
