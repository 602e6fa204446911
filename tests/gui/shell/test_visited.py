"""The way back and forth along the places that were visited in the middle of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from microscope_kit import known, looked_into
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.project import edits
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

Key, ALT = Qt.Key, Qt.KeyboardModifier.AltModifier
FIRST, SECOND = Place("conv2", 3, 5, 5), Place("conv2", 7, 2, 2)


@pytest.fixture
def window(application: Application) -> MainWindow:
    return looked_into(application)


def test_keys_lead_back_to_each_visited_place_and_on_again(window: MainWindow) -> None:
    person, scope, middle = Person(window), window.panel(Microscope), window.middle
    assert not middle.ways.isVisible()
    middle.open(FIRST)
    QTest.keyClick(scope, Key.Key_Right)
    scope.open_weight((3, 0, 1, 1))
    weight = scope.looking
    middle.open(SECOND)
    window.selection.select(["conv1"], "conv1")
    person.until(lambda: not scope.waiting and scope.page() is not None, "the strongest value of conv1")
    last = scope.looking
    QTest.keyClick(scope, Key.Key_Escape)
    assert scope.looking is not None and scope.looking.whole
    QTest.keyClick(scope, Key.Key_Escape)
    assert not middle.is_deep
    # a step to a neighbouring value is no place of its own
    stepped = Place("conv2", 3, 5, 6)
    visited = [None, stepped, "weight", SECOND, last.place if last is not None else None, "whole", None]

    def here() -> object:
        if not middle.is_deep or scope.looking is None:
            return None
        return "whole" if scope.looking.whole else "weight" if scope.on_weight else scope.place

    for at in reversed(range(len(visited))):
        assert here() == visited[at]
        if visited[at] == "weight":
            assert scope.looking == weight
        assert middle.ways.back.isEnabled() == (at > 0)
        QTest.keyClick(scope if middle.is_deep else window.canvas, Key.Key_Left, ALT)
    for at in range(len(visited)):
        assert here() == visited[at]
        assert middle.ways.on.isEnabled() == (at < len(visited) - 1)
        QTest.keyClick(scope if middle.is_deep else window.canvas, Key.Key_Right, ALT)


def test_buttons_and_those_of_the_mouse_do_the_same_and_a_new_place_ends_the_way_on(window: MainWindow) -> None:
    scope, ways = window.panel(Microscope), window.middle.ways
    window.middle.open(FIRST)
    window.middle.open(SECOND)
    assert ways.isVisible() and not ways.on.isEnabled()
    handle = window.windowHandle()
    QTest.mouseClick(handle, Qt.MouseButton.BackButton, pos=QPoint(50, 50))
    assert scope.place == FIRST
    QTest.mouseClick(handle, Qt.MouseButton.ForwardButton, pos=QPoint(50, 50))
    assert scope.place == SECOND
    ways.back.click()
    assert scope.place == FIRST and ways.on.isEnabled()
    window.middle.open(Place("conv2", 5, 0, 0))
    assert not ways.on.isEnabled()


def test_what_an_edit_removed_is_passed_over(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.open(Place("conv1", 0, 3, 3))
    window.middle.open(Place("relu1", 0, 3, 3))
    person.until(lambda: known(window, "relu1"), "the values of relu1")
    window.middle.open(FIRST)
    window.editor.apply("Delete", edits.remove(window.editor.project, ["relu1"]))
    window.middle.open(FIRST)
    QTest.keyClick(scope, Key.Key_Left, ALT)
    assert scope.place == Place("conv1", 0, 3, 3)


def test_a_value_from_before_an_edit_is_led_back_to_while_it_is_shown(window: MainWindow) -> None:
    person, session, middle = Person(window), window.bridge.session, window.middle
    session.batches(2)
    person.until_trained(lambda: session.status.step == 2 and session.status.state is State.PAUSED, "two batches")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 2, "its values")
    scope, far = window.panel(Microscope), Place("conv2", 3, 9, 9)
    middle.open(far)
    middle.open(Place("conv1", 0, 3, 3))
    # its maps are smaller on screen, and as before in the run
    project = edits.set_parameter(window.editor.project, "conv2", "kernel_size", (9, 9))
    window.editor.apply("Kernel", project)
    output = window.editor.report.nodes["conv2"].output
    assert output is not None and output[1] <= far.row
    assert middle.ways.back.isEnabled()
    QTest.keyClick(scope, Key.Key_Left, ALT)
    assert scope.place == far
    person.until(lambda: scope.page() is not None, "the value")
