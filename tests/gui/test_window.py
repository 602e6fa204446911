"""The window as a whole: arrangements, themes, files, closing, and what it remembers."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from cnnviz import settings
from cnnviz.files import shown
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.layer_table.cells import PAD, RIGHT
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.plain import menu_text
from cnnviz.project import edits
from cnnviz.project.file import save
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage
    from warm_python import WarmPython

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

FAST = TEMPLATES["fast"].project()


def edit(window: MainWindow) -> Project:
    window.editor.apply("Set stride", edits.set_parameter(window.editor.project, "conv1", "stride", 2))
    return window.editor.project


def test_arrangements_change_what_is_shown_and_nothing_else(window: MainWindow) -> None:
    before = window.editor.project
    for identifier, left, tab, bottom in (
        ("build", window.palette_list, window.panel(SettingsPanel), window.problems),
        ("train_view", window.sample, window.panel(KernelsPanel), window.curves),
        ("look", window.sample, window.panel(MapsPanel), window.curves),
    ):
        window.actions_by_id[identifier].trigger()
        assert window.left.currentWidget() is left
        assert window.layer.currentWidget() is tab
        assert window.run.currentWidget() is bottom
        assert window.actions_by_id[identifier].isChecked()
    assert window.editor.project is before
    assert not window.editor.undo_stack.canUndo()


def test_an_empty_project_opens_for_building(application: Application) -> None:
    empty = application.open_window(Project())
    assert empty.left.currentWidget() is empty.palette_list
    assert not empty.actions_by_id["play"].isEnabled()


def test_a_place_is_enlarged_and_comes_back(window: MainWindow) -> None:
    places = window.places
    for place in (places.left, places.middle, places.right, places.bottom):
        place.enlarge.emit()
        shown = [one for one in (places.left, places.middle, places.right, places.bottom) if one.isVisible()]
        assert shown == [place]
        place.enlarge.emit()
        assert all(one.isVisible() for one in (places.left, places.middle, places.right, places.bottom))


def test_a_row_of_the_layer_table_brings_its_layer_into_view(window: MainWindow) -> None:
    window.editor.open(TEMPLATES["vgg-16-28"].project())
    window.canvas.zoom_in()
    table = window.table.table
    for row in (table.model().rowCount() - 1, 0):
        table.scrollTo(table.model().index(row, 0))
        QTest.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.model().index(row, 0)).center()
        )
        area = window.canvas.selected_area()
        assert area is not None and window.canvas.visible().contains(area)
    for _ in range(table.model().rowCount() - 1):
        QTest.keyClick(table, Qt.Key.Key_Down)
    assert window.selection.current == window.editor.project.network.order[-1]
    area = window.canvas.selected_area()
    assert area is not None and window.canvas.visible().contains(area)


@pytest.mark.parametrize("arrangement", ["build", "train_view"])
def test_the_sign_of_a_sorted_column_leaves_its_title_free(window: MainWindow, arrangement: str) -> None:
    window.resize(1100, 700)
    window.actions_by_id[arrangement].trigger()
    table = window.table.table
    header, model = table.horizontalHeader(), table.model()

    def title(column: int) -> QImage:
        name = model.headerData(column, Qt.Orientation.Horizontal)
        length = header.fontMetrics().horizontalAdvance(name) + PAD
        left, size = header.sectionViewportPosition(column), header.sectionSize(column)
        assert length < size
        at_right = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole) == RIGHT
        part = QRect(left + size - length if at_right else left, 0, length, header.height())
        return header.viewport().grab(part).toImage()

    shown = [column for column in range(model.columnCount()) if not table.isColumnHidden(column)]
    for column, other in itertools.pairwise([*shown, shown[0]]):
        table.sortByColumn(other, Qt.SortOrder.AscendingOrder)
        QApplication.processEvents()
        without = title(column)
        for order in Qt.SortOrder:
            table.sortByColumn(column, order)
            QApplication.processEvents()
            assert title(column) == without, (column, order)


def test_themes_reach_every_part_and_are_remembered(application: Application, window: MainWindow) -> None:
    qt = QApplication.instance()
    assert isinstance(qt, QApplication)
    for choice, theme in (("light", LIGHT), ("dark", DARK)):
        window.actions_by_id[choice].trigger()
        assert qt.palette().window().color().name() == theme.background
        assert settings.load().theme == choice
        assert window.actions_by_id[choice].isChecked()
    assert application.theme is DARK


def test_undo_says_what_it_undoes(window: MainWindow) -> None:
    assert not window.actions_by_id["undo"].isEnabled()
    edit(window)
    assert window.actions_by_id["undo"].text().endswith("Set stride")
    window.actions_by_id["undo"].trigger()
    assert window.editor.project == FAST
    assert window.actions_by_id["redo"].isEnabled()


def test_the_title_tells_unsaved_changes(window: MainWindow, tmp_path: Path) -> None:
    assert not window.isWindowModified()
    edit(window)
    assert window.isWindowModified()
    assert window.document.save_to(tmp_path / "mine.cnnviz")
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("mine")
    window.editor.undo()
    assert window.isWindowModified()
    window.editor.redo()
    assert not window.isWindowModified()


def test_a_full_disk_is_a_sentence_and_loses_nothing(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "full.cnnviz"
    assert window.document.save_to(path)
    before = path.read_bytes()
    edited = edit(window)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert not window.document.save_to(path)
    assert "No space left on device" in window.notice.text()
    assert path.read_bytes() == before
    assert window.editor.project is edited
    assert window.document.unsaved


def test_recent_files_are_offered_and_missing_ones_forgotten(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "recent.cnnviz"
    save(FAST, path)
    other = application.open_file(path, window)
    assert other is not None
    recent = window.recent_menu
    assert recent is not None
    assert [action.text() for action in recent.actions()] == [menu_text(shown(path))]
    # the window was untouched, and gives way to what was opened
    window, recent = other, other.recent_menu
    assert recent is not None
    path.unlink()
    recent.actions()[0].trigger()
    assert "recent.cnnviz" in window.notice.text()
    assert settings.load().recent == ()
    assert window.recent_menu is not None
    assert not window.recent_menu.isEnabled()


def test_unsaved_work_is_written_aside_and_removed_on_closing(window: MainWindow, home: Path) -> None:
    window.document.autosave()
    assert not list(home.rglob("*.recovery"))
    edit(window)
    window.document.autosave()
    assert len(list(home.rglob("*.recovery"))) == 1
    window.editor.undo()
    assert window.close()
    assert not list(home.rglob("*.recovery"))


def test_sizes_are_remembered_and_a_damaged_memory_is_survived(application: Application, window: MainWindow) -> None:
    window.places._column.setSizes([300, 300])
    window.places._inner.setSizes([700, 100])
    wide, narrow = window.places._inner.sizes()
    assert narrow < wide / 3
    for splitter in (window.places._column, window.places._inner):
        window.places._moved(splitter)
    assert window.close()
    assert settings.load().geometry
    again = application.open_window(FAST)
    assert again.places.state() == settings.load().arrangement != ""
    assert again.places._inner.sizes()[1] < again.places._inner.sizes()[0] / 3
    settings.save(replace(settings.load(), arrangement="!!", geometry="AAAA"))
    third = application.open_window(FAST)
    assert third.places.state() == ""


SHORT_TOUR = """
import json, sys
from cnnviz import program
from cnnviz.cli import main
from cnnviz.cli.window import prepare_anywhere
prepare_anywhere()
from cnnviz.gui.robot import maps_bench, microscope_bench, mistakes_bench, scrub_bench, stroke_bench, tour
maps_bench.FRAMES, scrub_bench.MOMENTS, stroke_bench.STROKES, mistakes_bench.CLICKS = 8, 4, 3, 8
microscope_bench.CLICKS, microscope_bench.SWEEP_SECONDS = 8, 0.5
tour.SCRUB_STEPS, tour.SETTLED_SECONDS = 12, 0.1
beginning, *arguments = sys.argv[1:]
program._beginning = lambda: json.loads(beginning)
sys.exit(main(arguments))
"""
"""All stations of the tour, with fewer measurements at each. The first argument, in JSON, begins the command line of
the process that trains without a window."""
FEW_WARM_STEPS = """
import sys
from cnnviz.cli import main, turns
turns.WARM_STEPS = 5
sys.exit(main(sys.argv[1:]))
"""


def test_the_tour_leaves_pictures_and_measurements(
    tmp_path: Path, home: Path, recording: None, warm_python: WarmPython
) -> None:
    beginning = json.dumps([*warm_python.line, "-c", FEW_WARM_STEPS])
    command = [sys.executable, "-c", SHORT_TOUR, beginning, "tour", "--out", str(tmp_path), "--seconds", "1"]
    command += ["--size", "1280x720", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == json.loads((tmp_path / "tour.json").read_text(encoding="utf-8"))
    assert told["images_per_second"]["window"] > 0
    assert told["heartbeat_ms"]["beats"] > 10
    assert told["snapshots_per_second"] > 0
    assert told["microscope_live"]["ratio"] > 0 and told["microscope_live"]["snapshots_per_second"] > 0
    strokes = told["stroke_ms"]
    assert strokes["moves"] > 100 and 0 < strokes["p50"] <= strokes["p95"] <= strokes["max"]
    assert 0 < told["maps_512_ms"]["p50"] <= told["maps_512_ms"]["p95"]
    assert 0 < told["microscope_ms"]["p50"] <= told["microscope_ms"]["p95"]
    assert told["sweep_per_second"] > 0
    assert told["mistakes_ms"]["all"] > 0 and 0 < told["mistakes_ms"]["p50"] <= told["mistakes_ms"]["p95"]
    assert told["scrub_live"]["ratio"] > 0
    for scrubs in ("scrub_ms", "scrub_live", "scrub_large_ms"):
        assert told[scrubs]["steps"] > 0 and 0 < told[scrubs]["p50"] <= told[scrubs]["p95"] <= told[scrubs]["max"]
    assert not list((home / "data" / "runs").glob("2*"))
    assert told["first_paint_seconds"] < told["ready_seconds"]
    assert all((tmp_path / name).stat().st_size > 1000 for name in told["pictures"])
    assert {"window-train-dark.png", "window-microscope-light.png", "panel-kernels-light.png"} <= set(told["pictures"])


def test_in_a_narrow_window_no_button_is_cut(window: MainWindow) -> None:
    window.resize(window.minimumSize())
    QApplication.processEvents()
    buttons = [one for one in window.top.findChildren(QPushButton) if one.isVisible()]
    assert buttons
    assert [one.text() for one in buttons if one.width() < one.sizeHint().width()] == []
    assert not window.top.dataset.isVisible()
    window.resize(1600, 800)
    assert window.top.dataset.isVisible()


def test_empty_curves_say_why_training_cannot_start(window: MainWindow) -> None:
    assert window.curves.empty.text() == "Curves appear when training starts: press Train."
    window.editor.apply("Break", edits.bypass(window.editor.project, ["flatten"]))
    assert "cannot be trained yet: " in window.curves.empty.text()
    window.editor.undo()
    assert window.curves.empty.text().endswith("press Train.")


def test_the_output_on_the_canvas_names_the_classes_of_the_dataset(window: MainWindow) -> None:
    Person(window).until(lambda: window.bridge.images is not None, "the images")
    output = window.canvas.node_item("output").below
    at = QPointF(20, 5)
    assert output.tooltip_at(at, 1.0) == ""
    assert window.bridge.images is not None
    window.bridge.dataset.emit(replace(window.bridge.images, classes=("zero", *window.bridge.images.classes[1:])))
    assert output.tooltip_at(at, 1.0) == "zero"
