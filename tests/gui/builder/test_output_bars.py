"""The bars of the classes below an Output, and which values of a vector are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from canvas_kit import Bench, snapshot
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from cnnviz.gui.builder.geometry.metrics import INSET, ROW_HEIGHT
from cnnviz.gui.builder.geometry.tiles import plan, spread
from cnnviz.gui.builder.items.bars import BarsItem
from cnnviz.gui.theme import DARK
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES

Make = Callable[..., Bench]


@pytest.mark.parametrize("total", [1, 2, 7, 10, 32, 64, 100])
def test_chosen_places_of_a_vector_are_distinct_and_nested(total: int) -> None:
    for count in range(total):
        assert set(spread(total, count)) <= set(spread(total, count + 1))
        assert len(set(spread(total, count))) == count


def test_a_vector_is_shown_whole_where_it_fits() -> None:
    short, long, endless = plan((10,), 400.0), plan((128,), 400.0), plan((1_000_000,), 400.0)
    assert short is not None
    assert long is not None
    assert endless is not None
    assert (short.columns, short.complete) == (1, True)
    assert long.complete
    assert long.extent <= 400
    assert not endless.complete
    assert endless.extent <= 400
    assert plan((32, 26, 26), 40.0) is None


@pytest.mark.parametrize(("label", "wanted"), [(7, DARK.good), (3, DARK.error), (None, DARK.accent)])
def test_the_most_probable_class_is_set_off_as_right_wrong_or_neither(
    bench: Make, label: int | None, wanted: str
) -> None:
    b = bench()
    shares = np.full(10, 0.01, np.float32)
    shares[7] = 0.91
    taken = snapshot(b, {}, shares)
    b.canvas.show_snapshot(replace(taken, sample=replace(taken.sample, label=label)))
    image = b.port.grab().toImage()
    item = b.canvas.node_item("output").below
    area = b.canvas.mapFromScene(item.sceneBoundingRect()).boundingRect()
    height = area.height() / 10
    colour = QColor(wanted).rgb()
    rows = {
        row
        for row in range(10)
        if any(
            image.pixel(area.left() + x, int(area.top() + (row + 0.5) * height)) == colour
            for x in range(area.width() - 4)
        )
    }
    assert rows == {7}


def test_of_many_classes_the_most_probable_stand_below_the_output(bench: Make) -> None:
    project = TEMPLATES["pytorch-tutorial"].project()
    b = bench(edits.set_parameter(project, "fc2", "out_features", 1000))
    item = b.canvas.node_item("output").below
    assert isinstance(item, BarsItem)
    assert not item.classes and not item.complete
    ground = b.port.grab().toImage()
    shares = np.full(1000, 1e-4, np.float32)
    shares[[777, 3, 42]] = 0.5, 0.25, 0.125
    b.canvas.show_snapshot(snapshot(b, {}, shares))
    assert item.classes == (777, 3, 42, 0, 1, 2, 4, 5)
    assert b.port.grab().toImage() != ground
    corner = QPointF(INSET + 2, ROW_HEIGHT * 1.5)
    assert item.channel_at(corner, 1.0) == 3
    shares = np.roll(shares, 1)
    b.canvas.show_snapshot(snapshot(b, {}, shares))
    assert item.classes[:3] == (778, 4, 43)
    b.canvas.show_snapshot(None)
    assert not item.classes and item.channel_at(corner, 1.0) is None


def test_a_moment_of_other_classes_is_not_shown(bench: Make) -> None:
    b = bench()
    item = b.canvas.node_item("output").below
    assert isinstance(item, BarsItem)
    b.canvas.show_snapshot(snapshot(b, {}, np.full(10, 0.1, np.float32)))
    b.editor.apply("more", edits.set_parameter(b.project, "fc2", "out_features", 12))
    b.port.grab()
    assert item.classes == tuple(range(12))


NAMES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def _pixels(b: Bench, left: float) -> set[int]:
    """The colours in the row of the first class, from ``left`` (scene units) to where a number would begin."""
    item = b.canvas.node_item("output").below
    corner = item.scenePos()
    area = QRectF(corner.x() + left, corner.y(), INSET - 3 - left, item.extent / 10)
    place = b.canvas.mapFromScene(area).boundingRect()
    image = b.port.grab(place).toImage()
    return {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def test_the_bars_have_the_names_of_the_classes_where_the_dataset_has_names(bench: Make) -> None:
    b = bench()
    b.canvas.show_snapshot(snapshot(b, {}))
    item = b.canvas.node_item("output").below
    row = QPointF(30, item.extent * 0.05)
    b.canvas.set_class_names(tuple("0123456789"))
    assert len(_pixels(b, 0)) == 1 and item.tooltip_at(row, 1.0) == ""
    b.canvas.set_class_names(NAMES)
    assert len(_pixels(b, 0)) > 1 and item.tooltip_at(row, 1.0) == "T-shirt/top"
    assert item.channel_at(QPointF(4, row.y()), 1.0) == 0
    # a network whose classes are not those of the dataset has numbers
    b.editor.apply("more", edits.set_parameter(b.project, "fc2", "out_features", 12))
    assert b.canvas.node_item("output").below.tooltip_at(row, 1.0) == ""
    b.editor.undo()
    assert b.canvas.node_item("output").below.tooltip_at(row, 1.0) == "T-shirt/top"
    # the items are made anew
    b.canvas.set_view("build")
    b.canvas.set_view("maps")
    assert b.canvas.node_item("output").below.tooltip_at(row, 1.0) == "T-shirt/top"
    b.canvas.set_class_names(("a\nb", *NAMES[1:]))
    assert b.canvas.node_item("output").below.tooltip_at(row, 1.0) == "a b"
