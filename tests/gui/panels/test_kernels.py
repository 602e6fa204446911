from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.kernels import words
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.kernels.stacks import SliceOrder, stack_form
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.levels import levels
from cnnviz.gui.widgets.reading_line import ReadingLine
from cnnviz.inspection.answers.kernels import KernelsOf, WeightScale
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Flatten, Input, Output
from cnnviz.network.report import Facts

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.inspection.questions import Array

MakeSnapshot = Callable[..., Snapshot]


@pytest.fixture
def panel(qtbot: QtBot) -> KernelsPanel:
    panel = KernelsPanel(DARK)
    qtbot.addWidget(panel)
    panel.resize(280, 640)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def look_at(panel: KernelsPanel, editor: ProjectEditor, node: str) -> None:
    panel.set_layer(node, editor.project.network[node], editor.report.nodes[node])


def weights(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def test_it_wants_the_kernels_only_while_it_is_visible(panel: KernelsPanel, editor: ProjectEditor) -> None:
    look_at(panel, editor, "conv2")
    assert panel.questions() == {KernelsOf("conv2")}
    panel.hide()
    assert panel.questions() == frozenset()
    panel.show()
    look_at(panel, editor, "relu1")
    assert panel.questions() == frozenset()


def test_the_weights_on_screen_are_those_of_the_snapshot(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    weight = weights(64, 32, 3, 3)
    panel.show_snapshot(make_snapshot({"conv2": weight}))
    shown = panel.shown_weights()
    assert shown is not None and np.array_equal(shown.view(np.uint32), weight.view(np.uint32))
    placed, picture = panel.grid.placement(), panel.grid.picture()
    assert placed is not None and picture is not None
    wanted = levels(weight, 1.0, True)
    for row in panel.grid.visible()[0]:
        order = panel.shown_order(row)
        for column in panel.grid.visible()[1]:
            top, left = row * placed.pitch[0], column * placed.pitch[1]
            tile = picture[top : top + placed.height, left : left + placed.width]
            step = placed.height // 3
            assert np.array_equal(tile[step // 2 :: step, step // 2 :: step], wanted[row, order[column]])


def test_the_strongest_slices_come_first(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    weight = weights(64, 32, 3, 3)
    panel.show_snapshot(make_snapshot({"conv2": weight}))
    strength = np.abs(weight[5]).max(axis=(1, 2))
    assert (np.diff(strength[panel.shown_order(5)]) <= 0).all()
    assert "64 filters, each a stack of 32 slices, one for each map of <b>pool1</b>" in panel.text()
    assert panel.text().endswith("Strongest slices first.")
    tiles = panel.grid.tiles
    assert tiles is not None and tiles.slice_text is not None
    assert [tiles.slice_text(5 * 32 + place) for place in range(32)] == [str(map) for map in panel.shown_order(5)]


def test_the_order_holds_still_until_it_is_sorted_again(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3)}, step=1))
    before = panel.shown_order(0).copy()
    assert not panel.sort_button.isVisible()
    for step in (2, 3):
        panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3, seed=step)}, step=step, settled=step == 3))
        assert np.array_equal(panel.shown_order(0), before)
    assert panel.sort_button.isVisible()
    assert "Slices in the order of step 1." in panel.text()
    numbers = panel.grid._captions
    assert numbers is not None and numbers.slice_texts[0] == str(before[0])
    panel.sort_button.click()
    assert not np.array_equal(panel.shown_order(0), before)
    numbers = panel.grid._captions
    assert numbers is not None and numbers.slice_texts[0] == str(panel.shown_order(0)[0])
    assert not panel.sort_button.isVisible() and panel.text().endswith("Strongest slices first.")


def test_the_slices_of_another_run_are_sorted_anew(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3)}, step=9))
    other = weights(64, 32, 3, 3, seed=2)
    panel.show_snapshot(replace(make_snapshot({"conv2": other}, step=2, settled=True), run=2))
    strength = np.abs(other[5]).max(axis=(1, 2))
    assert (np.diff(strength[panel.shown_order(5)]) <= 0).all()
    assert panel.text().endswith("Strongest slices first.") and not panel.sort_button.isVisible()


def test_the_title_counts_filters_that_were_scrolled_into_view_and_sorted_later(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3)}, step=1))
    order = panel._order
    panel.shown_order(0)
    later = next(filter for filter in range(64) if filter not in order._orders)
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3, seed=2)}, step=2))
    panel.shown_order(later)
    assert order.sorted_at((0,)) == (1, 1) and order.sorted_at((later,)) == (2, 2)
    monkeypatch.setattr(panel, "_filters_in_view", lambda _: (0, later))
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3, seed=3)}, step=1300, settled=True))
    assert panel.text().endswith("Slices in the order of steps 1 to 2.")
    panel.sort_again()
    assert panel.text().endswith("Strongest slices first.") and order.sorted_at(()) == (1300, 1300)


def test_a_slightly_changed_order_is_not_called_stale() -> None:
    order = SliceOrder()
    weight = np.array([1.0, 0.5, 0.48], np.float32).reshape(1, 3, 1, 1)
    order.of(0, weight)
    assert not order.is_outdated(range(1), np.array([1.0, 0.47, 0.49], np.float32).reshape(1, 3, 1, 1))
    assert order.is_outdated(range(1), np.array([0.2, 0.5, 0.48], np.float32).reshape(1, 3, 1, 1))


def test_the_line_names_the_map_that_a_slice_reads(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot, qtbot: QtBot
) -> None:
    look_at(panel, editor, "conv2")
    weight = weights(64, 32, 3, 3)
    panel.show_snapshot(make_snapshot({"conv2": weight}))
    centre = panel.grid.centre(32 + 2)
    assert centre is not None
    QTest.mouseMove(panel.grid.viewport(), centre.toPoint())
    read = int(panel.shown_order(1)[2])
    qtbot.waitUntil(lambda: panel.grid.line().startswith(f"filter 1, map {read} of pool1\nrow 1, column 1: "))


def grouped_network() -> Network:
    return chain(
        ("input", Input((4, 8, 8))),
        ("conv1", Conv2d(8, (3, 3), groups=2)),
        ("deep", Conv2d(8, (3, 3), groups=8)),
        ("norm", BatchNorm2d()),
        ("flatten", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )


def test_groups_read_their_own_maps() -> None:
    form = stack_form(grouped_network(), "conv1", (8, 2, 3, 3))
    assert [form.reads(filter, 1) for filter in (0, 3, 4, 7)] == [1, 1, 3, 3]


@pytest.mark.parametrize(
    ("node", "shape", "text"),
    [
        ("conv1", (8, 2, 3, 3), "8 filters, each a stack of 2 slices for its group of the maps of <b>input</b>."),
        ("deep", (8, 1, 3, 3), "8 filters, each for a single map of <b>conv1</b>."),
        ("fc", (10, 128), "10 classes, each with a weight for every value of the 8 maps of <b>norm</b>."),
    ],
)
def test_other_layers_with_weights_say_what_they_are(
    panel: KernelsPanel, make_snapshot: MakeSnapshot, node: str, shape: tuple[int, ...], text: str
) -> None:
    network = grouped_network()
    report = check(network, Facts((4, 8, 8), 10))
    panel.set_layer(node, network[node], report.nodes[node])
    panel.show_snapshot(make_snapshot({node: weights(*shape)}, network=network))
    assert panel.text().startswith(text)
    assert panel.grid.picture() is not None


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ("norm", "BatchNorm2d has no kernels: it learns a scale γ and a shift β for each map, 16 numbers."),
        ("flatten", "Flatten has no kernels: there is nothing in it to be learned."),
    ],
)
def test_layers_without_kernels_say_why(panel: KernelsPanel, node: str, text: str) -> None:
    network = grouped_network()
    report = check(network, Facts((4, 8, 8), 10))
    panel.set_layer(node, network[node], report.nodes[node])
    assert panel.text() == text
    assert not panel.grid.isVisible()


def test_costs_and_the_receptive_field_are_said(panel: KernelsPanel, editor: ProjectEditor) -> None:
    look_at(panel, editor, "conv2")
    assert (
        panel.facts().replace("\u00a0", " ") == "18,496 parameters · 2.23 M MACs\nsees 8×8 of the image · out 64×11×11"
    )


def test_a_receptive_field_larger_than_the_image_is_said_to_see_all_of_it() -> None:
    network = chain(("input", Input((1, 28, 28))), ("conv", Conv2d(2, (32, 32), padding=(16, 16))))
    node = check(network, Facts((1, 28, 28), 10)).nodes["conv"]
    assert words.costs(node).replace("\u00a0", " ").endswith("\nsees all of the image (32×32) · out 2×29×29")


def test_another_theme_repaints(panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot) -> None:
    look_at(panel, editor, "conv1")
    panel.show_snapshot(make_snapshot({"conv1": np.ones((32, 1, 3, 3), np.float32)}))
    centre = panel.grid.centre(0)
    assert centre is not None
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        image = panel.grid.viewport().grab().toImage()
        assert image.pixelColor((centre * image.devicePixelRatio()).toPoint()).name() == theme.positive


def test_nothing_is_drawn_while_hidden(panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot) -> None:
    look_at(panel, editor, "conv1")
    panel.hide()
    panel.show_snapshot(make_snapshot({"conv1": weights(32, 1, 3, 3)}))
    assert panel.shown_weights() is None


def test_the_button_that_comes_while_training_asks_for_no_more_width(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    least = panel.minimumSizeHint().width()
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3)}))
    panel.sort_button.show()
    panel._count()
    assert panel._counts.text() and panel.minimumSizeHint().width() <= max(least, 236)


def test_in_a_low_panel_words_give_their_room_to_the_slices(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3)}))
    panel.resize(250, 263)
    QApplication.processEvents()
    placed = panel.grid.placement()
    assert placed is not None and panel.minimumSizeHint().height() <= 263 and panel.minimumSizeHint().width() <= 192
    frame = panel.grid.geometry()
    line = panel.grid.findChild(ReadingLine)
    assert line is not None and line.height() >= 2 * line.fontMetrics().lineSpacing()
    assert frame.height() - line.height() >= 60 and panel.rect().contains(frame)
    parts = [part for part in (panel.grid, panel._foot, panel.compare, panel.legend) if part.isVisible()]
    assert len(parts) == 4 and all(panel.rect().contains(part.geometry()) for part in parts)
    assert not any(a.geometry().intersects(b.geometry()) for a, b in pairwise(parts))
    assert panel.scale_text() in html.unescape(panel.legend._bar.toolTip()) and not panel.legend._line.isVisible()
    panel.resize(280, 640)
    QApplication.processEvents()
    assert panel.legend._line.isVisible() and panel._counts.isVisible()


def choose(panel: KernelsPanel, text: str) -> None:
    box = panel.choices.slices
    box.setCurrentIndex(box.findText(text))
    box.activated.emit(box.currentIndex())


def test_slices_of_one_map_and_averages_are_shown_on_request_and_called_what_they_are(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3)}))
    choose(panel, "map 5")
    assert panel.text() == "The slices of 64 filters that read map 5 of <b>pool1</b>."
    placed = panel.grid.placement()
    assert placed is not None and placed.tiling.count == 64
    choose(panel, "Average")
    assert panel.text().endswith("Shown is the average of the slices of each: it is not what is applied.")
    choose(panel, "All slices")
    assert panel.text().endswith("Strongest slices first.")


def test_a_pinned_filter_stands_first_with_a_sign(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    panel.show_snapshot(make_snapshot({"conv2": weights(64, 32, 3, 3)}))
    centre = panel.grid.centre(3 * 32)
    assert centre is not None
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    QTest.keyClick(panel.grid, Qt.Key.Key_P)
    assert panel.shown_filters()[:3] == (3, 0, 1)
    tiles = panel.grid.tiles
    assert tiles is not None and [tiles.caption(row * 32) for row in range(2)] == ["★3", "0"]
    panel.menu.popup(panel.mapToGlobal(centre.toPoint()))
    pin = panel.menu.actions()[-1]
    assert pin.text() == "Pin filter 2"
    pin.trigger()
    panel.menu.close()
    assert panel.shown_filters()[:3] == (2, 3, 0)


def test_the_units_of_the_last_layer_are_called_as_the_classes(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    panel.set_classes(("Shirt", "Ankle boot", *"34567890"))
    look_at(panel, editor, "fc2")
    panel.show_snapshot(make_snapshot({"fc2": weights(10, 128)}))
    assert panel.text().startswith("10 classes, each with 128 weights, one for each value of <b>relu3</b>.")
    tiles = panel.grid.tiles
    assert tiles is not None and [tiles.caption(row * 128) for row in range(2)] == ["Shirt", "Ankle bo…"]
    assert tiles.name(0).startswith("class Shirt, value ")


def test_the_scale_is_chosen_and_says_what_lies_beyond(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv2")
    weight = 2 * weights(64, 32, 3, 3)
    panel.show_snapshot(make_snapshot({"conv2": weight}))
    count = int((np.abs(weight) > 1).sum())
    assert (
        panel.scale_text()
        == f"Colours span 99.7 % of the values of the layer. {count:,} values outside have the last colour."
    )
    network = next(one for one in panel.choices.legend.button.menu().actions() if "all layers" in one.text())
    network.trigger()
    assert panel.questions() == {KernelsOf("conv2"), WeightScale()}


def test_tiles_from_before_a_change_from_grey_to_colour_can_be_drawn_once_more(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv1")
    grey, coloured = (chain(("input", Input((maps, 8, 8))), ("conv1", Conv2d(16, (3, 3)))) for maps in (1, 3))
    panel.show_snapshot(make_snapshot({"conv1": (before := weights(16, 1, 3, 3))}, network=grey))
    tiles = panel.grid.tiles
    panel.show_snapshot(make_snapshot({"conv1": weights(16, 3, 3, 3)}, network=coloured))
    assert tiles is not None and np.array_equal(tiles.read(np.arange(16)), before[:, 0])
    assert [len(panel.shown_order(filter)) for filter in range(16)] == [3] * 16


def test_a_held_weight_is_let_go_when_the_microscope_shows_another_one(
    panel: KernelsPanel, editor: ProjectEditor, make_snapshot: MakeSnapshot
) -> None:
    look_at(panel, editor, "conv1")
    panel.show_snapshot(make_snapshot(weights={"conv1": weights(32, 1, 3, 3)}))
    centre = panel.grid.centre(4)
    assert centre is not None
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre.toPoint())
    panel.grid._point(None)
    held = panel.grid.held
    panel.follow("conv1", (4, 0, 1, 1))
    assert panel.grid.held == held == (4, 1, 1)
    panel.follow("conv1", (4, 0, 1, 2))
    assert panel.grid.held is None and panel.grid.line().startswith("Point at a weight")
