from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea

from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.panels.layer_table.rows import COLUMNS, EXPORTED
from cnnviz.gui.panels.recipe.panel import RecipePanel, recipe_caption
from cnnviz.gui.panels.settings.panel import SettingsPanel, unbroken
from cnnviz.gui.run.layer_times import LayerTimes
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.fields import NumberField, PairField
from cnnviz.gui.widgets.problem_rows import ProblemRow
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.graph import Network, set_layer
from cnnviz.network.layers import KINDS, Concat, Conv2d, Dense
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.widgets.input_list import InputList
    from cnnviz.inspection.questions import Question

VALUES = 784 + 2 * 32 * 26 * 26 + 32 * 13 * 13 + 2 * 64 * 11 * 11 + 64 * 5 * 5 + 1600 + 2 * 128 + 2 * 10
"""Numbers that all layers of the tutorial network put out for one image."""


@pytest.fixture
def settings(qtbot: QtBot, editor: ProjectEditor, selection: Selection) -> SettingsPanel:
    panel = SettingsPanel(editor, selection, DARK)
    qtbot.addWidget(panel)
    panel.resize(260, 700)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    return panel


def broken(editor: ProjectEditor) -> None:
    """A kernel that does not fit."""
    editor.apply("break", edits.set_parameter(editor.project, "conv2", "kernel_size", (99, 99)))


def test_settings_say_what_to_select(settings: SettingsPanel, selection: Selection) -> None:
    assert settings.hint().startswith("Select a layer on the canvas")
    selection.select(["conv1", "conv2"])
    assert settings.hint() == "2 layers are selected. Select a single one to change its settings."
    selection.select(["relu1"])
    assert settings.hint() == "There is nothing to set."
    selection.select(["conv1"])
    assert settings.hint() == "" and settings.form.isVisible()


def test_an_edit_is_one_undoable_step_and_undo_comes_back_to_the_form(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection
) -> None:
    selection.select(["conv2"])
    field = settings.form.field("out_channels")
    assert isinstance(field, NumberField)
    field.box.lineEdit().setFocus()
    field.box.selectAll()
    QTest.keyClicks(field.box, "48")
    QTest.keyClick(field.box, Qt.Key.Key_Return)
    layer = editor.project.network["conv2"]
    assert isinstance(layer, Conv2d) and layer.out_channels == 48
    assert editor.undo_stack.count() == 1 and editor.undo_stack.undoText() == "Set out channels of conv2"
    editor.undo()
    assert field.box.value() == 64 and editor.undo_stack.count() == 1


def test_a_held_arrow_is_one_step_and_the_next_press_another(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection
) -> None:
    selection.select(["fc1"])
    field = settings.form.field("out_features")
    assert isinstance(field, NumberField)
    field.box.setFocus()
    for _ in range(5):
        QTest.keyPress(field.box, Qt.Key.Key_Up)
    QTest.keyRelease(field.box, Qt.Key.Key_Up)
    assert editor.undo_stack.count() == 1
    QTest.keyClick(field.box, Qt.Key.Key_Up)
    assert editor.undo_stack.count() == 2
    layer = editor.project.network["fc1"]
    assert isinstance(layer, Dense) and layer.out_features == 134


def test_problems_of_the_layer_stand_above_its_form_and_are_fixed_there(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection
) -> None:
    broken(editor)
    selection.select(["conv2"])
    (row,) = settings.findChildren(ProblemRow)
    assert row.sentence.text() == "A 99×99 kernel does not fit a 13×13 input in “conv2”."
    editor.finish_trials()
    assert [button.text() for button in row.buttons] == ["Set padding 49", "Set kernel size 7"]
    row.buttons[1].click()
    layer = editor.project.network["conv2"]
    assert isinstance(layer, Conv2d) and layer.kernel_size == (7, 7)
    field = settings.form.field("kernel_size")
    assert isinstance(field, PairField) and field.boxes[0].value() == 7


def test_a_recipe_edit_is_undoable_and_momentum_belongs_to_sgd(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    panel.show()
    assert recipe_caption(editor.project.recipe) == "SGD · rate 0.01"
    assert panel.form.field("momentum").isVisible()
    panel.form.edited.emit("optimizer", "adam")
    assert recipe_caption(editor.project.recipe) == "Adam · rate 0.01"
    assert not panel.form.field("momentum").isVisible()
    panel.form.edited.emit("learning_rate", 0.002)
    assert recipe_caption(editor.project.recipe) == "Adam · rate 0.002"
    editor.undo()
    field = panel.form.field("learning_rate")
    assert isinstance(field, NumberField) and field.box.value() == 0.01
    with qtbot.waitSignal(panel.message) as message:
        panel.form.edited.emit("learning_rate", -1.0)
    assert message.args is not None and "learning rate must be from" in message.args[0]
    assert editor.project.recipe.learning_rate == 0.01


def test_the_recipe_has_a_field_for_every_setting(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    names = [*vars(editor.project.recipe), "validation", "split_seed"]
    forms = (panel.form, panel.course, panel.images, panel.split)
    assert sorted(one.name for form in forms for one in form.parameters) == sorted(names)
    assert all(panel.field(name).toolTip() for name in names)


def test_a_recipe_shows_what_matters_and_the_course_of_the_rate(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentIndex(1)
    assert {rate for _, rate in panel.curve.points} == {0.01}
    assert not panel.course.field("step_factor").isVisible()
    panel.course.edited.emit("schedule", "step")
    assert editor.project.recipe.schedule == "step"
    assert panel.course.field("step_factor").isVisible()
    rates = [rate for _, rate in panel.curve.points]
    assert (rates[0], rates[-1]) == (0.01, 0.01 * 0.5**4)
    assert panel.curve.points[-1][0] <= editor.project.recipe.epochs
    panel.images.edited.emit("rotation", 12.0)
    assert editor.project.recipe.rotation == 12.0
    editor.undo()
    assert editor.project.recipe.rotation == 0.0
    panel.set_theme(LIGHT)
    assert not panel.grab().isNull()


def test_the_split_is_typed_undone_and_kept_below_the_number_of_images(qtbot: QtBot, editor: ProjectEditor) -> None:
    panel = RecipePanel(editor, DARK)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentIndex(3)
    aside, seed = panel.field("validation"), panel.field("split_seed")
    assert isinstance(aside, NumberField) and isinstance(seed, NumberField)
    assert (aside.box.value(), seed.box.value()) == (5000, 0)
    aside.box.selectAll()
    QTest.keyClicks(aside.box, "99999999\r")
    assert editor.project.dataset.validation == 5000
    aside.box.selectAll()
    QTest.keyClicks(aside.box, "59999\r")
    assert editor.project.dataset.validation == 59_999
    QTest.keyClick(seed.box, Qt.Key.Key_Up)
    assert editor.project.dataset.split_seed == 1
    while editor.undo_stack.canUndo():
        editor.undo()
    assert (aside.box.value(), seed.box.value()) == (5000, 0)


@pytest.fixture
def table(qtbot: QtBot, editor: ProjectEditor, selection: Selection) -> Iterator[LayerTable]:
    times = LayerTimes(editor, "cpu", 1)
    panel = LayerTable(editor, selection, times, DARK)
    qtbot.addWidget(panel)
    yield panel
    assert times.close()


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


def test_only_rows_that_read_differently_are_painted_anew(table: LayerTable, editor: ProjectEditor) -> None:
    network, column = editor.project.network, COLUMNS.index("zeros")
    sample = Sample(np.zeros((1, 28, 28), np.uint8))
    told: list[tuple[str, str]] = []
    model = table.table.model()
    model.dataChanged.connect(
        lambda first, last: told.extend(
            (network.order[row], model.index(row, column).data()) for row in range(first.row(), last.row() + 1)
        )
    )

    def show(**zeros: float) -> list[tuple[str, str]]:
        told.clear()
        values = np.zeros((0, 1, 1), np.float32)
        answers: dict[Question[Any], Maps] = {
            MapsOf(node, 0): Maps(values, (), 1, False, 1.0, (0,), share) for node, share in zeros.items()
        }
        table.show_snapshot(Snapshot(1, 1, network, sample, answers, False, 0.0))
        return told

    table.arrange(building=False)
    assert show(conv1=0.0, relu1=0.5, relu2=0.25) == [("conv1", "0.0 %"), ("relu1", "50.0 %"), ("relu2", "25.0 %")]
    assert show(conv1=0.0, relu1=0.5001, relu2=0.35) == [("relu2", "35.0 %")]
    assert show(conv1=0.0, relu1=0.51) == [("relu1", "51.0 %"), ("relu2", "–")]
    rows = table._model.rows
    assert rows[network.order.index("relu1")].shares[column] == 0.51


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


def test_a_whole_row_stands_below_the_header_at_the_end_of_the_rows_too(table: LayerTable) -> None:
    table.show()
    for height in range(150, 175, 5):
        table.resize(600, height)
        QApplication.processEvents()
        for where in (table.table.scrollToBottom, table.table.scrollToTop):
            where()
            first = table.table.rowAt(0)
            assert table.table.visualRect(table._model.index(first, 0)).top() == 0, height
        table.table.scrollToBottom()
        last = table.table.visualRect(table._model.index(table._model.rowCount() - 1, 0))
        assert last.bottom() <= table.table.viewport().height()


def test_the_selected_row_stays_in_view_where_the_table_gets_lower(table: LayerTable, selection: Selection) -> None:
    def in_view() -> bool:
        (chosen,) = table.table.selectionModel().selectedRows()
        row, viewport = table.table.visualRect(chosen), table.table.viewport().rect()
        return viewport.top() <= row.top() and row.bottom() <= viewport.bottom()

    table.resize(600, 300)
    table.show()
    QApplication.processEvents()
    last = table.table.rowAt(table.table.viewport().height() - 30)
    selection.select([table._model.node(last)])
    assert in_view()
    for height in range(290, 140, -10):
        table.resize(600, height)
        QApplication.processEvents()
        assert in_view(), height
    table.table.scrollToTop()
    assert not in_view()
    table.resize(600, 130)
    QApplication.processEvents()
    assert table.table.verticalScrollBar().value() == 0, "who has scrolled away stays there"


def test_a_row_selected_while_the_table_is_hidden_is_in_view_once_it_is_shown(
    table: LayerTable, selection: Selection
) -> None:
    table.resize(600, 300)
    table.show()
    QApplication.processEvents()
    table.hide()
    table.resize(600, 140)
    selection.select([table._model.node(table._model.rowCount() - 1)])
    table.show()
    QApplication.processEvents()
    (chosen,) = table.table.selectionModel().selectedRows()
    assert table.table.viewport().rect().contains(table.table.visualRect(chosen))


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


def test_every_name_fits_into_its_column(table: LayerTable, editor: ProjectEditor, qtbot: QtBot) -> None:
    table.show()
    header = table.table.horizontalHeader()
    narrow = header.sectionSize(0)
    editor.apply("rename", edits.rename(editor.project, "fc2", "a_layer_with_quite_a_long_name"))
    needed = table.table.fontMetrics().horizontalAdvance("a_layer_with_quite_a_long_name")
    assert narrow < needed
    qtbot.waitUntil(lambda: header.sectionSize(0) > needed)
    editor.undo()
    qtbot.waitUntil(lambda: header.sectionSize(0) == narrow)


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


@pytest.fixture
def joined(editor: ProjectEditor, selection: Selection, settings: SettingsPanel) -> InputList:
    """The inputs of a Concat of conv2, relu2 and pool2, which is selected."""
    project, name = edits.add_layer(editor.project, Concat())
    for source in ("conv2", "relu2", "pool2"):
        project = edits.connect(project, source, name)
    editor.apply("join", project)
    selection.select([name], name)
    return settings.inputs


def test_inputs_stand_in_order_and_are_moved_by_buttons_and_keys_each_in_one_step(
    joined: InputList, settings: SettingsPanel, editor: ProjectEditor
) -> None:
    def texts() -> list[str]:
        return [joined.rows.item(row).text() for row in range(joined.rows.count())]

    assert texts() == ["1 · conv2 · 64×11×11", "2 · relu2 · 64×11×11", "3 · pool2 · 64×5×5"]
    assert joined.isVisible() and settings.hint() == ""
    assert "concat1" in joined.rows.accessibleName() and all(
        button.accessibleName() for button in (joined.up, joined.down, joined.cut)
    )
    settings.begin()
    assert joined.rows.hasFocus() and not joined.up.isEnabled()
    alt = Qt.KeyboardModifier.AltModifier
    for order in (("relu2", "conv2", "pool2"), ("relu2", "pool2", "conv2")):
        steps = editor.undo_stack.index()
        QTest.keyClick(joined.rows, Qt.Key.Key_Down, alt)
        assert editor.project.network.inputs["concat1"] == order
        assert editor.undo_stack.index() == steps + 1 and editor.undo_stack.undoText().startswith("Move input")
    assert texts()[2].startswith("3 · conv2") and joined.rows.currentRow() == 2 and not joined.down.isEnabled()
    QTest.mouseClick(joined.up, Qt.MouseButton.LeftButton)
    assert editor.project.network.inputs["concat1"] == ("relu2", "conv2", "pool2")
    QTest.keyClick(joined.rows, Qt.Key.Key_Delete)
    assert texts() == ["1 · relu2 · 64×11×11", "2 · pool2 · 64×5×5"]
    for _ in range(4):
        editor.undo()
    assert texts() == ["1 · conv2 · 64×11×11", "2 · relu2 · 64×11×11", "3 · pool2 · 64×5×5"]


def test_only_a_layer_that_joins_shows_its_inputs(
    joined: InputList, settings: SettingsPanel, selection: Selection
) -> None:
    selection.select(["conv1"])
    assert joined.isHidden()
    selection.select(["concat1"])
    settings.set_theme(LIGHT)
    assert not joined.isHidden() and joined.rows.currentRow() == 0


def test_columns_share_the_room_and_need_no_scroll_bar_where_it_is_short(
    table: LayerTable, editor: ProjectEditor, qtbot: QtBot
) -> None:
    editor.open(TEMPLATES["resnet-18-28"].project())
    table.resize(1400, 200)
    with qtbot.waitExposed(table):
        table.show()
    header, bar = table.table.horizontalHeader(), table.table.horizontalScrollBar()
    sections = [one for one in range(header.count()) if not table.table.isColumnHidden(one)]
    widest = sum(max(header.sectionSizeHint(one), table.table.sizeHintForColumn(one)) for one in sections)
    assert bar.maximum() == 0
    spare = [header.sectionSize(one) - table.table.sizeHintForColumn(one) for one in sections]
    assert max(spare) < 2 * min(spare)
    # without the room for signs of how columns are sorted that are not
    table.resize(widest + 10, 200)
    QApplication.processEvents()
    assert bar.maximum() == 0


def test_columns_that_have_no_room_are_left_out_whole(table: LayerTable, editor: ProjectEditor, qtbot: QtBot) -> None:
    editor.open(TEMPLATES["densenet-121-28"].project())
    table.resize(520, 150)
    with qtbot.waitExposed(table):
        table.show()
    QApplication.processEvents()
    shown = {name for column, name in enumerate(COLUMNS) if not table.table.isColumnHidden(column)}
    assert table.table.horizontalScrollBar().maximum() == 0
    assert "kind" not in shown and {"layer", "shape", "parameters"} <= shown
    table.resize(1400, 150)
    QApplication.processEvents()
    assert {name for column, name in enumerate(COLUMNS) if not table.table.isColumnHidden(column)} >= {"kind", "sees"}


def test_no_half_of_a_row_is_painted(table: LayerTable, editor: ProjectEditor, qtbot: QtBot) -> None:
    with qtbot.waitExposed(table):
        table.show()
    view = table.table
    row = view.rowHeight(0)
    table.resize(900, 150)
    QApplication.processEvents()
    table.resize(900, table.height() - view.viewport().height() + 2 * row + row // 2)
    QApplication.processEvents()
    assert 2 * row < view.viewport().height() < 3 * row
    picture = view.viewport().grab().toImage()
    colours = {
        picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(2 * row, picture.height())
    }
    assert len(colours) == 1


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"Input", "Output"}))
def test_no_form_is_cut_in_the_narrow_place(
    settings: SettingsPanel, editor: ProjectEditor, selection: Selection, kind: str
) -> None:
    settings.resize(230, 700)
    name = "a_name_longer_than_the_place_is_wide_and_without_a_gap"
    project, added = edits.add_after(editor.project, "conv2", KINDS[kind]())
    editor.open(edits.rename(project, added, name))
    selection.select([name])
    # what is wrong is laid out when it is shown
    for _ in range(3):
        QApplication.processEvents()
    scroll = settings.findChild(QScrollArea)
    form = scroll.widget() if scroll is not None else None
    assert scroll is not None and form is not None and form.width() <= scroll.viewport().width()


@pytest.mark.parametrize(
    ("formula", "lines"),
    [
        ("y = max(0, x)", ["y", "=", "max(0, x)"]),
        ("y[o] = x[c, i·s + u·d − p, j·s + v·d − p]", ["y[o]", "=", "x[c,", "i·s + u·d − p,", "j·s + v·d − p]"]),
    ],
)
def test_a_formula_breaks_between_terms(formula: str, lines: list[str]) -> None:
    assert [part.replace("\u00a0", " ") for part in unbroken(formula).split(" ")] == lines
