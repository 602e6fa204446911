"""What the Points tab draws: groups of points, their colours and names, frames, views, and what is saved of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from ciede2000 import ciede2000, lab_of
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.points import state
from cnnviz.gui.panels.points.colours import class_colour
from cnnviz.gui.panels.points.names import DISC
from cnnviz.gui.panels.points.plot import PointPlot
from cnnviz.gui.panels.points.view import View
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.gui.widgets.save import picture
from cnnviz.inspection.axes import Axes, Principal
from cnnviz.inspection.studies.points import Chosen, Points
from cnnviz.inspection.studies.predictions import Predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.theme import Theme

LEAST_DIFFERENCE, LEAST_SIMULATED = 14.5, 10.0
"""The least difference of two colours by CIEDE2000, for usual and for simulated colour vision; 1 can just be seen."""


def made(count: int, classes: int) -> Points:
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    probabilities = rng.dirichlet(np.ones(classes), count).astype(np.float32)
    principal = Principal(np.zeros(4, np.float32), np.eye(4, dtype=np.float32)[:2], np.array([2.0, 1.0]), 4.0, 60)
    chosen = Chosen(np.arange(count) * 2, np.zeros((count, 1, 2, 2), np.uint8), labels)
    predictions = Predictions("validation", 1, 7, probabilities, np.zeros(count, np.float32), labels)
    axes, steps, exact = Axes("fc1", 1, 7, principal), np.full(count, 7), np.full(count, True)
    return Points(axes, 1, 7, chosen, positions(count), predictions, (0.5, 0.25), steps, exact)


def positions(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(size=(count, 2)).astype(np.float32)


def test_each_point_is_in_one_group_of_each_colouring() -> None:
    points = made(60, 3)
    for colouring in state.colourings(3):
        drawn = state.state(points, points.positions, colouring, ("a", "b", "c"))
        assert sorted(np.concatenate([group.rows for group in drawn.groups]).tolist()) == list(range(60))
    by_class = state.state(points, points.positions, "class", ("a", "b", "c"))
    assert [group.name for group in by_class.groups] == ["a", "b", "c"]
    assert by_class.groups[1].middle == pytest.approx(np.median(points.positions[1::3], axis=0))
    right, wrong = state.state(points, points.positions, "right", ()).groups
    assert right.rows.tolist() == np.flatnonzero(points.predictions.right).tolist() and wrong.kind == "wrong"
    rest, one = state.state(points, points.positions, 2, ("a", "b", "c")).groups
    assert rest.kind == "rest" and one.rows.tolist() == list(range(2, 60, 3))


def test_a_class_without_images_is_not_drawn(qtbot: QtBot) -> None:
    few = made(60, 3)
    predictions = replace(few.predictions, probabilities=np.full((60, 10), 0.1, np.float32))
    drawn = state.state(replace(few, predictions=predictions), few.positions, "class", ("a\nb", "b", "c" * 500))
    assert [group.name for group in drawn.groups] == ["a b", "b", "c" * 500]
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.set_state(drawn, fit=True)
    # a picture on which painting fails would end the program
    assert not plot.grab().isNull()


def test_the_keys_begin_in_the_middle_while_the_point_of_the_sample_is_not_there_yet(qtbot: QtBot) -> None:
    points = made(20, 2)
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.set_state(state.state(points, points.positions, "class", ("a", "b")), fit=True)
    plot.set_sample((0.0, 0.0), 50)
    with qtbot.waitSignal(plot.pointed, timeout=1000) as pointed:
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert pointed.args[0] in range(20)


def test_each_class_has_a_name_and_no_name_lies_over_another_one(qtbot: QtBot) -> None:
    points = made(70, 7)
    # classes 0 to 4 in one place, of which class 0 has the most images; 5 and 6 apart
    labels = np.where(np.arange(70) < 10, 0, points.chosen.labels)
    middles = np.array([[0, 0], [0.2, 0], [0, 0.2], [0.1, 0.1], [0.1, 0], [60, 0], [0, 40]])
    positions = (middles[labels] + np.random.default_rng(1).normal(0, 5, (70, 2))).astype(np.float32)
    moved = replace(points, chosen=replace(points.chosen, labels=labels))
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.show()
    plot.set_state(state.state(moved, positions, "class", tuple("abcdefg")), fit=True)
    names = plot.names()
    assert sorted(name.text for name in names) == list("abcdefg")
    assert not any(name.aside for name in names if name.text in "afg")
    for name in (name for name in names if not name.aside):
        own = [plot.place(row) for row in np.flatnonzero(labels == name.label).tolist()]
        assert any((place - name.area.center()).manhattanLength() < 16 for place in own), name.text
    for number, name in enumerate(names):
        assert not any(name.area.intersects(other.area) for other in names[:number])


def test_a_class_without_room_among_its_points_is_named_below_them(qtbot: QtBot) -> None:
    points = made(42, 5)
    # all in one place but for the last class, which has two points only
    labels = np.where(np.arange(42) < 40, np.arange(42) % 4, 4)
    positions = np.where(labels[:, None] == 4, 30, np.random.default_rng(1).normal(0, 0.01, (42, 2)))
    moved = replace(points, chosen=replace(points.chosen, labels=labels))
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.show()
    plot.set_state(state.state(moved, positions.astype(np.float32), "class", tuple("abcde")), fit=True)
    aside = [name for name in plot.names() if name.aside]
    assert len(plot.names()) == 5 and {"c", "d", "e"} <= {name.text for name in aside}
    # a disc in its colour stands beside each
    image = plot.grab().toImage()
    for name in aside:
        assert QRectF(plot.rect()).contains(name.area)
        disc = QPointF(name.area.x() + DISC / 2, name.area.center().y()).toPoint()
        assert image.pixelColor(disc).name() == class_colour(DARK, name.label)


def test_the_sample_hides_no_name(qtbot: QtBot) -> None:
    points = made(60, 1)
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.show()
    plot.set_state(state.state(points, points.positions, "class", ("W",)), fit=True)
    (name,) = plot.names()
    x, y = plot.view.coordinates(np.array([[name.area.center().x(), name.area.center().y()]]))[0].tolist()
    plot.set_sample((x, y), None)
    image, area = plot.grab().toImage(), name.area.toRect()
    places = [(x, y) for x in range(area.left(), area.right()) for y in range(area.top(), area.bottom())]
    assert DARK.text in {image.pixelColor(x, y).name() for x, y in places}


def test_of_many_classes_no_colour_has_to_be_told_apart() -> None:
    assert state.colourings(10)[0] == "class" and state.colourings(1000)[:2] == ("right", 0)
    assert len(state.colourings(1000)) == 1001


def test_a_frame_holds_what_a_loop_finds_and_arrows_go_to_the_next_point() -> None:
    points = made(200, 3)
    frame = (-0.5, -1.0, 0.7, 0.4)
    expected = [row for row, (x, y) in enumerate(points.positions) if -0.5 <= x <= 0.7 and -1.0 <= y <= 0.4]
    assert state.inside(points.positions, frame).tolist() == expected
    places = np.array([[0.0, 0.0], [5.0, 1.0], [20.0, 0.0], [0.0, -3.0], [-9.0, 8.0]])
    assert state.neighbour(places, 0, 0, 1) == 1 and state.neighbour(places, 0, -1, 0) == 3
    assert state.neighbour(places, 0, 0, -1) == 4 and state.neighbour(places, 2, 0, 1) == 2
    assert state.nearest(places, 6.0, 1.0, 2.0) == 1 and state.nearest(places, 6.0, 30.0, 2.0) is None


def test_pixels_and_coordinates_agree_and_the_view_holds_still() -> None:
    view, positions = View(), np.array([[0.0, 0.0], [10.0, 2.0]], np.float32)
    view.resize(400, 100)
    view.cover(positions, fit=True)
    assert view.coordinates(view.place(positions)) == pytest.approx(positions)
    (left, low), (right, high) = view.place(positions)
    assert low > high and (right - left) == pytest.approx(5 * (low - high)) and 0 <= left < right <= 400
    view.cover(positions * 0.7, fit=False)
    assert view.place(positions)[1] == pytest.approx([right, high])
    view.cover(positions * 2, fit=False)
    assert view.place(positions * 2).max() <= 400
    view.zoom(2.0, left, low)
    assert view.coordinates(view.place(positions)) == pytest.approx(positions)


def test_the_numbers_are_saved_with_the_names_of_classes() -> None:
    points = made(3, 2)
    lines = state.as_csv(points, points.positions, ("a", "b,b")).splitlines()
    assert lines[0] == "image,step,x,y,label,predicted,confidence"
    assert lines[2].startswith(f"2,7,{float(points.positions[1, 0])!r},") and '"b,b"' in lines[2]


def test_a_picture_is_as_sharp_as_its_file(qtbot: QtBot) -> None:
    plot = PointPlot(DARK)
    qtbot.addWidget(plot)
    plot.resize(200, 120)
    points = made(60, 3)
    plot.set_state(state.state(points, points.positions, "class", ("a", "b", "c")), fit=True)
    plot.show()
    assert not plot.grab().isNull()
    image = picture(plot)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(120, 2, 200, 2, 4)
    # not enlarged from the screen, where each pixel would be a square of four
    assert (pixels.max((1, 3)) != pixels.min((1, 3))).any()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_colours_of_classes_differ_for_each_kind_of_colour_vision(theme: Theme) -> None:
    # Machado, Oliveira, Fernandes, 2009: full protanopia, deuteranopia and tritanopia, in linear RGB
    simulations = (
        np.eye(3),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    )
    for simulation in simulations:
        labs = []
        for label in range(10):
            colour = class_colour(theme, label)
            values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
            linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
            labs.append(lab_of(np.clip(np.asarray(simulation) @ linear, 0, 1)))
        least = min(ciede2000(one, other) for one, other in combinations(labs, 2))
        assert least > (LEAST_DIFFERENCE if simulation is simulations[0] else LEAST_SIMULATED), least


def test_differences_of_colours_are_those_that_are_published() -> None:
    # from the table of Sharma, Wu, Dalal, 2005
    for one, other, difference in (
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ):
        assert ciede2000(np.array(one), np.array(other)) == pytest.approx(difference, abs=1e-4)
