"""Live maps on the canvas: which channels, where, and in exactly which colours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from canvas_kit import LEFT, Bench
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnviz.gui.builder.bars_item import BarsItem
from cnnviz.gui.builder.maps_item import MapsItem
from cnnviz.gui.builder.metrics import INSET, ROW_HEIGHT
from cnnviz.gui.builder.tiles import channels, levels, plan
from cnnviz.gui.theme import DARK, LIGHT, Theme, colour_map
from cnnviz.inspection.snapshot import Maps, Sample, Snapshot, Wanted
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES

Make = Callable[..., Bench]


def snapshot(b: Bench, maps: Mapping[str, Maps], probabilities: NDArray[np.float32] | None = None) -> Snapshot:
    shares = np.full(10, 0.1, np.float32) if probabilities is None else probabilities
    sample = Sample(np.zeros((1, 28, 28), np.uint8))
    return Snapshot(1, 1, b.network, sample, maps, {}, np.zeros(10, np.float32), shares, False, 0.0)


def tiles(b: Bench, node: str) -> dict[int, tuple[QPoint, QPoint]]:
    """For each channel the top left and bottom right pixel of its tile in the viewport."""
    item = b.canvas.node_item(node).below
    assert isinstance(item, MapsItem)
    assert item.plan is not None
    origin = b.canvas.mapFromScene(item.scenePos())
    places = item.places(b.canvas.zoom)
    return {
        channel: (origin + target.topLeft(), origin + target.bottomRight())
        for channel, (_, target) in zip(item.plan.channels, places, strict=True)
    }


def wanted_channels(b: Bench, node: str) -> tuple[int, ...]:
    wanted = b.canvas.wanted().maps[node]
    assert wanted is not None
    return wanted


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "one-sided"])
def test_tiles_have_the_colours_of_their_values(bench: Make, theme: Theme, signed: bool) -> None:
    b = bench()
    b.canvas.set_theme(theme)
    shown = wanted_channels(b, "conv1")
    shares = np.linspace(-1.0 if signed else 0.0, 1.0, len(shown))
    values = np.broadcast_to(shares.astype(np.float32)[:, None, None] * 3.0, (len(shown), 26, 26)).copy()
    b.canvas.show_snapshot(snapshot(b, {"conv1": Maps(values, shown, 32, signed, 3.0)}))
    image = b.port.grab().toImage()
    places = tiles(b, "conv1")
    table = colour_map(theme, signed)
    for channel, share in zip(shown, shares, strict=True):
        level = round(share * 127) + 128 if signed else round(share * 255)
        expected = QColor(*(int(part) for part in table[level]))
        first, last = places[channel]
        for pixel in (first, last, QPoint(last.x(), first.y()), (first + last) / 2):
            assert image.pixelColor(pixel) == expected, (channel, pixel)


def test_a_map_stands_upright_and_unsmoothed(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "pool2")
    values = np.zeros((len(shown), 5, 5), np.float32)
    values[:, 0, 4] = 1.0
    b.canvas.show_snapshot(snapshot(b, {"pool2": Maps(values, shown, 64, False, 1.0)}))
    image = b.port.grab().toImage()
    full, none = (QColor(*(int(part) for part in colour_map(DARK, False)[level])) for level in (255, 0))
    for first, last in tiles(b, "pool2").values():
        assert image.pixelColor(QPoint(last.x(), first.y())) == full
        assert image.pixelColor(first) == none
        found = {
            image.pixelColor(x, y).rgb()
            for x in range(first.x() + 20, last.x() + 1)
            for y in range(first.y(), last.y() - 20)
        }
        assert found == {full.rgb(), none.rgb()}


def test_layers_with_equally_many_maps_show_the_same_channels(bench: Make) -> None:
    b = bench()
    first = wanted_channels(b, "conv1")
    assert wanted_channels(b, "relu1") == first == wanted_channels(b, "pool1")
    assert len(first) >= 6
    gaps = set(np.diff(first))
    assert gaps == {4}


def test_more_room_adds_channels_and_moves_none(bench: Make) -> None:
    b = bench(height=450)
    few = set(wanted_channels(b, "conv2"))
    b.canvas.resize(1100, 900)
    many = set(wanted_channels(b, "conv2"))
    assert few < many


@pytest.mark.parametrize("total", [1, 2, 7, 10, 32, 64, 100])
def test_chosen_channels_are_distinct_and_nested(total: int) -> None:
    for count in range(total):
        assert set(channels(total, count)) <= set(channels(total, count + 1))
        assert len(set(channels(total, count))) == count


def test_what_is_not_a_number_is_drawn_as_zero() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 0.0, 3e38], np.float32)
    assert levels(values, 1e-3, True).tolist() == [128, 255, 0, 128, 255]
    assert levels(values, 1e-3, False).tolist() == [0, 255, 0, 0, 255]


def test_a_vector_is_shown_whole_where_it_fits() -> None:
    short, long, endless = plan((10,), 400.0), plan((128,), 400.0), plan((1_000_000,), 400.0)
    assert short is not None
    assert long is not None
    assert endless is not None
    assert (short.columns, short.complete) == (1, True)
    assert long.complete
    assert long.extent <= 400
    assert not endless.complete
    assert endless.extent <= 400
    assert plan((32, 26, 26), 40.0) is None


def test_nothing_is_wanted_where_nothing_is_seen(bench: Make) -> None:
    b = bench()
    assert set(b.canvas.wanted().maps) == set(b.network.nodes) - {"output"}
    assert b.canvas.wanted().maps["fc1"] is None
    b.canvas.set_view("build")
    assert b.canvas.wanted() == Wanted()
    b.canvas.set_view("maps")
    b.canvas.hide()
    assert b.canvas.wanted() == Wanted()
    b.canvas.show()
    for _ in range(6):
        b.canvas.zoom_in()
    assert 0 < len(b.canvas.wanted().maps) < 11


def test_a_snapshot_repaints_only_what_changed(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "conv1")
    ones = Maps(np.ones((len(shown), 26, 26), np.float32), shown, 32, True, 1.0)
    b.canvas.show_snapshot(snapshot(b, {"conv1": ones}))
    item = b.canvas.node_item("conv1").below
    assert isinstance(item, MapsItem)
    picture = item._levels
    again = Maps(ones.values.copy(), shown, 32, True, 1.0)
    b.canvas.show_snapshot(snapshot(b, {"conv1": again}))
    assert item._levels is picture
    half = Maps((ones.values / 2).astype(np.float32), shown, 32, True, 1.0)
    b.canvas.show_snapshot(snapshot(b, {"conv1": half}))
    assert item._levels is not picture


def test_maps_of_another_shape_are_not_shown(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "conv1")
    b.canvas.show_snapshot(snapshot(b, {"conv1": Maps(np.ones((len(shown), 9, 9), np.float32), shown, 32, True, 1.0)}))
    first, last = tiles(b, "conv1")[0]
    image = b.port.grab().toImage()
    assert image.pixelColor((first + last) / 2) == QColor(DARK.surface)


def test_clearing_leaves_empty_tiles(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "conv1")
    b.canvas.show_snapshot(
        snapshot(b, {"conv1": Maps(np.ones((len(shown), 26, 26), np.float32), shown, 32, True, 1.0)})
    )
    first, last = tiles(b, "conv1")[0]
    assert b.port.grab().toImage().pixelColor((first + last) / 2) == QColor(DARK.positive)
    b.canvas.clear_snapshot()
    image = b.port.grab().toImage()
    assert image.pixelColor((first + last) / 2) == QColor(DARK.surface)
    assert image.pixelColor(first) == QColor(DARK.line)


def test_a_click_on_a_map_names_its_channel(bench: Make, qtbot: QtBot) -> None:
    b = bench()
    channel, (first, last) = list(tiles(b, "relu2").items())[3]
    with qtbot.waitSignal(b.canvas.mapClicked) as caught:
        QTest.mouseClick(b.port, LEFT, pos=(first + last) / 2)
    assert caught.args == ["relu2", channel]
    assert b.selection.current == "relu2"
    with qtbot.assertNotEmitted(b.canvas.mapClicked):
        QTest.mouseClick(b.port, LEFT, pos=b.header("relu2"))


def test_a_click_on_a_cell_of_a_vector_names_its_unit(bench: Make, qtbot: QtBot) -> None:
    b = bench()
    item = b.canvas.node_item("fc1").below
    assert isinstance(item, MapsItem)
    assert item.plan is not None
    source, target = item.places(b.canvas.zoom)[0]
    cell = target.width() // source.width()
    origin = b.canvas.mapFromScene(item.scenePos()) + target.topLeft()
    with qtbot.waitSignal(b.canvas.mapClicked) as caught:
        QTest.mouseClick(b.port, LEFT, pos=origin + QPoint(2 * cell + cell // 2, 3 * cell + cell // 2))
    assert caught.args == ["fc1", 3 * item.plan.columns + 2]


def test_the_most_probable_class_is_set_off(bench: Make) -> None:
    b = bench()
    shares = np.full(10, 0.01, np.float32)
    shares[7] = 0.91
    b.canvas.show_snapshot(snapshot(b, {}, shares))
    image = b.port.grab().toImage()
    item = b.canvas.node_item("output").below
    area = b.canvas.mapFromScene(item.sceneBoundingRect()).boundingRect()
    height = area.height() / 10
    good = QColor(DARK.good).rgb()
    rows = {
        row
        for row in range(10)
        if any(
            image.pixel(area.left() + x, int(area.top() + (row + 0.5) * height)) == good
            for x in range(area.width() - 4)
        )
    }
    assert rows == {7}


def test_of_many_classes_the_most_probable_stand_below_the_output(bench: Make) -> None:
    project = TEMPLATES["pytorch-tutorial"].project()
    b = bench(edits.set_parameter(project, "fc2", "out_features", 1000))
    item = b.canvas.node_item("output").below
    assert isinstance(item, BarsItem)
    assert not item.classes and not item.complete
    ground = b.port.grab().toImage()
    shares = np.full(1000, 1e-4, np.float32)
    shares[[777, 3, 42]] = 0.5, 0.25, 0.125
    b.canvas.show_snapshot(snapshot(b, {}, shares))
    assert item.classes == (777, 3, 42, 0, 1, 2, 4, 5)
    assert b.port.grab().toImage() != ground
    corner = QPointF(INSET + 2, ROW_HEIGHT * 1.5)
    assert item.channel_at(corner, 1.0) == 3
    shares = np.roll(shares, 1)
    b.canvas.show_snapshot(snapshot(b, {}, shares))
    assert item.classes[:3] == (778, 4, 43)
    b.canvas.clear_snapshot()
    assert not item.classes and item.channel_at(corner, 1.0) is None


def test_a_moment_of_other_classes_is_not_shown(bench: Make) -> None:
    b = bench()
    item = b.canvas.node_item("output").below
    assert isinstance(item, BarsItem)
    b.canvas.show_snapshot(snapshot(b, {}, np.full(10, 0.1, np.float32)))
    b.editor.apply("more", edits.set_parameter(b.project, "fc2", "out_features", 12))
    b.port.grab()
    assert item.classes == tuple(range(12))
