"""Three classes are named and drawn, a network learns them, and says the class of a new drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.data.sources import registry
from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

SHAPES = {
    "cross": (((0.2, 0.2), (0.8, 0.8)), ((0.8, 0.2), (0.2, 0.8))),
    "Häuschen": (((0.2, 0.8), (0.2, 0.4), (0.5, 0.1), (0.8, 0.4), (0.8, 0.8), (0.2, 0.8)),),
    "一": (((0.15, 0.5), (0.85, 0.5)),),
}
COUNT = 20


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    application = Application(make_qt())
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1600, 1000)
    window.activateWindow()
    Person(window).until(lambda: window.bridge.session.status.ready and window.canvas.hasFocus(), "torch")
    yield window
    window.leave()
    application.deleteLater()


def draw(surface: QWidget, strokes: Sequence[Sequence[tuple[float, float]]], chance: np.random.Generator) -> None:
    """Draw lines on a sheet with the mouse, each end a little displaced."""
    for stroke in strokes:
        places = [np.clip(np.array(point) + chance.normal(0, 0.04, 2), 0.04, 0.96) for point in stroke]
        points = [surface.rect().topLeft() for _ in places]
        for point, (across, down) in zip(points, places, strict=True):
            point.setX(int(across * surface.width()))
            point.setY(int(down * surface.height()))
        QTest.mousePress(surface, LEFT, pos=points[0])
        for point in points[1:]:
            QTest.mouseMove(surface, point)
        QTest.mouseRelease(surface, LEFT, pos=points[-1])


def test_three_classes_are_drawn_learned_and_told_apart(window: MainWindow) -> None:
    person, chance = Person(window), np.random.default_rng(0)
    window.data.open()
    QTest.mouseClick(window.data.page.draw, LEFT)
    place = window.data.drawing
    assert place.isVisible() and window.middle.path.parts() == ("Network", "Draw your own data")
    for name, strokes in SHAPES.items():
        # not keyClicks, which knows ASCII only
        place.name.insert(name)
        QTest.keyClick(place.name, Qt.Key.Key_Return)
        assert place.current == name and place.surface.hasFocus() and not place.keep.isEnabled()
        for _ in range(COUNT):
            draw(place.surface, strokes, chance)
            QTest.keyClick(place.surface, Qt.Key.Key_Return)
    assert place.counts() == dict.fromkeys(SHAPES, COUNT)
    draw(place.surface, SHAPES["一"], chance)
    QTest.mouseClick(place.keep, LEFT)
    QTest.mouseClick(place.undo, LEFT)
    assert place.counts() == dict.fromkeys(SHAPES, COUNT)

    place.title.insert("Zeichen")
    QTest.mouseClick(place.done, LEFT)
    page = window.data.page
    person.until(lambda: page.isVisible() and page.survey is not None, "the drawings on the data page")
    assert page.summary.title.text() == "Zeichen" and registry.names() == ["zeichen"]
    assert sorted(row.name for row in page.summary.classes.classes.rows) == sorted(SHAPES)
    QTest.mouseClick(page.summary.use, LEFT)
    assert window.editor.report.trainable and window.editor.report.nodes["input"].output == (1, 28, 28)
    session = window.bridge.session
    session.batches(40)
    ended = (State.PAUSED, State.FINISHED)
    person.until_trained(lambda: session.status.step >= 8 and session.status.state in ended, "the training")
    say_a_new_drawing(window, person, chance)


def say_a_new_drawing(window: MainWindow, person: Person, chance: np.random.Generator) -> None:
    """A new drawing of each class is recognized in the Sample place."""
    window.show_sample("draw")
    surface = window.sample.drawing.surface
    own = window.editor.project.dataset.own
    assert own is not None
    for name, strokes in SHAPES.items():
        surface.do(surface.strokes.clear)
        draw(surface, strokes, chance)

        def says() -> int:
            shown = window.bridge.shown
            if shown is None or shown.sample is not window.sample.sample() or shown.sample.blank:
                return -1
            answer = shown.answer(NetworkOutput())
            return -1 if answer is None else int(answer.logits.argmax())

        person.until(lambda: says() >= 0, "an answer")
        assert own.classes[says()] == name
