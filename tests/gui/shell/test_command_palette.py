"""The command palette: everything by name, from the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.commands.table import COMMANDS
from cnnviz.gui.panels.recipe.panel import RecipePanel
from cnnviz.gui.panels.sample.damage_kinds import KINDS as DAMAGES
from cnnviz.gui.shell.command_palette import CommandPalette, Entry, ranked, score
from cnnviz.network.layers import KINDS
from cnnviz.parameters import parameters_of
from cnnviz.project.recipe import SETTINGS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

Key = Qt.Key


def opened(window: MainWindow) -> CommandPalette:
    window.actions_by_id["commands"].trigger()
    (palette,) = (one for one in window.findChildren(CommandPalette) if one.isVisible())
    return palette


def entry(title: str) -> Entry:
    return Entry(title, "Edit", "", lambda: None)


def test_letters_in_order_are_enough_and_beginnings_come_first() -> None:
    entries = [
        entry(title) for title in ("Zoom out", "Actual size", "Align in a row", "Undo", "Add Conv2d", "Find a layer")
    ]
    assert ranked(entries, "al")[0].title == "Align in a row"
    assert ranked(entries, "zo")[0].title == "Zoom out"
    assert ranked(entries, "fal")[0].title == "Find a layer"
    assert ranked(entries, "acon")[0].title == "Add Conv2d"
    assert ranked(entries, "xyz") == []
    assert [one.title for one in ranked(entries, "")] == [one.title for one in entries]
    assert score("ba", "ab") is None


def test_every_action_layer_and_kind_is_in_it(window: MainWindow) -> None:
    palette = opened(window)
    titles = palette.titles()
    settings = len(SETTINGS) + len(parameters_of(DatasetChoice))
    nodes = window.editor.project.network.nodes
    assert len(titles) == len(COMMANDS) + settings + len(KINDS) + len(DAMAGES) + len(nodes)
    assert {f"Add {kind}" for kind in KINDS} <= set(titles)
    assert window.editor.project.network.nodes.keys() <= set(titles)
    assert {"Zoom in", "Find a layer", "Align in a row"} <= set(titles)
    QTest.keyClick(palette.field, Key.Key_Escape)


def test_it_says_where_nothing_is_found(window: MainWindow) -> None:
    palette = opened(window)
    assert not palette.nothing.isVisible()
    QTest.keyClicks(palette.field, "qqqq")
    assert palette.titles() == [] and palette.nothing.isVisible()
    palette.field.clear()
    assert palette.titles() and not palette.nothing.isVisible()
    QTest.keyClick(palette.field, Key.Key_Escape)


def test_typing_and_enter_do_it_and_the_focus_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    window.canvas.setFocus()
    palette = opened(window)
    QTest.keyClicks(palette.field, "sel all")
    QTest.keyClick(palette.field, Key.Key_Return)
    assert window.selection.nodes == window.editor.project.network.nodes.keys()
    assert window.canvas.hasFocus()
    qtbot.waitUntil(lambda: not window.findChildren(CommandPalette))

    palette = opened(window)
    palette.field.setText("conv3")
    QTest.keyClick(palette.field, Key.Key_Return)
    assert window.selection.nodes == {"conv3"}

    palette = opened(window)
    QTest.keyClicks(palette.field, "add drop")
    QTest.keyClick(palette.field, Key.Key_Return)
    assert window.editor.project.network.outputs["conv3"] == ("dropout1",)


def test_what_cannot_be_done_now_is_shown_and_does_nothing(window: MainWindow) -> None:
    assert not window.actions_by_id["undo"].isEnabled()
    palette = opened(window)
    QTest.keyClicks(palette.field, "undo")
    assert palette.titles()[0] == "Undo"
    # it is marked all the same: one sees where the keys have led
    row = palette.list.visualItemRect(palette.list.item(0))
    ink = palette.list.viewport().grab().toImage().pixelColor(row.left() + 6, row.center().y())
    assert ink.name() == window.bench.theme.line
    QTest.keyClick(palette.field, Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.field, Key.Key_Escape)
    assert not palette.isVisible()


def test_a_kind_of_damage_is_found_by_its_name(window: MainWindow) -> None:
    palette = opened(window)
    QTest.keyClicks(palette.field, "noise")
    QTest.keyClick(palette.field, Key.Key_Return)
    assert window.focusWidget() is window.sample.damage.sliders["noise"]


def test_each_setting_of_the_recipe_is_found_and_shown(window: MainWindow) -> None:
    recipe = window.panel(RecipePanel)
    for typed, name in (("learning rate", "learning_rate"), ("shear", "shear"), ("split s", "split_seed")):
        palette = opened(window)
        QTest.keyClicks(palette.field, typed)
        assert palette.titles()[0] == name.replace("_", " ").capitalize()
        QTest.keyClick(palette.field, Key.Key_Return)
        assert recipe.field(name).isVisible()
        window.close_menus()
    assert not window.editor.project.recipe.uses & {"warm_up"}
    palette = opened(window)
    QTest.keyClicks(palette.field, "warm up")
    assert palette.titles() == ["Warm up"]
    QTest.keyClick(palette.field, Key.Key_Return)
    # greyed, as the schedule has none
    assert palette.isVisible()
    palette.field.clear()
    QTest.keyClicks(palette.field, "find learn")
    assert palette.titles() == ["Find a learning rate"]
    QTest.keyClick(palette.field, Key.Key_Return)
    assert recipe.search.isVisible()
    window.close_menus()
