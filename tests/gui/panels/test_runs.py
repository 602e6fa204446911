"""The Runs tab: what was recorded is listed, looked at, named, opened, deleted and brought back."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QObject, QPoint, QPointF, QRect, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget
from training_kit import project

from cnnviz.files import shown
from cnnviz.gui.panels.runs.columns import BEST, COLUMNS, NAME, NOTES, column_of, shared
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK
from cnnviz.runs.archive import SUFFIX
from cnnviz.runs.entries import of_metrics
from cnnviz.runs.folder import FACTS, FORMAT, NUMBERS, VERSION
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import RECORD, runs_folder
from cnnviz.runs.summary import Context, Facts, numbers_of, read_entries, summarize
from cnnviz.runs.writer import RunWriter
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.events import SettingChanged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def trained(window: MainWindow, batches: int) -> RunsPanel:
    """Train so many batches and show the runs once that one is listed."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(batches)
    person.until(lambda: session.status.step == batches and session.status.state is State.PAUSED, "training")
    person.until(lambda: batches in window.bench.past.steps, "the recorded moment")
    panel = window.panel(RunsPanel)
    window.show_panel("runs")
    panel.reload()
    person.until(lambda: any(run.numbers.steps == batches for run in panel.model.runs), "the list")
    return panel


def cell(panel: RunsPanel, title: str) -> str:
    return str(panel.model.index(0, column_of(title), QModelIndex()).data())


def test_a_run_is_listed_and_looked_at_in_another_window(
    application: Application, window: MainWindow, recording: None
) -> None:
    panel = trained(window, 3)
    run = panel.model.runs[0]
    name = f"{window.document.name} · {datetime.fromtimestamp(run.facts.created):%H:%M:%S}"
    assert (cell(panel, "steps"), cell(panel, "test"), cell(panel, "name")) == ("3", "", f"{name} (present run)")
    recipe = window.editor.project.recipe
    assert cell(panel, "recipe") == f"AdamW · {recipe.learning_rate:g}" and cell(panel, "from") == ""
    other = application.open_window(window.editor.project)
    person = Person(other)
    person.until(lambda: other.bridge.shown is not None, "the first snapshot")
    runs = other.panel(RunsPanel)
    other.show_panel("runs")
    person.until(lambda: runs.model.runs, "the list")
    assert not runs.buttons["look"].isEnabled()
    # it is the present run of the first window only
    assert cell(runs, "name") == name
    runs.choose(run.id)
    runs.actions_by_id["look"].trigger()
    person.until(lambda: other.bridge.shown is not None and other.bridge.shown.step == 3, "its last moment")
    assert other.places.middle.past.text() == f"PAST · step 3 of “{run.title}”" and other.curves.isVisible()
    assert len(other.curves.history) == 3 and set(other.bench.past.steps) >= {0, 3}
    other.bench.past.now()
    person.until(lambda: other.bridge.shown is not None and other.bridge.shown.step == 0, "the present")
    assert len(other.curves.history) == 0


def test_a_run_is_named_opened_deleted_and_brought_back(
    application: Application, window: MainWindow, recording: None
) -> None:
    panel, person = trained(window, 2), Person(window)
    run = panel.model.runs[0]
    panel.model.setData(panel.model.index(0, NAME, QModelIndex()), "first try")
    person.until(lambda: panel.model.runs[0].name == "first try", "the name")
    panel.model.setData(panel.model.index(0, NOTES, QModelIndex()), "rate 0.1")
    person.until(lambda: panel.model.runs[0].notes == "rate 0.1", "the notes")
    panel.choose(run.id)
    before = list(application.windows)
    panel.actions_by_id["open"].trigger()
    (opened,) = [one for one in application.windows if one not in before]
    assert opened.editor.project.network == window.editor.project.network
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert not panel.model.runs and not Library(runs_folder()).runs() and panel.search.restore.isVisible()
    QTest.mouseClick(panel.search.restore, Qt.MouseButton.LeftButton)
    person.until(lambda: panel.model.runs, "the run")
    assert panel.model.runs[0].name == "first try" and panel.search.restore.isHidden()


def test_a_run_that_was_deleted_elsewhere_is_said(window: MainWindow, recording: None) -> None:
    panel = trained(window, 2)
    run = panel.model.runs[0]
    panel.choose(run.id)
    Library(runs_folder()).delete(run.id)
    panel.actions_by_id["look"].trigger()
    assert "There is no recorded run" in window.notice.text() and window.bench.past.step is None


def test_the_recipe_of_a_run_that_did_not_note_it_is_read_from_its_project(window: MainWindow, recording: None) -> None:
    panel = trained(window, 2)
    folder = runs_folder() / panel.model.runs[0].id
    noted = summarize(folder).facts
    raw = json.loads((folder / FACTS).read_text())
    old = {name: value for name, value in raw["facts"].items() if name not in ("optimizer", "learning_rate")}
    (folder / FACTS).write_text(json.dumps({"format": FORMAT, "version": VERSION, "facts": old}))
    assert noted.optimizer == "adamw" and summarize(folder).facts == noted


def write_runs(*facts: Facts) -> None:
    """Folders of runs as a recorder leaves them, but without moments."""
    for number, each in enumerate(facts):
        folder = runs_folder() / f"20260101-00000{number}-aaaaaaaa"
        folder.mkdir(parents=True)
        (folder / FACTS).write_text(json.dumps({"format": FORMAT, "version": VERSION, "facts": asdict(each)}))
        (folder / NUMBERS).write_bytes(
            b"".join(map(of_metrics, (Evaluation(1, "validation", 1, 10, 0.1 * number, 0.9 + 0.01 * number, 2.0),)))
        )


@pytest.fixture
def panel(qtbot: QtBot, recording: None) -> Iterator[RunsPanel]:
    """The panel alone, with three runs, of which one is named and two are of the same network."""
    write_runs(
        Facts("fast", 1.0, 7000, "CPU", "bfloat16", batch_size=50),
        Facts("fast", 2.0, 7000, "CPU", "float32"),
        Facts("deep", 3.0, 2_000_000, "CPU", "float32", parent="20260101-000001-aaaaaaaa", parent_step=1200),
    )
    Library(runs_folder()).label("20260101-000001-aaaaaaaa", "with dropout", "rate 0.01, seed 3")
    shown = RunsPanel(DARK)
    place = QWidget()
    column = QVBoxLayout(place)
    for part in (shown.controls(), shown):
        column.addWidget(part)
    shown.controls().show()
    qtbot.addWidget(place)
    place.resize(900, 300)
    with qtbot.waitActive(place):
        place.show()
        place.activateWindow()
    qtbot.waitUntil(lambda: len(shown.model.runs) == 3)
    shown.table.setFocus()
    yield shown
    assert shown.close_reading()


def names(panel: RunsPanel) -> list[str]:
    """The names that the user gave, else the networks, from the top of the table."""
    runs = map(panel.found.run, range(panel.found.rowCount()))
    return [run.name or run.facts.network for run in runs]


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
        writer.add([], [*rates])
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
    changed = replace(run, numbers=replace(run.numbers, steps=1_234_567, learning_rate=0.0077))
    panel._show_runs([changed, *others])
    for title in ("recipe", "steps"):
        assert table.sizeHintForColumn(column_of(title)) <= table.columnWidth(column_of(title))
    assert narrow < table.columnWidth(column_of("recipe"))


def test_columns_share_what_each_wants_beyond_its_least() -> None:
    assert shared([100, 200, 50], [50, 100, 50], 400) == [100, 200, 50]
    assert shared([100, 200, 50], [50, 100, 50], 275) == [75, 150, 50]
    assert shared([100, 200, 50], [50, 100, 50], 10) == [50, 100, 50]


def test_the_table_does_not_move_when_a_run_is_deleted(panel: RunsPanel) -> None:
    panel.resize(900, 300)
    QApplication.processEvents()
    before = panel.table.geometry()
    panel.choose("20260101-000001-aaaaaaaa")
    panel.delete()
    QApplication.processEvents()
    assert panel.search.restore.isVisible() and panel.table.geometry() == before


def test_several_runs_are_deleted_and_brought_back_together_by_keys(panel: RunsPanel, qtbot: QtBot) -> None:
    QTest.keyClick(panel.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(panel.chosen()) == 3 and not panel.buttons["look"].isEnabled()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert not panel.model.runs and not Library(runs_folder()).runs()
    # the table is away where there is no run, the button is there
    restore = panel.search.restore
    assert restore.isVisible() and restore.text() == "Bring back 3 runs" and "with dropout" in restore.toolTip()
    QTest.mouseClick(restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.model.runs) == 3)
    # what is back is selected
    assert len(panel.chosen()) == 3
    panel.choose("20260101-000001-aaaaaaaa")
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert len(panel.model.runs) == 2 and restore.text() == "Bring back “with dropout”"
    QTest.keyClick(panel.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(panel.model.runs) == 3)
    assert [run.title for run in panel.chosen()] == ["with dropout"]
    assert len(Library(runs_folder()).runs()) == 3


def test_a_run_is_renamed_by_key_while_the_selection_stays(panel: RunsPanel, qtbot: QtBot) -> None:
    run = panel.found.run(0).id
    panel.choose(run)
    panel.actions_by_id["rename"].trigger()
    editor = panel.table.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "a deep run")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "a deep run" in names(panel))
    assert [each.id for each in panel.chosen()] == [run]


def test_a_name_from_an_archive_is_shown_as_it_is_written(panel: RunsPanel, qtbot: QtBot) -> None:
    run = panel.model.runs[0]
    Library(runs_folder()).label(run.id, '<img src="http://example.invalid/x.png">', "")
    panel.reload()
    qtbot.waitUntil(lambda: panel.model.runs[0].name.startswith("<img"))
    tip = panel.model.index(0, NAME, QModelIndex()).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("<qt>&lt;img")


def test_a_folder_that_comes_or_goes_elsewhere_is_followed(panel: RunsPanel, qtbot: QtBot) -> None:
    panel.choose(panel.model.runs[1].id)
    kept = panel.chosen()
    shutil.rmtree(runs_folder() / panel.model.runs[0].id)
    panel.reload()
    qtbot.waitUntil(lambda: len(panel.model.runs) == 2)
    assert panel.chosen() == kept


def test_no_mistakes_are_shown_of_a_run_whose_folder_is_gone(panel: RunsPanel, qtbot: QtBot) -> None:
    asked: list[bool] = []
    panel.mistakesAsked.connect(lambda: asked.append(True))
    panel.choose(panel.model.runs[0].id)
    panel.see_mistakes()
    assert asked == [True]
    shutil.rmtree(runs_folder() / panel.model.runs[0].id)
    with qtbot.waitSignal(panel.failed):
        panel.see_mistakes()
    assert asked == [True]


def test_the_folder_is_shown_in_the_file_manager(panel: RunsPanel) -> None:
    shown: list[str] = []

    class Manager(QObject):
        @Slot(QUrl)
        def open(self, url: QUrl) -> None:
            shown.append(url.toLocalFile())

    manager = Manager()
    QDesktopServices.setUrlHandler("file", manager, "open")  # type: ignore[arg-type]
    try:
        panel.choose(panel.found.run(0).id)
        panel.actions_by_id["folder"].trigger()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert shown == [str(runs_folder() / panel.found.run(0).id)]


def dropped(panel: RunsPanel, *paths: Path) -> None:
    """Drop files on the panel."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(5, 5), copy, data, left, plain)
    QApplication.sendEvent(panel, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(panel, QDropEvent(QPointF(5, 5), copy, data, left, plain))


def test_a_run_is_written_as_an_archive_and_comes_back_where_it_is_dropped(
    panel: RunsPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    run = panel.model.runs[1]
    path = tmp_path / f"one{SUFFIX}"
    said: list[str] = []
    panel.message.connect(said.append)
    panel.archives.write(Library(runs_folder()).folder(run.id), path)
    qtbot.waitUntil(lambda: f"“{shown(path)}” is written." in said)
    dropped(panel, path)
    qtbot.waitUntil(lambda: len(panel.model.runs) == 4)
    assert [each.title for each in panel.model.runs].count("with dropout") == 2
    # the new run is selected
    assert [each.title for each in panel.chosen()] == ["with dropout"] and panel.chosen()[0].id != run.id


def test_files_that_are_no_archives_are_refused_in_a_sentence(panel: RunsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no archive")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    for name, sentence in (("notes.txt", "That is no archive"), ("broken.zip", "“broken.zip” is damaged")):
        with qtbot.waitSignal(panel.failed) as failed:
            dropped(panel, tmp_path / name)
        assert failed.args[0].startswith(sentence)
    assert len(panel.model.runs) == 3


def test_an_empty_library_says_what_fills_it(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, recording: None) -> None:
    for value, said in (("1", "once it has been trained"), ("0", "switched off")):
        monkeypatch.setenv(RECORD, value)
        empty = RunsPanel(DARK)
        qtbot.addWidget(empty)
        qtbot.addWidget(empty.controls())
        assert said in empty._empty.text() and not empty.table.isVisible()
