"""The table of the Runs tab: its columns, their texts and widths, and the search for runs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem
from runs_table_kit import cell, names
from training_kit import project

from cnnviz.gui.panels.runs.columns import BEST, COLUMNS, NAME, NOTES, column_of, shared
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Context, Facts, numbers_of, read_entries, summarize
from cnnviz.runs.writer import RunWriter
from cnnviz.training.channels import BatchMetrics
from cnnviz.training.events import SettingChanged

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.panels.runs.panel import RunsPanel


@pytest.fixture
def panel(runs_panel: RunsPanel) -> RunsPanel:
    return runs_panel


def test_words_are_searched_in_all_columns_and_the_network_is_a_filter(panel: RunsPanel) -> None:
    assert names(panel) == ["deep", "with dropout", "fast"]
    QTest.keyClicks(panel.search.field, "0.01 DROP")
    assert names(panel) == ["with dropout"] and panel.search.count.text() == "1 of 3 runs"
    QTest.keyClick(panel.search.field, Qt.Key.Key_Escape)
    assert len(names(panel)) == 3 and panel.search.count.text() == "3 runs"
    QTest.keyClicks(panel.search.field, "nothing like this")
    assert not panel.table.isVisible() and "No run matches" in panel._empty.text()
    panel.search.field.clear()
    panel.search.network.setCurrentText("fast")
    assert names(panel) == ["with dropout", "fast"]
    QTest.keyClicks(panel.search.field, "0.01")
    QTest.keyClick(panel.search.field, Qt.Key.Key_Down)
    assert [run.title for run in panel.chosen()] == ["with dropout"]


def test_the_row_above_the_table_leaves_its_height_to_it_where_nothing_is_hidden(panel: RunsPanel) -> None:
    place = panel.parentWidget()
    assert place is not None and panel.search.isVisible()
    place.resize(900, 190)
    assert not panel.search.isVisible() and panel.table.isVisible()
    QTest.keyClicks(panel.search.field, "deep")
    assert panel.search.isVisible() and panel.search.count.text() == "1 of 3 runs"


def test_columns_say_loss_speed_and_device_and_sort_by_their_values(panel: RunsPanel) -> None:
    row = next(row for row in range(3) if panel.found.run(row).id.startswith("20260101-000000"))
    texts = {column.title: panel.found.index(row, at).data() for at, column in enumerate(COLUMNS)}
    assert (texts["network"], texts["loss at best"], texts["device"]) == ("fast", "0.0000", "CPU")
    assert (texts["best validation"], texts["images/s"]) == ("90.0 %", "250")
    panel.table.sortByColumn(column_of("best validation"), Qt.SortOrder.AscendingOrder)
    assert names(panel) == ["fast", "with dropout", "deep"]
    panel.table.sortByColumn(column_of("parameters"), Qt.SortOrder.DescendingOrder)
    assert names(panel)[0] == "deep"
    assert panel.found.index(0, column_of("from")).data() == "“with dropout”, step 1,200"
    tip = panel.found.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert "It began at step 1,200 of “with dropout”." in tip
    assert panel.found.index(0, column_of("what is new")).data() == "from step 1,200"
    # a run of which layers began with what another run had learned
    shown = panel.model.runs[0]
    facts = Facts("letters", inherited="conv1, norm1", weights_from="20260101-000001-aaaaaaaa", weights_step=900)
    panel.model.set_runs([replace(shown, facts=facts, context=Context())])
    cell = panel.model.index(0, column_of("from"))
    assert cell.data() == "weights of 00:00:01, step 900"
    assert "With what was learned before: conv1, norm1" in cell.data(Qt.ItemDataRole.ToolTipRole)
    panel.model.set_runs([replace(shown, facts=replace(facts, weights_from="kept"), context=Context())])
    assert panel.model.index(0, column_of("from")).data() == "weights of kept, step 900"


def test_the_recipe_has_the_rate_that_was_used_and_the_data_have_a_column(panel: RunsPanel, tmp_path: Path) -> None:
    rates = [SettingChanged(1, 3, "learning_rate", 0.0286794), SettingChanged(1, 3, "weight_decay", 0.5)]
    with closing(
        RunWriter(tmp_path / "run", project(), Facts("small", optimizer="adamw", learning_rate=0.01), 10**9)
    ) as writer:
        losses = np.full(5, 0.5, np.float32)
        writer.add([BatchMetrics(1, 1, losses, losses, 1.0)], [*rates])
        writer.flush()
    run = summarize(tmp_path / "run")
    assert run.numbers == numbers_of(read_entries(tmp_path / "run"), run.numbers.log_bytes)
    panel.model.set_runs([run])
    assert (cell(panel, "recipe"), cell(panel, "data")) == ("AdamW · 0.01 → 0.02868", "MNIST")


def test_the_arrow_is_not_painted_over_a_title(panel: RunsPanel) -> None:
    header = panel.table.horizontalHeader()
    for title, side in (("when", "left"), ("name", "right")):
        panel.table.sortByColumn(column_of(title), Qt.SortOrder.AscendingOrder)
        assert f"center {side}" in header.styleSheet()


def test_a_note_is_in_sight_in_a_narrow_table_and_the_rest_of_it_in_its_tooltip(panel: RunsPanel, qtbot: QtBot) -> None:
    panel.model.setData(panel.model.index(0, NAME, QModelIndex()), "a rather long name of a run that somebody gave")
    note = "the rate is too high, see the peak after epoch 2; " * 3
    panel.model.setData(panel.model.index(1, NOTES, QModelIndex()), note)
    qtbot.waitUntil(lambda: any(run.notes == note.strip() for run in panel.model.runs))
    table, header = panel.table, panel.table.horizontalHeader()
    for width in (1150, 820):
        table.resize(width, 200)
        room = table.viewport().width()
        assert header.sectionSize(NOTES) >= 150 and header.sectionSize(NAME) >= 110
        # from the name to the best validation all columns are in sight
        assert sum(map(header.sectionSize, range(BEST + 1))) <= room
        assert header.sectionViewportPosition(NOTES) + header.sectionSize(NOTES) <= room
    row = next(row for row in range(panel.found.rowCount()) if panel.found.run(row).notes)
    assert note.strip() in str(panel.found.index(row, NOTES).data(Qt.ItemDataRole.ToolTipRole))
    # a width that the user has chosen stays
    header.resizeSection(NOTES, 333)
    table.resize(900, 200)
    assert header.sectionSize(NOTES) == 333


def test_the_name_of_a_new_present_run_has_its_room_and_a_tooltip(panel: RunsPanel, qtbot: QtBot) -> None:
    table, name = panel.table, column_of("name")
    table.resize(1150, 200)
    narrow = table.columnWidth(name)
    run = panel.model.runs[0]
    panel.model.present = lambda: run.id
    panel.reload()
    qtbot.waitUntil(lambda: table.columnWidth(name) > narrow)
    row = next(row for row in range(panel.found.rowCount()) if panel.found.run(row).id == run.id)
    assert table.sizeHintForColumn(name) <= table.columnWidth(name)
    tip = str(panel.found.index(row, name).data(Qt.ItemDataRole.ToolTipRole))
    assert "(present run)" in tip


def test_a_number_is_never_cut_at_the_edge_of_the_table(panel: RunsPanel) -> None:
    table, header = panel.table, panel.table.horizontalHeader()
    for width in (820, 900, 950, 1000, 1050, 1100, 1150):
        table.resize(width, 200)
        room = table.viewport().width()
        ends = [header.sectionViewportPosition(at) + header.sectionSize(at) for at in range(len(COLUMNS))]
        assert room in ends, f"the table with a width of {width} cuts a column"
    # a scrolled table cuts columns, but not their texts
    cell = table.model().index(0, BEST)
    seen: list[QRect] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QStyledItemDelegate, "paint", lambda *given: seen.append(QRect(given[2].rect)))
        option = QStyleOptionViewItem()
        option.rect = QRect(room - 30, 0, 90, 22)
        table.itemDelegate().paint(QPainter(), option, cell)
        option.rect = QRect(-40, 0, 90, 22)
        table.itemDelegate().paint(QPainter(), option, cell)
    assert seen == [QRect(room - 30, 0, 30, 22), QRect(0, 0, 50, 22)]


def test_the_end_of_a_name_is_seen_in_a_narrow_column(panel: RunsPanel) -> None:
    table = panel.table
    seen: list[Qt.TextElideMode] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QStyledItemDelegate, "paint", lambda *given: seen.append(given[2].textElideMode))
        option = QStyleOptionViewItem()
        option.textElideMode = Qt.TextElideMode.ElideRight
        for column in (NAME, NOTES):
            table.itemDelegate().paint(QPainter(), option, table.model().index(0, column))
    assert seen == [Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight]


def test_a_recipe_that_grows_while_training_has_its_room(panel: RunsPanel) -> None:
    table, run = panel.table, panel.model.runs[0]
    table.resize(1150, 200)
    panel.model.present = lambda: run.id
    run = replace(run, facts=replace(run.facts, optimizer="adamw", learning_rate=0.01))
    others = panel.model.runs[1:]
    panel._show_runs([run, *others])
    narrow = table.columnWidth(column_of("recipe"))
    changed = replace(run, numbers=replace(run.numbers, steps=1_234_567, trained_rate=0.0077))
    panel._show_runs([changed, *others])
    for title in ("recipe", "steps"):
        assert table.sizeHintForColumn(column_of(title)) <= table.columnWidth(column_of(title))
    assert narrow < table.columnWidth(column_of("recipe"))


def test_columns_share_what_each_wants_beyond_its_least() -> None:
    assert shared([100, 200, 50], [50, 100, 50], 400) == [100, 200, 50]
    assert shared([100, 200, 50], [50, 100, 50], 275) == [75, 150, 50]
    assert shared([100, 200, 50], [50, 100, 50], 10) == [50, 100, 50]


def test_a_name_from_an_archive_is_shown_as_it_is_written(panel: RunsPanel, qtbot: QtBot) -> None:
    run = panel.model.runs[0]
    Library(runs_folder()).label(run.id, '<img src="http://example.invalid/x.png">', "")
    panel.reload()
    qtbot.waitUntil(lambda: panel.model.runs[0].name.startswith("<img"))
    tip = panel.model.index(0, NAME, QModelIndex()).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("<qt>&lt;img")


def test_the_time_in_a_name_is_seen_in_a_narrow_column(panel: RunsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    table, run = panel.table, panel.model.runs[0]
    named = replace(run, name="", facts=replace(run.facts, network="LeNet-5 (untitled)", created=1.7e9))
    panel.model.present = lambda: run.id
    panel._show_runs([named, *panel.model.runs[1:]])
    option, texts = QStyleOptionViewItem(), list[str]()
    delegate, index = table.itemDelegate(), panel.found.mapFromSource(panel.model.index(0, NAME, QModelIndex()))

    def paint(self: QStyledItemDelegate, _: QPainter, inside: QStyleOptionViewItem, at: QModelIndex) -> None:
        self.initStyleOption(inside, at)
        texts.append(inside.text)

    monkeypatch.setattr(QStyledItemDelegate, "paint", paint)
    table._chosen = True
    for width in (150, 400):
        table.resize(900, 200)
        option.widget, option.rect = table, QRect(0, 0, width, 22)
        delegate.paint(QPainter(), option, index)
    time = named.title.rpartition(" · ")[2]
    assert time in texts[0] and table.fontMetrics().horizontalAdvance(texts[0]) < 150
    assert texts[1] == f"{named.title} (present run)"
