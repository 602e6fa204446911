"""What stands below the nodes while building: boxes in proportion, figures that read across, titles once."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import log2

import pytest
from canvas_kit import Bench
from PySide6.QtCore import QRectF

from cnnviz.gui.builder import picture
from cnnviz.gui.builder.geometry.box import DEPTH_RIGHT, DEPTH_UP, FULL_WIDTH_MAPS, box_sides
from cnnviz.gui.builder.geometry.costs import NOTHING, cost_rows, total_rows
from cnnviz.gui.builder.geometry.facts_plan import COMPACT, LARGE, ROW, FactsPlan
from cnnviz.gui.builder.geometry.metrics import BELOW, HEADER
from cnnviz.gui.builder.items.facts import FactsItem
from cnnviz.network.check import check
from cnnviz.network.graph import disconnect
from cnnviz.network.report import Facts
from cnnviz.numerals import compact
from cnnviz.project import edits
from cnnviz.training.layer_time import LayerTime

Make = Callable[..., Bench]


def plan(b: Bench) -> FactsPlan:
    """The one plan of all nodes and folded blocks."""
    (found,) = {item.below.plan for item in b.canvas._scene.units if isinstance(item.below, FactsItem)}
    return found


def built(bench: Make, name: str = "pytorch-tutorial", width: int = 1100, height: int = 600) -> Bench:
    b = bench(name, width, height)
    b.canvas.set_view("build")
    return b


def test_a_small_network_fills_the_room_that_there_is(bench: Make) -> None:
    b = built(bench)
    arranged, view = plan(b), b.canvas.visible()
    assert arranged.box_height > 0 and arranged.side == 28 and arranged.font_size == LARGE
    lowest = max(item.place[1] + item.height for item in b.canvas._scene.units)
    assert 0.6 * view.height() < lowest - view.top() <= view.height()
    assert {item.below.extent for item in b.canvas._scene.units} == {arranged.box_height + 4 * arranged.row_height}


def test_where_there_is_room_for_the_rows_alone_there_are_no_boxes(bench: Make) -> None:
    b = built(bench, height=330)
    assert plan(b) == COMPACT._replace(font_size=LARGE, once=True)
    assert b.canvas.node_item("conv1").below.extent == 4 * ROW


def test_a_measured_time_takes_a_row_of_the_same_room(bench: Make) -> None:
    b = built(bench, height=520)
    before = plan(b)
    b.canvas.show_times(_times(b))
    after = plan(b)
    assert b.canvas.node_item("conv1").below.extent == after.box_height + 5 * after.row_height
    assert after.box_height + 5 * after.row_height < before.box_height + 5 * before.row_height


def _times(b: Bench) -> dict[str, LayerTime]:
    return {name: LayerTime(0.001, 0.002) for name in b.project.network.nodes}


def test_titles_stand_once_left_of_the_first_node_and_in_each_row_where_they_are_out_of_view(bench: Make) -> None:
    b = built(bench)
    titles, first = b.canvas._scene.titles, b.canvas.node_item("input")
    assert plan(b).once and b.canvas.visible().contains(titles.area)
    assert titles.area.right() <= first.place[0] and titles.area.top() == first.place[1] + HEADER + BELOW
    # a row of titles is beside the row of facts
    assert titles.extent == first.below.extent
    b.canvas.pan(1, 0)
    assert not plan(b).once and not titles.isVisible()
    b.canvas.fit()
    assert plan(b).once and titles.isVisible()
    b.canvas.set_view("maps")
    assert not titles.isVisible()


def test_a_part_of_a_network_has_no_totals(bench: Make) -> None:
    b = built(bench)
    broken = edits.set_parameter(b.project, "conv2", "kernel_size", (41, 41))
    b.editor.apply("Kernel", broken)
    assert [row.value for row in total_rows(b.editor.report, 64, {})] == ["", "", "", ""]


def test_titles_stand_in_each_row_where_nodes_stand_below_each_other(bench: Make) -> None:
    b = built(bench, "googlenet-28")
    b.canvas.fold_all(folded=False)
    assert plan(b) == COMPACT


def test_beside_the_titles_are_totals_of_the_network(bench: Make) -> None:
    b = built(bench)
    report = b.editor.report
    rows = cost_rows({name: (name,) for name in b.project.network.nodes}, report, 64, _times(b))
    sums = total_rows(report, 64, _times(b))
    totals = {row.title: row.value for row in sums}
    assert totals["parameters"] == f"all: {compact(report.parameters)}"
    assert totals["MACs"] == f"all: {compact(report.macs)}" and totals["sees"] == ""
    titles = [[row.title for row in one.rows()] for one in rows.values()] + [[row.title for row in sums]]
    assert all(one == titles[0] for one in titles) and len(titles) == 1 + len(b.project.network.nodes)
    assert rows["relu1"].rows()[0].value == NOTHING
    # the column of the Input has its own costs
    own = {row.title: row.value for row in rows["input"].rows()}
    assert own["parameters"] == NOTHING and own["sees"] == "1×1"


def test_without_a_path_to_the_output_there_are_no_totals(bench: Make) -> None:
    network = built(bench).project.network
    (wire,) = (edge for edge in network.edges if edge.target == "conv2")
    report = check(disconnect(network, wire), Facts((1, 28, 28), 10))
    assert [row.value for row in total_rows(report, 64, {})] == ["", "", "", ""]


@pytest.mark.parametrize("shape", [(32, 26, 26), (64, 5, 10), (1, 28, 28)])
def test_a_box_is_in_proportion(shape: tuple[int, int, int]) -> None:
    area = QRectF(0, 0, 76, 200)
    wide, tall, deep = box_sides(shape, 28, area)
    whole = box_sides((FULL_WIDTH_MAPS, 28, 28), 28, area)
    assert tall / whole[1] == pytest.approx(shape[1] / 28) and deep / whole[2] == pytest.approx(shape[2] / 28)
    assert wide / whole[0] == pytest.approx(log2(1 + shape[0]) / log2(1 + FULL_WIDTH_MAPS))
    assert whole[0] + DEPTH_RIGHT * area.width() == pytest.approx(area.width())
    assert whole[1] + DEPTH_UP * area.width() == pytest.approx(area.height())


@pytest.mark.parametrize("shape", [(10**6,), (10**6, 1, 1), (1,), (1, 1, 1), (3, 500, 1)])
def test_no_box_leaves_its_area_or_vanishes(shape: tuple[int, ...]) -> None:
    area = QRectF(0, 0, 40, 60)
    wide, tall, deep = box_sides(shape, 500, area)
    assert 1 < wide <= area.width() * (1 - DEPTH_RIGHT) and 1 < tall <= area.height() - DEPTH_UP * area.width()
    assert 0 < deep <= 1


def test_an_exported_picture_has_boxes_and_its_titles_once(bench: Make) -> None:
    b = built(bench)
    scene = picture.scene_for_export(b.canvas._scene, b.project, b.editor.report, {}, None)
    svg = picture.svg(scene, "net").decode()
    written = [text.strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    assert scene.columns.facts.box_height > 0
    assert [written.count(title) for title in ("parameters", "MACs", "memory", "sees")] == [1, 1, 1, 1]
    assert picture.area_of(scene).contains(scene.titles.area) and not scene.titles.area.isEmpty()
    lowest = max(item.place[1] + item.height for item in scene.units)
    assert lowest < picture.area_of(scene).bottom()


def test_what_an_edit_would_change_is_shown_in_the_same_plan_with_all_rows(bench: Make) -> None:
    b = built(bench)
    b.editor.preview("Set kernel size 5", edits.set_parameter(b.project, "conv1", "kernel_size", 5))
    shown = b.canvas.previewed["conv1"].below
    assert isinstance(shown, FactsItem) and shown.plan == plan(b)
    assert shown.extent == b.canvas.node_item("conv1").below.extent
    b.editor.end_preview()
