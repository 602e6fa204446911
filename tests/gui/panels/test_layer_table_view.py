"""Which rows and columns of the layer table are in view, and which are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.layer_table.rows import COLUMNS
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.panels.layer_table.panel import LayerTable
    from cnnviz.inspection.questions import Question


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


def test_every_name_fits_into_its_column(table: LayerTable, editor: ProjectEditor, qtbot: QtBot) -> None:
    table.resize(900, 200)
    table.show()
    header = table.table.horizontalHeader()
    narrow = header.sectionSize(0)
    editor.apply("rename", edits.rename(editor.project, "fc2", "a_layer_with_quite_a_long_name"))
    needed = table.table.fontMetrics().horizontalAdvance("a_layer_with_quite_a_long_name")
    assert narrow < needed
    qtbot.waitUntil(lambda: header.sectionSize(0) > needed)
    editor.undo()
    qtbot.waitUntil(lambda: header.sectionSize(0) == narrow)


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


def test_no_number_is_cut_off_in_a_narrow_table(table: LayerTable, qtbot: QtBot) -> None:
    table.resize(290, 160)
    table.show()
    header, view = table.table.horizontalHeader(), table.table
    shown = [column for column in range(len(COLUMNS)) if not view.isColumnHidden(column)]
    assert {COLUMNS[column] for column in shown} >= {"layer", "parameters", "MACs"}
    assert sum(header.sectionSize(column) for column in shown) <= view.viewport().width()
    qtbot.waitUntil(lambda: not view.horizontalScrollBar().isVisible())


@pytest.mark.parametrize("width", [110, 130, 153, 180, 220])
@pytest.mark.parametrize("building", [True, False])
def test_a_number_that_has_no_room_is_left_out_whole(
    table: LayerTable, qtbot: QtBot, width: int, building: bool
) -> None:
    table.setMinimumWidth(0)
    table.arrange(building=building)
    table.setFixedWidth(width)
    with qtbot.waitExposed(table):
        table.show()
    QApplication.processEvents()
    header, view = table.table.horizontalHeader(), table.table
    shown = [column for column in range(len(COLUMNS)) if not view.isColumnHidden(column)]
    assert COLUMNS[shown[0]] == "layer"
    assert sum(header.sectionSize(column) for column in shown) <= view.viewport().width()
    assert all(header.sectionSize(column) >= view.sizeHintForColumn(column) for column in shown[1:])
    assert view.horizontalScrollBar().maximum() == 0
    if width >= 153:
        assert ("parameters" if building else "zeros") in {COLUMNS[column] for column in shown}
