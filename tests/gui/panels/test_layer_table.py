"""The layer table: its rows, its columns, and what training tells of the layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.panels.layer_table.rows import COLUMNS, EXPORTED
from cnnviz.gui.run.layer_times import LayerTimes
from cnnviz.gui.theme import DARK
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.graph import Network, disconnect, set_layer
from cnnviz.network.layers import Conv2d, Dense
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.selection import Selection
    from cnnviz.inspection.questions import Question


VALUES = 784 + 2 * 32 * 26 * 26 + 32 * 13 * 13 + 2 * 64 * 11 * 11 + 64 * 5 * 5 + 1600 + 2 * 128 + 2 * 10
"""Numbers that all layers of the tutorial network put out for one image."""


def test_the_table_lists_every_layer_and_its_costs(table: LayerTable, editor: ProjectEditor) -> None:
    lines = [dict(zip(EXPORTED, line.split("\t"), strict=True)) for line in table.text("\t").splitlines()]
    assert list(lines[0]) == list(lines[0].values())
    assert lines[5] == {
        "layer": "conv2",
        "kind": "Conv2d",
        "shape": "64×11×11",
        "parameters": "18496",
        "share of parameters": "0.082192",
        "MACs": "2230272",
        "share of MACs": f"{2230272 / editor.report.macs:.6f}",
        "activation bytes": str(4 * 64 * 64 * 11 * 11),
        "share of activation bytes": f"{64 * 11 * 11 / VALUES:.6f}",
        "forward seconds": "",
        "backward seconds": "",
        "share of time": "",
        "computed": "as set",
        "frozen": "no",
        "sees": "8×8",
    }
    assert [line["layer"] for line in lines[1:]] == list(editor.project.network.order)
    for column in ("share of parameters", "share of MACs", "share of activation bytes"):
        assert sum(float(line[column]) for line in lines[1:]) == pytest.approx(1, abs=1e-5)
    assert table.totals().startswith("12 layers · 225,034 parameters · 2.63 M MACs an image · ")
    index = table.table.model().index(4, 3)
    assert index.data() == "18,496"
    assert index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "8.2 % of the network"


def test_a_network_in_two_pieces_is_listed_piece_by_piece_and_has_no_totals(
    table: LayerTable, editor: ProjectEditor
) -> None:
    network = editor.project.network
    before = list(network.order)
    (wire,) = (edge for edge in network.edges if edge.target == "conv2")
    editor.apply("Disconnect", replace(editor.project, network=disconnect(network, wire)))
    assert [line.split("\t")[0] for line in table.text("\t").splitlines()[1:]] == before
    assert table.totals() == "12 layers · no totals, as no path leads from an Input to an Output"


def test_a_network_with_unknown_shapes_has_no_totals(table: LayerTable, editor: ProjectEditor) -> None:
    editor.apply("Kernel", edits.set_parameter(editor.project, "conv2", "kernel_size", (41, 41)))
    assert table.totals() == "12 layers · no totals, as the output shape of “conv2” is not known"
    editor.undo()
    assert "parameters" in table.totals()


def test_while_training_the_table_shows_what_is_alive(table: LayerTable, editor: ProjectEditor) -> None:
    order = editor.project.network.order

    def titles() -> list[str]:
        model = table.table.model()
        shown = (column for column in range(model.columnCount()) if not table.table.isColumnHidden(column))
        return [model.headerData(column, Qt.Orientation.Horizontal) for column in shown]

    table.resize(600, 400)
    table.show()
    assert table.questions() == frozenset()
    table.arrange(building=False)
    assert titles() == ["layer", "kind", "shape", "sees", "zeros"]
    assert table.questions() == frozenset(MapsOf(node, 0) for node in order)
    values = np.array([[[0.0, 1.0], [0.0, 0.0]]], np.float32)
    answers: dict[Question[Any], Maps] = {MapsOf("relu1", 0): Maps(values, (), 1, False, 1.0, (0,), 0.75)}
    sample = Sample(np.zeros((1, 28, 28), np.uint8))
    table.show_snapshot(Snapshot(1, 1, editor.project.network, sample, answers, False, 0.0))
    column = COLUMNS.index("zeros")
    told = {order[row]: table.table.model().index(row, column).data() for row in range(len(order))}
    assert told.pop("relu1") == "75.0 %" and set(told.values()) == {"–"}
    editor.apply("Rate", replace(editor.project, recipe=replace(editor.project.recipe, learning_rate=0.5)))
    assert table.table.model().index(order.index("relu1"), column).data() == "75.0 %"
    table.clear_snapshot()
    assert table.table.model().index(order.index("relu1"), column).data() == "–"
    table.arrange(building=True)
    assert "MACs" in titles() and "zeros" not in titles()


def zeros_snapshot(network: Network, zeros: Mapping[str, float], *, settled: bool) -> Snapshot:
    """A snapshot of shares of zeros alone."""
    values = np.zeros((0, 1, 1), np.float32)
    answers: dict[Question[Any], Maps] = {
        MapsOf(node, 0): Maps(values, (), 1, False, 1.0, (0,), share) for node, share in zeros.items()
    }
    return Snapshot(1, 1, network, Sample(np.zeros((1, 28, 28), np.uint8)), answers, settled, 0.0)


def test_sorted_by_zeros_all_rows_are_asked_for_and_sorted(
    qtbot: QtBot, table: LayerTable, editor: ProjectEditor, selection: Selection
) -> None:
    network = editor.project.network
    order, column = list(network.order), COLUMNS.index("zeros")
    table.resize(600, 150)
    table.show()
    # a row under the pointer would be the one that stays where it is
    QCursor.setPos(table.mapToGlobal(QPoint(-50, -50)))
    table.arrange(building=False)
    QApplication.processEvents()
    assert len(table.questions()) < len(order)
    table.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    assert table.questions() == frozenset(MapsOf(node, 0) for node in order)
    table.show_snapshot(zeros_snapshot(network, {node: at / 100 for at, node in enumerate(order)}, settled=True))
    assert table._model.nodes() == order[::-1]
    # the selected row stays where it is on screen, and stays selected
    bar = table.table.verticalScrollBar()
    bar.setValue(5)
    chosen = table._model.node(6)
    selection.select([chosen])
    row = len(order) - 1 - 6
    top = table.table.visualRect(table._model.index(6, 0)).top()
    changed = {node: 1 - at / 100 for at, node in enumerate(order)}
    table.show_snapshot(zeros_snapshot(network, changed, settled=True))
    assert table._model.nodes() == order
    assert [table._model.node(index.row()) for index in table.table.selectionModel().selectedRows()] == [chosen]
    assert selection.nodes == {chosen} and order[row] == chosen
    assert table.table.visualRect(table._model.index(row, 0)).top() == top
    # while training moves on the order holds for a while, and then follows
    for step in (0.5, 0.0):
        table.show_snapshot(zeros_snapshot(network, {**changed, "input": step}, settled=False))
    assert table._model.zeros["input"] == 0.0
    qtbot.waitUntil(lambda: table._model.nodes()[-1] == "input")


def test_the_table_says_what_a_processor_computes_in_float32(table: LayerTable, editor: ProjectEditor) -> None:
    project = editor.project
    assert not any("float32" in table._model.row(place).texts[1] for place in range(table._model.rowCount()))
    editor.open(replace(project, network=set_layer(project.network, "conv2", Conv2d(64, (1, 1), (2, 2)))))
    (place,) = [at for at in range(table._model.rowCount()) if table._model.node(at) == "conv2"]
    index = table._model.index(place, 1)
    assert table._model.data(index) == "Conv2d · float32"
    assert "float32" in table._model.data(index, Qt.ItemDataRole.ToolTipRole)
    line = next(line for line in table.text(",").splitlines() if line.startswith("conv2"))
    assert line.endswith(",float32")


def test_the_table_of_an_empty_network_follows_its_recipe(qtbot: QtBot, selection: Selection) -> None:
    editor = ProjectEditor(Project(), Facts((1, 28, 28), 10))
    panel = LayerTable(editor, selection, LayerTimes(editor, "cpu", 1), DARK)
    qtbot.addWidget(panel)
    panel.show()
    QApplication.processEvents()
    editor.apply("batch", replace(editor.project, recipe=replace(editor.project.recipe, batch_size=7)))
    QApplication.processEvents()
    assert panel.totals().endswith("0 B of activations at batch 7") and panel.text(",").count("\n") == 1


def test_the_table_sorts_by_number_not_by_text(table: LayerTable) -> None:
    table.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    layers = [line.split(",")[0] for line in table.text(",").splitlines()]
    assert layers[1:5] == ["fc1", "conv2", "fc2", "conv1"]
    table._selection.select(["conv2"])
    table.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert [index.row() for index in table.table.selectionModel().selectedRows()] == [4]
    assert table._selection.nodes == {"conv2"}


def test_measured_times_stand_in_the_table_as_long_as_they_hold(
    qtbot: QtBot, table: LayerTable, editor: ProjectEditor
) -> None:
    small = edits.set_parameter(editor.project, "conv2", "out_channels", 4)
    editor.open(replace(small, recipe=replace(small.recipe, batch_size=2, precision="float32")))
    with qtbot.waitSignal(table._times.changed):
        table.measure.click()
    assert not table.measure.isEnabled() and table._times.running
    qtbot.waitUntil(lambda: not table._times.running, timeout=60_000)
    times = table._times.by_node()
    assert times.keys() == editor.project.network.nodes.keys()
    lines = [line.split("\t") for line in table.text("\t").splitlines()]
    forward = EXPORTED.index("forward seconds")
    assert lines[5][forward : forward + 2] == [f"{times['conv2'].forward:.3e}", f"{times['conv2'].backward:.3e}"]
    assert sum(float(line[EXPORTED.index("share of time")]) for line in lines[1:]) == pytest.approx(1, abs=1e-4)
    assert table.totals().endswith(" · measured on CPU float32, 1 thread")

    editor.apply("wider", edits.set_parameter(editor.project, "fc1", "out_features", 16))
    assert times.keys() - table._times.by_node().keys() == {"fc1", "relu3", "fc2"}
    editor.undo()
    assert table._times.by_node() == times


def test_selecting_goes_both_ways_and_survives_an_edit(
    table: LayerTable, editor: ProjectEditor, selection: Selection
) -> None:
    panel = table
    panel.show()
    selection.select(["conv2", "fc1"])
    assert {index.row() for index in panel.table.selectionModel().selectedRows()} == {4, 8}
    panel.table.selectRow(1)
    assert selection.nodes == {"conv1"} and selection.current == "conv1"
    project, name = edits.add_layer(editor.project, Dense(3))
    editor.apply("add", project)
    assert selection.nodes == {"conv1"}
    selection.select([name])
    assert len(panel.table.selectionModel().selectedRows()) == 1
    editor.undo()
    assert panel.table.model().rowCount() == 12


def test_frozen_layers_say_so_and_what_is_trained_is_counted(table: LayerTable, editor: ProjectEditor) -> None:
    editor.apply("freeze", edits.freeze(editor.project, ["conv1", "conv2"]))
    lines = [dict(zip(EXPORTED, line.split("\t"), strict=True)) for line in table.text("\t").splitlines()[1:]]
    assert {line["layer"] for line in lines if line["frozen"] == "yes"} == {"conv1", "conv2"}
    row = table._model.rows[[line["layer"] for line in lines].index("conv1")]
    assert row.texts[COLUMNS.index("kind")] == "Conv2d · frozen"
    assert "206 k of them trained" in table._totals.text()
