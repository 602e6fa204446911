"""Several windows: what takes whose place, what they are called, and the menu that lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from cnnviz.gui.robot.person import Person
from cnnviz.gui.window_menu import WindowMenu
from cnnviz.project import edits
from cnnviz.project.file import save
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def edit(window: MainWindow) -> None:
    window.editor.apply("Set stride", edits.set_parameter(window.editor.project, "conv1", "stride", 2))


def menu(window: MainWindow) -> list[tuple[str, bool]]:
    made = window.menuBar().findChild(WindowMenu)
    assert isinstance(made, QMenu)
    made.aboutToShow.emit()
    return [(action.text(), action.isChecked()) for action in made.actions()]


def test_an_untouched_start_gives_way_to_what_is_opened(application: Application, tmp_path: Path) -> None:
    path = tmp_path / "mine.cnnviz"
    save(TEMPLATES["lenet-5"].project(), path)
    start = application.open_first(None)
    start.setGeometry(40, 50, 1100, 700)
    opened = application.open_file(path, start)
    assert opened is not None
    Person(opened).until(lambda: application.windows == [opened], "the start to close")
    assert opened.geometry().getRect() == (40, 50, 1100, 700)
    # a file stays, whatever is opened beside it
    other = application.open_file(path, opened)
    Person(opened).first_paint()
    assert application.windows == [opened, other]


def test_a_start_with_an_edit_stays_even_where_it_was_undone(application: Application, tmp_path: Path) -> None:
    path = tmp_path / "mine.cnnviz"
    save(TEMPLATES["lenet-5"].project(), path)
    start = application.open_first(None)
    edit(start)
    start.editor.undo()
    opened = application.open_file(path, start)
    assert opened is not None
    Person(opened).first_paint()
    assert application.windows == [start, opened]


def test_untitled_says_from_where_it_comes(application: Application, tmp_path: Path) -> None:
    title = next(iter(TEMPLATES.values())).title
    start = application.open_first(None)
    assert start.windowTitle().startswith(f"{title} (untitled)[*]")
    assert application.open_template("").windowTitle().startswith("Untitled[*]")
    assert start.document.save_to(tmp_path / "mine.cnnviz")
    assert start.windowTitle().startswith("mine[*]")


def test_the_menu_lists_the_windows_and_brings_them_to_the_front(application: Application, tmp_path: Path) -> None:
    first, second = application.open_template("fast"), application.open_template("lenet-5")
    edit(first)
    names = [f"{TEMPLATES[name].title} (untitled)" for name in ("fast", "lenet-5")]
    assert menu(first) == [(f"{names[0]} •", True), (names[1], False)]
    assert menu(second) == [(f"{names[0]} •", False), (names[1], True)]
    first.showMinimized()
    made = second.menuBar().findChild(WindowMenu)
    assert made is not None
    made.actions()[0].trigger()
    assert not first.isMinimized()
    first.leave()
    assert menu(second) == [(names[1], True)]
