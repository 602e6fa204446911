"""The timeline of recorded moments: dragged, led by keys, with a line through the curves, and how it is painted."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from moments_kit import go_to, shown, train
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsTextItem, QGraphicsView

from cnnviz.gui.robot.person import Person
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


def test_a_step_of_the_timeline_does_not_lay_the_window_out(window: MainWindow, recording: None) -> None:
    window.resize(1600, 1000)
    train(window, 4)
    go_to(window, 0)
    requests: list[int] = []

    class Requests(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.LayoutRequest:
                requests.append(window.bench.past.step or 0)
            return False

    # what the pause has changed in the window is laid out first
    Person(window).until(lambda: window.bridge._status == window.bridge.session.status, "the status after the training")
    QApplication.processEvents()
    watch = Requests()
    window.installEventFilter(watch)
    for step in window.bench.past.steps[1:]:
        go_to(window, step)
        QApplication.processEvents()
    assert requests == [] and window.curves.head.past.text() == "PAST · step 4"


@pytest.mark.parametrize("colours", ["dark", "light"])
def test_words_and_timeline_paint_their_own_background(window: MainWindow, recording: None, colours: str) -> None:
    window.resize(1600, 1000)
    window.actions_by_id[colours].trigger()
    train(window, 2)
    go_to(window, 1)
    places, curves = window.places, window.curves
    opaque = Qt.WidgetAttribute.WA_OpaquePaintEvent
    surface = window.bench.theme.surface
    for part in (places.left.past, places.middle.past, places.right.past, curves.head.past, curves.timeline):
        assert part.isVisible() and part.testAttribute(opaque)
        assert part.grab().toImage().pixelColor(0, 0).name() == surface
        corner = part.mapTo(window, QPoint(0, 0))
        beside = window.grab().toImage().pixelColor(corner - QPoint(0, 1))
        assert beside.name() == surface


def test_the_controls_of_the_microscope_have_room_beside_the_words(window: MainWindow, recording: None) -> None:
    window.resize(1280, 720)
    train(window, 2)
    window.middle.look_into("conv2")
    person, bar = Person(window), window.middle.microscope.bar
    person.until(lambda: window.middle.microscope.value() is not None, "the microscope")
    whole = bar.sizeHint().width()
    for step in (1, None):
        window.bench.past.go_to(step) if step is not None else window.bench.past.now()
        person.until(lambda: bar.width() >= bar.sizeHint().width() and bar.isVisible(), "the room")
        head = window.places.middle.head
        assert bar.geometry().right() <= head.width() and window.middle.path.width() >= 1
    assert bar.sizeHint().width() == whole


def test_the_timeline_is_dragged_and_goes_by_keys(window: MainWindow, recording: None) -> None:
    train(window, 8)
    person, past, timeline = Person(window), window.bench.past, window.curves.timeline
    person.until(lambda: timeline.isVisible() and timeline.state.steps == past.steps, "the dots")
    assert {0, 8} <= set(past.steps)

    def arrived(number: int) -> None:
        """Wait for the moment of this number."""
        assert past.step == past.steps[number]
        person.until(lambda: shown(window).step == past.steps[number], "the moment")

    middle = timeline.height() // 2
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(timeline.state.places[0]), middle))
    arrived(0)
    QTest.mouseMove(timeline, QPoint(round(timeline.state.places[2]), middle))
    person.until(lambda: past.step == past.steps[2], "the drag")
    arrived(2)
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton)
    for key, number in ((Qt.Key.Key_Left, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Home, 0)):
        QTest.keyClick(timeline, key)
        arrived(number)
    QTest.keyClick(timeline, Qt.Key.Key_Escape)
    assert past.step is None
    person.until(lambda: shown(window).step == 8, "the present")
    QTest.keyClick(timeline, Qt.Key.Key_Left)
    arrived(-1)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    assert past.step is None


def test_a_line_through_the_curves_stands_at_the_moment_and_is_dragged(window: MainWindow, recording: None) -> None:
    train(window, 8)
    person, past, curves = Person(window), window.bench.past, window.curves
    step, other = past.steps[1], past.steps[-2]
    go_to(window, step)
    person.until(lambda: curves.moments.lines is not None, "the lines")
    lines = curves.moments.lines
    assert lines is not None
    person.until(lambda: lines.now.value() == 8 and lines.now.isVisible(), "the present")
    assert lines.past.value() == step and lines.past.isVisible()
    assert curves.reading_text().startswith(f"step {step}: training ")
    assert curves.timeline.present_text() == "now"
    view = curves.plot.canvas()
    assert isinstance(view, QGraphicsView)
    # a text in the plot would cover the curves
    assert not any(isinstance(item, QGraphicsTextItem) and item.isVisible() for item in view.scene().items())
    viewport = view.viewport()

    def place(at: int) -> QPoint:
        y = curves.plot.height_of(0.5)
        x = lines.past.getViewBox().mapViewToScene(QPointF(at, 0.5)).x()
        return view.mapFromScene(QPointF(x, y))

    start, end, moves = place(step), place(other), itertools.count()
    QTest.mouseMove(viewport, start)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)

    def pulled() -> bool:
        # pyqtgraph leaves out moves that follow each other too quickly
        QTest.mouseMove(viewport, end + QPoint(next(moves) % 2, 0))
        return past.step == other

    person.until(pulled, "the drag")
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    person.until(lambda: past.step == other and shown(window).step == other, "the moment")
    window.bridge.session.pace(1.0)
    window.bridge.session.play()
    person.until(lambda: "now, still training" in curves.timeline.state.present, "the words")
    window.bridge.session.pause()
    past.now()
    assert not lines.past.isVisible() and not lines.now.isVisible() and not curves.timeline.present_text()
    person.until(lambda: window.bridge.session.status.state is State.PAUSED, "the pause")
