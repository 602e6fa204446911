"""The header of a node: lines of one size beside each other, elided before they are unreadable, with room for signs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.items.node import NodeItem
from cnnviz.gui.theme import DARK
from cnnviz.network.layers import Conv2d
from cnnviz.network.problems import Problem, Severity
from cnnviz.network.report import UNKNOWN
from cnnviz.training.changes import LayerChange

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from cnnviz.network.shape import Shape

pytestmark = pytest.mark.usefixtures("qtbot")
AROUND = 8
LONG = "denseblock4_denselayer16_norm2"
TEXT, FAMILY = QColor(DARK.text), QColor(DARK.accent)


def node(name: str, shape: Shape = (8, 28, 28), problems: tuple[Problem, ...] = ()) -> NodeItem:
    item = NodeItem(name, Conv2d(8), DARK, "build")
    item.set_report(replace(UNKNOWN, output=shape), problems)
    return item


def painted(item: NodeItem, zoom: float) -> QImage:
    """The header on the screen, with :data:`AROUND` scene units at each edge."""
    scene = QGraphicsScene()
    scene.setBackgroundBrush(QColor(DARK.surface))
    scene.addItem(item)
    view = QGraphicsView(scene)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.scale(zoom, zoom)
    view.resize(round((WIDTH + 2 * AROUND) * zoom), round((HEADER + 2 * AROUND) * zoom))
    view.setSceneRect(-AROUND, -AROUND, view.width() / zoom, view.height() / zoom)
    image = view.grab().toImage()
    scene.removeItem(item)
    return image


def rows(image: QImage, ink: QColor, left: int) -> list[int]:
    """The rows with pixels of nearly this colour, right of ``left`` and left of the right edge."""

    def alike(x: int, y: int) -> bool:
        found = image.pixelColor(x, y)
        apart = (found.red() - ink.red(), found.green() - ink.green(), found.blue() - ink.blue())
        return max(map(abs, apart)) < 70

    columns = range(left, image.width() - left)
    return [y for y in range(image.height()) if any(alike(x, y) for x in columns)]


@pytest.mark.parametrize("zoom", [0.8, 1.0, 1.25])
def test_long_and_short_names_are_equally_high(zoom: float) -> None:
    high = [rows(painted(node(name), zoom), TEXT, 16) for name in ("xx", "x" * 9, "x" * 40)]
    assert len(high[0]) >= 5
    assert high[1] == high[2] == high[0]


@pytest.mark.parametrize("zoom", [0.8, 1.0])
def test_shapes_are_readable_and_equally_high(zoom: float) -> None:
    def lowest_line(shape: Shape) -> int:
        found = rows(painted(node("x", shape), zoom), FAMILY, 16)
        return len([y for y in found if y > HEADER * zoom / 2])

    # the digits of a font of 11 pixels
    assert lowest_line((1, 2, 8)) >= 8
    assert lowest_line((1024, 28, 28)) == lowest_line((1, 2, 8))


def test_an_elided_name_is_said_by_the_tooltip_and_a_short_one_is_not() -> None:
    assert node(LONG).hover_text(0.8) == LONG
    assert node("conv1").hover_text(0.8) == ""
    assert node("conv1").explanation() == node(LONG).explanation() == ""


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("zoom", [0.8, 1.0, 1.25])
def test_a_name_stays_clear_of_the_badge(severity: Severity, zoom: float) -> None:
    problem = Problem(severity, "x", "unused", {"node": "x", "kind": "Conv2d"})
    right = round((AROUND + WIDTH) * zoom)
    badge = QRect(right - 10, 0, 20, round(AROUND * zoom) + 11)
    with_name, without = (painted(node(name, problems=(problem,)), zoom).copy(badge) for name in (LONG, "i"))
    assert with_name == without
    assert with_name != painted(node("i"), zoom).copy(badge)


@pytest.mark.parametrize("zoom", [0.8, 1.0, 1.25])
def test_a_name_stays_clear_of_the_sign_of_a_change(zoom: float) -> None:
    left = round(AROUND * zoom)
    corner = QRect(0, 0, left + 8, left + 9)
    items = node(LONG), node("i")
    for item in items:
        item.set_change(LayerChange.NEW)
    with_name, without = (painted(item, zoom).copy(corner) for item in items)
    assert with_name == without
