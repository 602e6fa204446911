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
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.numerals import exact

if TYPE_CHECKING:
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


def test_a_flat_vector_stands_as_cells_that_read_their_value(
    panel: MapsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "fc1")
    values = some_maps(128)
    panel.show_snapshot(make_snapshot(maps={"fc1": values}))
    centre = panel.grid.centre(9)
    assert centre is not None
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    assert panel.grid.line() == f"value 9\n{exact(float(values[9]))}"


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
    assert panel.scale_text() == "Robust scale of the layer, held while training."
