"""Finding layers on the canvas by name or kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from canvas_kit import Bench
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from cnnviz.gui.builder.geometry.metrics import LEAST_ZOOM
from cnnviz.gui.builder.overlays.find_bar import FindBar, FoundItem, matches
from cnnviz.gui.theme import DARK
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES

Make = Callable[..., Bench]
Key = Qt.Key


def opened(b: Bench, typed: str = "") -> FindBar:
    b.canvas.open_find()
    bar = b.canvas.findChild(FindBar)
    assert isinstance(bar, FindBar) and bar.isVisible()
    QTest.keyClicks(bar.field, typed)
    return bar


def test_names_kinds_and_captions_match() -> None:
    network = TEMPLATES["pytorch-tutorial"].project().network
    assert matches(network, "relu") == ("relu1", "relu2", "relu3")
    assert matches(network, "DENSE") == ("fc1", "fc2")
    assert matches(network, "conv2d") == ("conv1", "conv2")
    assert matches(network, "fc2") == ("fc2",)
    assert matches(network, "  ") == () and matches(network, "lstm") == ()


def test_typing_goes_to_the_first_and_enter_to_the_next(bench: Make) -> None:
    b = bench()
    bar = opened(b, "relu")
    assert bar.count.text() == "1 of 3" and b.selection.current == "relu1"
    visited = []
    for key, modifier in ((Key.Key_Return, False), (Key.Key_Down, False), (Key.Key_Return, False), (Key.Key_Up, True)):
        QTest.keyClick(
            bar.field, key, Qt.KeyboardModifier.ShiftModifier if modifier else Qt.KeyboardModifier.NoModifier
        )
        visited.append(b.selection.current)
    assert visited == ["relu2", "relu3", "relu1", "relu3"]
    b.canvas.open_find(-1)
    assert b.selection.current == "relu2"
    assert b.steps == 0


def test_what_is_found_is_brought_into_view_and_marked(bench: Make) -> None:
    b = bench()
    b.canvas.actual_size()
    b.canvas.pan(-9, 0)
    before = b.port.grab().toImage()
    bar = opened(b, "output")
    assert b.port.rect().contains(b.header("output"))
    assert before != b.port.grab().toImage()
    QTest.keyClicks(bar.field, "x")
    assert bar.count.text() == "none"


def test_escape_closes_and_gives_the_focus_back(bench: Make) -> None:
    b = bench()
    bar = opened(b, "fc")
    marked = b.port.grab().toImage()
    QTest.keyClick(bar.field, Key.Key_Escape)
    assert not bar.isVisible() and b.canvas.hasFocus()
    assert b.port.grab().toImage() != marked
    b.canvas.open_find(1)
    assert bar.isVisible() and bar.field.selectedText() == "fc"


def test_an_edit_while_the_bar_is_open_leaves_the_selection_alone(bench: Make) -> None:
    b = bench()
    bar = opened(b, "relu")
    b.selection.select(["conv1"], "conv1")
    b.editor.apply("remove", edits.bypass(b.project, ["relu1"]))
    assert bar.count.text() == "1 of 2" and b.selection.current == "conv1"
    b.editor.apply("empty", edits.remove(b.project, b.network.nodes))
    assert bar.count.text() == "none"


@pytest.mark.usefixtures("qapp")
def test_marks_stay_within_their_area_when_zoomed_far_out() -> None:
    marks = FoundItem(DARK)
    marks.show_places(((0.0, 0.0),), (0.0, 0.0))
    image = QImage(60, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.translate(30, 30)
    painter.scale(LEAST_ZOOM, LEAST_ZOOM)
    marks.paint(painter, QStyleOptionGraphicsItem())
    area = painter.worldTransform().mapRect(marks.boundingRect()).toAlignedRect()
    painter.end()
    black = image.pixel(0, 0)
    painted = [(x, y) for x in range(60) for y in range(60) if image.pixel(x, y) != black]
    assert painted and all(area.contains(x, y) for x, y in painted)
