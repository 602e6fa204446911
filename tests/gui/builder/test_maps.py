"""Live maps on the canvas: which channels, where, and in exactly which colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from canvas_kit import Bench, Painted, snapshot
from canvas_maps_kit import asked_maps, maps_of, strong, tiles, wanted_channels
from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QColor, QRegion
from PySide6.QtWidgets import QApplication

from cnnviz.gui.builder.geometry.levels import Scaled, levels_of
from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.theme import DARK, LIGHT, Theme, colour_map
from cnnviz.gui.widgets.map_scales import OWN
from cnnviz.inspection.answers.maps import Maps
from cnnviz.inspection.answers.prediction import NetworkOutput

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Make = Callable[..., Bench]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "one-sided"])
def test_tiles_have_the_colours_of_their_values(bench: Make, theme: Theme, signed: bool) -> None:
    b = bench()
    b.canvas.set_theme(theme)
    shown = wanted_channels(b, "conv1")
    shares = np.linspace(-1.0 if signed else 0.0, 1.0, len(shown))
    values = np.broadcast_to(shares.astype(np.float32)[:, None, None] * 3.0, (len(shown), 26, 26)).copy()
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(values, shown, 32, signed, 3.0)}))
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
    b.canvas.show_snapshot(snapshot(b, {"pool2": maps_of(values, shown, 64, False)}))
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


def test_the_strongest_maps_stand_in_the_order_of_their_numbers(bench: Make) -> None:
    b = bench()
    count = len(wanted_channels(b, "conv1"))
    assert count >= 6
    strongest = strong((30, 2, 17, 11, 5, 29), 32)
    maps = Maps(np.ones((32, 26, 26), np.float32), tuple(range(32)), 32, True, 1.0, strongest)
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps}))
    item = b.canvas.node_item("conv1").below
    assert isinstance(item, MapsItem)
    assert item.channels == tuple(sorted(strongest[:count]))


def test_more_room_adds_channels_and_takes_none_away(bench: Make) -> None:
    b = bench(height=450)
    few = set(wanted_channels(b, "conv2"))
    b.canvas.resize(1100, 900)
    many = set(wanted_channels(b, "conv2"))
    assert few < many


def test_numbers_stand_beside_maps_and_frames_around_them(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "relu1")
    dark = np.zeros((len(shown), 26, 26), np.float32)
    b.canvas.show_snapshot(snapshot(b, {"relu1": maps_of(dark, shown, 32, False)}))
    image = b.port.grab().toImage()
    for first, last in tiles(b, "relu1").values():
        inside = {image.pixelColor(x, y).name() for x in range(first.x(), last.x()) for y in range(first.y(), last.y())}
        assert inside == {DARK.surface}
        assert image.pixelColor(first - QPoint(1, 1)) == image.pixelColor(last + QPoint(1, 1)) == QColor(DARK.line)
        beside = {image.pixelColor(first.x() - x, first.y() + y).name() for x in range(2, 12) for y in range(12)}
        assert len(beside) > 2


def test_maps_have_the_scale_of_their_layer_their_own_or_one_for_all(bench: Make) -> None:
    b = bench()
    weak, strong_ones = wanted_channels(b, "relu1"), wanted_channels(b, "relu2")
    low = np.linspace(0.1, 1.0, len(weak), dtype=np.float32)[:, None, None] * np.ones((1, 24, 24), np.float32)
    low = np.broadcast_to(low[:, :1, :1], (len(weak), 26, 26)).copy()
    high = np.full((len(strong_ones), 11, 11), 4.0, np.float32)
    moment = snapshot(b, {"relu1": maps_of(low, weak, 32, False), "relu2": maps_of(high, strong_ones, 64, False, 4.0)})
    b.canvas.show_snapshot(moment)
    one, other = (b.canvas.node_item(name).below for name in ("relu1", "relu2"))
    assert isinstance(one, MapsItem) and isinstance(other, MapsItem)

    def strongest() -> tuple[int, int, int]:
        assert one._levels is not None and other._levels is not None
        return int(one._levels.min()), int(one._levels.max()), int(other._levels.max())

    assert strongest() == (26, 255, 255)
    b.canvas.set_map_scale("map")
    assert strongest() == (255, 255, 255)
    b.canvas.set_map_scale("network")
    assert strongest() == (6, 64, 255)
    assert b.canvas.drawn_maps().clipped == 0
    b.canvas.set_map_scale("layer")
    assert strongest() == (26, 255, 255)
    tight = {"relu1": maps_of(low, weak, 32, False, 0.99), "relu2": maps_of(high, strong_ones, 64, False, 4.0)}
    b.canvas.show_snapshot(snapshot(b, tight))
    assert b.canvas.drawn_maps().clipped == 26 * 26
    b.canvas.set_map_scale("map")
    assert b.canvas.drawn_maps().clipped == 0


def test_what_is_not_a_number_is_drawn_as_zero() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 0.0, 3e38], np.float32)
    for signed, wanted in ((True, [128, 255, 0, 128, 255]), (False, [0, 255, 0, 0, 255])):
        (made,) = levels_of([Scaled(values, 1e-3, signed)])
        assert made.levels.tolist() == wanted
        assert made.clipped == 3


def test_levels_are_the_same_whatever_is_computed_with_them() -> None:
    numbers = np.random.default_rng(4)
    maps = numbers.normal(size=(3, 5, 4)).astype(np.float32)
    wild = np.array([np.nan, np.inf, 1.0], np.float32)
    parts = [Scaled(maps, 1.0, True), Scaled(wild, 2.0, False), Scaled(maps, OWN, True), Scaled(maps[0, 0], 0.5, False)]
    together = levels_of(parts)
    for part, made in zip(parts, together, strict=True):
        (alone,) = levels_of([part])
        assert made.levels.shape == part.values.shape
        assert np.array_equal(made.levels, alone.levels) and made.clipped == alone.clipped
    assert together[0].clipped == np.count_nonzero(np.abs(maps) > 1.0) and together[2].clipped == 0
    assert [int(abs(own.astype(int) - 128).max()) for own in together[2].levels] == [127, 127, 127]
    assert levels_of([]) == []


def test_nothing_is_asked_where_nothing_is_seen(bench: Make) -> None:
    b = bench()
    assert set(asked_maps(b)) == set(b.network.nodes) - {"output"}
    assert NetworkOutput() in b.canvas.questions()
    assert asked_maps(b)["fc1"] is None
    b.canvas.set_view("build")
    assert b.canvas.questions() == frozenset()
    b.canvas.set_view("maps")
    b.canvas.hide()
    assert b.canvas.questions() == frozenset()
    b.canvas.show()
    for _ in range(6):
        b.canvas.zoom_in()
    assert 0 < len(asked_maps(b)) < 11


def test_a_snapshot_repaints_only_what_changed(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "conv1")
    ones = maps_of(np.ones((len(shown), 26, 26), np.float32), shown, 32, True)
    b.canvas.show_snapshot(snapshot(b, {"conv1": ones}))
    item = b.canvas.node_item("conv1").below
    assert isinstance(item, MapsItem)
    picture = item._levels
    again = maps_of(ones.values.copy(), shown, 32, True)
    b.canvas.show_snapshot(snapshot(b, {"conv1": again}))
    assert item._levels is picture
    half = maps_of((ones.values / 2).astype(np.float32), shown, 32, True)
    b.canvas.show_snapshot(snapshot(b, {"conv1": half}))
    assert item._levels is not picture


@pytest.mark.parametrize("steps", [-3, 0, 2])
def test_another_picture_of_the_same_maps_paints_them_alone(bench: Make, qtbot: QtBot, steps: int) -> None:
    b = bench()
    for _ in range(abs(steps)):
        (b.canvas.zoom_in if steps > 0 else b.canvas.zoom_out)()
    b.canvas.go_to("conv1")
    shown = wanted_channels(b, "conv1")
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(np.ones((len(shown), 26, 26), np.float32), shown, 32, True)}))
    b.port.repaint()
    QApplication.processEvents()
    painted = Painted(b.port)
    other = np.full((len(shown), 26, 26), -1, np.float32)
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(other, shown, 32, True)}))
    qtbot.waitUntil(lambda: not painted.region.isEmpty())
    for first, last in tiles(b, "conv1").values():
        tile = QRect(first, last).intersected(b.port.rect())
        assert QRegion(tile).subtracted(painted.region).isEmpty()
    around = painted.region.boundingRect()
    header = b.canvas.node_item("conv1")
    above = b.canvas.mapFromScene(header.mapRectToScene(QRectF(0, 0, WIDTH, HEADER))).boundingRect()
    assert not around.intersects(above.adjusted(0, 0, 0, -2))
    assert around.width() < above.width()


def test_maps_of_another_shape_are_not_shown(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "conv1")
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(np.ones((len(shown), 9, 9), np.float32), shown, 32, True)}))
    item = b.canvas.node_item("conv1").below
    assert isinstance(item, MapsItem)
    assert item._levels is None
    target = item.places(b.canvas.zoom)[0][1].translated(b.canvas.mapFromScene(item.scenePos()))
    image = b.port.grab().toImage()
    assert image.pixelColor(target.center()) == QColor(DARK.surface)


def test_clearing_leaves_empty_tiles(bench: Make) -> None:
    b = bench()
    shown = wanted_channels(b, "conv1")
    b.canvas.show_snapshot(snapshot(b, {"conv1": maps_of(np.ones((len(shown), 26, 26), np.float32), shown, 32, True)}))
    first, last = tiles(b, "conv1")[shown[0]]
    assert b.port.grab().toImage().pixelColor((first + last) / 2) == QColor(DARK.positive)
    b.canvas.show_snapshot(None)
    image = b.port.grab().toImage()
    assert image.pixelColor((first + last) / 2) == QColor(DARK.surface)
    assert image.pixelColor(first - QPoint(1, 1)) == QColor(DARK.line)
