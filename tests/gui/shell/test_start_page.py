"""The start page: found by typing, walked by arrows, chosen by Enter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from cnnviz.gui.shell.start_page import StartPage
from cnnviz.gui.theme import DARK, LIGHT, Theme
from cnnviz.gui.widgets.cards import card_of
from cnnviz.gui.widgets.network_picture import paint_picture
from cnnviz.network.check import check
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.estimate import Estimate, Speed
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

Key = Qt.Key


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[StartPage]:
    parent = QWidget()
    parent.resize(1280, 720)
    qtbot.addWidget(parent)
    page = StartPage(DARK, parent)
    page.open()
    yield page
    page.close()


def press(qtbot: QtBot, page: StartPage, *keys: Key) -> None:
    for key in keys:
        target = page.focusWidget()
        assert target is not None
        qtbot.keyClick(target, key)


def write(qtbot: QtBot, page: StartPage, text: str) -> None:
    target = page.focusWidget()
    assert target is not None
    qtbot.keyClicks(target, text)


def test_the_empty_network_comes_first_and_all_templates_follow(page: StartPage) -> None:
    assert page.names() == ["", *TEMPLATES]
    assert page.current() == ""
    assert page.width() <= 1280
    assert page.height() <= 720


def test_what_is_typed_is_searched_for_in_names_titles_and_sentences(qtbot: QtBot, page: StartPage) -> None:
    write(qtbot, page, "resnet")
    assert page.names() == ["resnet-18-28", "resnet-50-28", "resnet-18", "resnet-50"]
    assert page.current() == "resnet-18-28"
    write(qtbot, page, " published")
    assert page.names() == ["resnet-18", "resnet-50"]
    write(qtbot, page, " nonsense")
    assert page.names() == []
    assert page.current() is None


def test_arrows_walk_the_grid_enter_chooses_and_letters_go_back_to_the_search(qtbot: QtBot, page: StartPage) -> None:
    chosen: list[str] = []
    page.chosen.connect(chosen.append)
    press(qtbot, page, Key.Key_Down)
    below = page.current()
    assert below is not None
    assert page.names().index(below) > 1, "a row further down, not a card further right"
    press(qtbot, page, Key.Key_Up, Key.Key_Right)
    assert page.current() == "fast"
    write(qtbot, page, "dense")
    assert page.names()
    press(qtbot, page, Key.Key_Return)
    assert chosen == [page.current()]
    assert not page.isVisible()


def test_escape_chooses_nothing(qtbot: QtBot, page: StartPage) -> None:
    chosen: list[str] = []
    page.chosen.connect(chosen.append)
    press(qtbot, page, Key.Key_Escape)
    assert chosen == []
    assert not page.isVisible()


def test_figures_come_after_the_page_is_there(qtbot: QtBot, page: StartPage) -> None:
    item = page._list.item(1 + list(TEMPLATES).index("alexnet"))
    qtbot.waitUntil(lambda: not page._waiting, timeout=60_000)
    told = item.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "61,100,840 parameters" in told
    assert "714 M MACs" in told


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_a_picture_shows_every_family_of_its_network(theme: Theme) -> None:
    image = QImage(600, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.surface))
    painter = QPainter(image)
    paint_picture(painter, image.rect().toRectF(), card_of("keras-tutorial").picture, theme)
    painter.end()
    seen = {image.pixelColor(x, y).name() for x in range(600) for y in range(90, 110)}
    network = TEMPLATES["keras-tutorial"].project().network
    assert {theme.family(network[name].family) for name in network.nodes} <= seen


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_picture_of_every_template_has_a_block_for_each_layer_within_its_frame(name: str) -> None:
    picture = card_of(name).picture
    project = TEMPLATES[name].project()
    assert check(project.network, facts_of_data(project)).trainable
    assert len(picture.blocks) == len(project.network.nodes)
    for block in picture.blocks:
        assert -1e-9 <= block.x <= block.x + block.width <= 1 + 1e-9
        assert -1e-9 <= block.y <= block.y + block.height <= 1 + 1e-9


def test_new_opens_the_page_and_a_card_opens_a_window(
    qtbot: QtBot, application: Application, window: MainWindow
) -> None:
    window.actions_by_id["new"].trigger()
    page = window.findChild(StartPage)
    assert page is not None
    page.chosen.emit("keras-tutorial")
    page.chosen.emit("")
    page.close()
    assert [one.editor.project for one in application.windows[1:]] == [
        TEMPLATES["keras-tutorial"].project(),
        Project(),
    ]


def test_a_template_without_images_is_shown_and_says_why_it_cannot_be_trained(application: Application) -> None:
    window = application.open_window(TEMPLATES["alexnet"].project())
    assert window.editor.report.parameters == 61_100_840
    assert not window.actions_by_id["play"].isEnabled()
    (problem,) = window.editor.report.problems
    assert problem.code == "no_images"
    assert window.run.currentWidget() is window.problems
    window.editor.finish_trials()
    window.problems.problems.rows[0].buttons[0].click()
    assert window.editor.report.trainable
    assert window.actions_by_id["play"].isEnabled()
    window.editor.undo()
    assert window.editor.report.problems == (problem,)


def test_the_window_measures_this_machine_where_a_training_is_long_and_says_what_it_will_take(
    qtbot: QtBot, application: Application
) -> None:
    template = TEMPLATES["resnet-18-28"]
    project = template.project()
    window = application.open_window(replace(project, recipe=replace(project.recipe, epochs=1000)))
    assert window.status.parameters.text() == "701,178 parameters · 97.7 MB to train"
    qtbot.waitUntil(lambda: window.status.parameters.text().endswith("for 1,000 epochs"), timeout=120_000)
    assert window.forecast.warning().startswith("1,000 epochs will take ")


def test_a_card_and_the_status_line_say_the_same_time(window: MainWindow) -> None:
    window.forecast.set_speed(Speed(1e9, 1e9, 1e-4, 1e9))
    window.actions_by_id["new"].trigger()
    page = window.findChild(StartPage)
    assert page is not None
    time = window.forecast.text().partition(", ")[2].removesuffix(" for 8 epochs")
    assert page._delegate.outcome("fast").endswith(f"8 epochs, {time} here")
    assert page._delegate.outcome("alexnet").endswith("an epoch here")
    window.forecast._end_trial(window.editor.project, Estimate(0.001, 0.001), interrupted=False)
    said = window.forecast.text()
    measured = said[said.index("about") : said.index(" for ")]
    assert measured != time and page._delegate.outcome("fast").endswith(f"8 epochs, {measured} here")
    page.close()
