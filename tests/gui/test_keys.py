"""Keys that mean something in the whole window, and what a notice leaves in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.widgets.code_view import CodeView
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import Evaluation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

Key = Qt.Key


@pytest.fixture
def ready(application: Application) -> MainWindow:
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1280, 800)
    Person(window).until(lambda: window.bridge.session.status.ready, "the data")
    assert QTest.qWaitForWindowActive(window)
    return window


def _asked(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setattr(window.bridge, "toggle", lambda: asked.append("play"))
    monkeypatch.setattr(window.bridge.session, "batches", lambda *_: asked.append("batch"))
    return asked


PLACES: dict[str, Callable[[MainWindow], QWidget]] = {
    "canvas": lambda window: window.canvas,
    "sample": lambda window: window.sample.image,
    "curves": lambda window: window.curves,
    "tabs": lambda window: window.run.tabBar(),
    "kernels": lambda window: window.panel(KernelsPanel).grid,
    "window": lambda window: window,
}


@pytest.mark.parametrize("place", PLACES)
def test_space_and_dot_train_wherever_no_text_is_typed(
    ready: MainWindow, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    asked = _asked(ready, monkeypatch)
    focus = PLACES[place](ready)
    focus.setFocus()
    QTest.keyClick(focus, Key.Key_Space)
    QTest.keyClicks(focus, ".")
    assert asked == ["play", "batch"]


def test_the_key_that_the_hint_names_trains_from_a_button_and_from_a_field_too(
    ready: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready.notices._hint().startswith("Click here or press F5 to train")
    asked: list[bool] = []
    monkeypatch.setattr(ready.bridge, "toggle", lambda: asked.append(True))
    ready.arrange("build")
    for focus in (ready.canvas, ready.top.arrangements.buttons()[2], ready.palette_list.field):
        focus.setFocus()
        QTest.keyClick(focus, Key.Key_F5)
        assert asked.pop() and not asked


def test_code_that_is_only_read_leaves_space_to_training(ready: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(ready, monkeypatch)
    ready.arrange("build")
    ready.run.setCurrentWidget(ready.code)
    view = ready.code.findChildren(CodeView)[0]
    view.setFocus()
    assert view.hasFocus()
    QTest.keyClick(view, Key.Key_Space)
    assert asked == ["play"]


def test_buttons_lists_and_fields_keep_their_keys(ready: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(ready, monkeypatch)
    ready.arrange("build")
    button = ready.top.arrangements.buttons()[2]
    button.setFocus()
    QTest.keyClick(button, Key.Key_Space)
    assert ready.left.currentWidget() is ready.sample
    ready.arrange("build")
    for focus in (ready.palette_list.list, ready.palette_list.field):
        focus.setFocus()
        QTest.keyClick(focus, Key.Key_Space)
        QTest.keyClicks(focus, ".")
    assert ready.palette_list.field.text() == " ."
    assert asked == []


def test_escape_leaves_an_enlarged_place(ready: MainWindow) -> None:
    places = ready.places
    for place, focus in ((places.middle, ready.canvas), (places.bottom, ready.curves)):
        ready.selection.select([])
        places.enlarge(place)
        assert not places.left.isVisible()
        focus.setFocus()
        QTest.keyClick(focus, Key.Key_Escape)
        assert all(one.isVisible() for one in (places.left, places.middle, places.right, places.bottom))


@pytest.mark.parametrize(("action", "keys"), [("redo", "Ctrl+Y"), ("zoom_in", "Ctrl+="), ("redo", "Ctrl+Shift+Z")])
def test_shortcuts_that_people_are_used_to(ready: MainWindow, action: str, keys: str) -> None:
    assert QKeySequence(keys) in ready.actions_by_id[action].shortcuts()


def test_no_two_actions_have_the_same_keys(ready: MainWindow) -> None:
    keys = [one.toString() for action in ready.actions_by_id.values() for one in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_nothing_on_the_canvas_moves_for_a_notice(ready: MainWindow, qtbot: QtBot) -> None:
    canvas, notice = ready.canvas, ready.notice

    def placed() -> tuple[object, ...]:
        nodes = canvas._scene.nodes.items()
        extents = tuple((name, item.below.extent, item.below.question()) for name, item in nodes)
        return canvas.mapTo(ready, QPoint()), canvas.size(), canvas.spot(), extents

    before = placed()
    long = "The network or its recipe has changed since the start of this run, which goes on as it was. " * 3
    notice.post("long", long, ("Train from scratch", lambda: None), ("Undo the change", lambda: None))
    qtbot.waitUntil(lambda: notice.isVisible() and notice.height() >= notice.heightForWidth(notice.width()))
    assert placed() == before
    area = notice.geometry()
    tabs = ready.run.mapTo(ready, ready.run.rect().bottomLeft())
    qtbot.waitUntil(lambda: ready.run.mapTo(ready, ready.run.rect().bottomLeft()).y() <= area.top() + 8)
    assert ready.rect().contains(area) and tabs.x() > area.left()
    notice.withdraw("long")
    qtbot.waitUntil(lambda: ready.places.bottom.minimumHeight() == 0)
    assert placed() == before


def test_no_word_of_the_top_bar_is_cut_when_another_word_is_wider(ready: MainWindow, qtbot: QtBot) -> None:
    top = ready.top
    ready.resize(960, 600)
    width = next(width for width in range(960, 1300, 4) if not (ready.resize(width, 600) or top.dataset.isHidden()))
    assert width > 960 and top.arrangements.width() >= top.arrangements.sizeHint().width()
    top.recipe.setText(f"{top.recipe.text()} with a longer name")
    qtbot.waitUntil(top.dataset.isHidden)
    assert top.arrangements.width() >= top.arrangements.minimumSizeHint().width()


@pytest.mark.parametrize("width", [960, 1000, 1280])
def test_no_word_of_the_status_line_is_cut(ready: MainWindow, width: int, qtbot: QtBot) -> None:
    ready.resize(width, 600)
    status = ready.status
    facts = (status.problems, status.speed, status.left, status.cost, status.device, status.parameters)
    qtbot.waitUntil(lambda: status.width() == width)
    # a word that has just come gets its room with the next layout, and the device is named when torch is there
    qtbot.waitUntil(lambda: bool(status.device.text()) and status.cost.isVisible() is (width == 1280))
    qtbot.waitUntil(lambda: all(fact.width() >= fact.sizeHint().width() for fact in facts if fact.isVisible()))
    assert status.problems.isVisible() and status.parameters.isVisible()
    # nothing was trained, so no speed and no time leave a gap
    assert status.speed.isHidden() and status.left.isHidden()
    assert status.cost.isVisible() is (width == 1280)
    status.show_message("Something was said.")
    ready.resize(width + 1, 600)
    assert not status.cost.isVisible()
    status.show_message("")
    assert status.cost.isVisible() is (width == 1280)


def test_the_recipe_opens_from_its_button_and_escape_closes_it(ready: MainWindow, qtbot: QtBot) -> None:
    button = ready.top.recipe
    for by_key in (False, True):
        button.setFocus()
        if by_key:
            QTest.keyClick(button, Key.Key_Space)
        else:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(ready.recipe.isVisible)
        popup = QApplication.activePopupWidget()
        assert popup is not None
        QTest.keyClick(popup, Key.Key_Escape)
        qtbot.waitUntil(lambda: not ready.recipe.isVisible())
        assert not button.isDown() and button.hasFocus()


def test_a_click_beside_the_fields_leaves_the_recipe_open(ready: MainWindow, qtbot: QtBot) -> None:
    QTest.mouseClick(ready.top.recipe, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(ready.recipe.isVisible)
    for place in (QPoint(3, 3), ready.recipe.rect().bottomRight() - QPoint(3, 3), ready.recipe.rect().center()):
        target = ready.recipe.childAt(place) or ready.recipe
        QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=target.mapFrom(ready.recipe, place))
        assert ready.recipe.isVisible()
    popup = QApplication.activePopupWidget()
    assert popup is not None
    popup.close()


def test_a_short_notice_moves_nothing_on_the_canvas_of_a_small_window(ready: MainWindow, qtbot: QtBot) -> None:
    ready.resize(1280, 720)
    ready.arrange("train_view")
    qtbot.waitUntil(lambda: ready.width() == 1280)
    heights = ready.places._column.sizes()
    ready.notice.post("short", "The network has changed since the start.", ("Undo the change", lambda: None))
    qtbot.waitUntil(lambda: ready.notice.isVisible() and ready.notice.height() > 0)
    assert ready.places._column.sizes() == heights


@pytest.mark.parametrize("size", [(960, 600), (1600, 900)])
def test_the_curves_stand_still_when_a_notice_or_the_first_validation_comes(
    ready: MainWindow, size: tuple[int, int], qtbot: QtBot
) -> None:
    ready.resize(*size)
    ready.arrange("train_view")
    ready.bridge.session.batches(3)
    qtbot.waitUntil(lambda: len(ready.curves.history) == 3 and ready.curves.plot.isVisible(), timeout=30_000)
    plot, notice = ready.curves.plot, ready.notice

    def placed() -> tuple[object, ...]:
        return plot.mapTo(ready, QPoint()), plot.size(), ready.table.size(), ready.curves.row.isVisible()

    before = placed()
    ready.bridge.metrics.emit([Evaluation(ready.bridge.session.status.run, "validation", 1, 3, 2.0, 0.3, 1.0)])
    ready.curves.redraw()
    QApplication.processEvents()
    assert placed() == before and (size[1] == 600 or ready.curves.row.wrong.isVisible())
    notice.post("short", "The loss is too high.", ("Change the rate", lambda: None))
    qtbot.waitUntil(lambda: notice.isVisible() and notice.height() > 0)
    assert placed() == before
    lower = ready.run.mapTo(ready, ready.run.rect().bottomLeft()).y()
    assert lower < notice.geometry().top() and ready.rect().contains(notice.geometry())
    notice.withdraw("short")
    QApplication.processEvents()
    assert placed() == before


@pytest.mark.parametrize("size", [(960, 600), (1280, 720)])
def test_curves_and_bars_of_the_classes_keep_their_room_beside_a_notice(
    ready: MainWindow, size: tuple[int, int], qtbot: QtBot
) -> None:
    ready.resize(*size)
    ready.bridge.session.batches(3)
    qtbot.waitUntil(lambda: len(ready.curves.history) == 3 and ready.curves.plot.isVisible(), timeout=30_000)
    heights = ready.places._column.sizes()
    long = "The network or its recipe has changed since the start of this run, which goes on as it was. " * 2
    ready.notice.post("long", long, ("Train from scratch", lambda: None), ("Undo the change", lambda: None))
    qtbot.waitUntil(lambda: ready.notice.isVisible() and ready.curves.plot.pixels_down() >= 30)
    below = ready.curves.plot.mapTo(ready, ready.curves.plot.rect().bottomLeft()).y()
    assert below < ready.notice.geometry().top()
    assert ready.sample.bars.height() >= 10 * ready.sample.bars.font().pointSize()
    ready.notice.withdraw("long")
    qtbot.waitUntil(lambda: ready.places._column.sizes() == heights)
