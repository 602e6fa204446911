"""The way of wires past the maps of other nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from canvas_kit import Bench
from PySide6.QtCore import QPointF, QRectF

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.geometry.routes import rail, wire_path
from cnnviz.network.graph import add, chain, connect
from cnnviz.network.layers import Add, Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.project import edits
from cnnviz.project.arrange import arrange
from cnnviz.project.layout import COLUMN, ROW, Point
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from PySide6.QtGui import QPainterPath

Make = Callable[..., Bench]


def two_paths() -> Project:
    """A long path, and a short one in the lane below it."""
    layers = [(f"conv{place}", Conv2d(4, padding=(1, 1))) for place in range(1, 5)]
    network = chain(
        ("input", Input()), *layers, ("add", Add()), ("flatten", Flatten()), ("fc", Dense(10)), ("output", Output())
    )
    network = connect(connect(add(network, "side", ReLU()), "input", "side"), "side", "add")
    return Project(network, arrange(network))


def led(start: Point, end: Point) -> QPainterPath:
    """The way from one place to another."""
    return wire_path(end[0] - start[0], end[1] - start[1]).translated(*start)


def test_a_wire_between_lanes_runs_in_gaps_and_above_headers() -> None:
    start, end = (WIDTH, HEADER / 2), (4 * COLUMN, ROW + HEADER / 2)
    path = led(start, end)
    assert path.pointAtPercent(0) == QPointF(*start) and path.pointAtPercent(1) == QPointF(*end)
    way = rail(start, end)
    assert way is not None and way.y < ROW
    for step in range(201):
        at = path.pointAtPercent(step / 200)
        in_a_gap = at.x() % COLUMN >= WIDTH - 1e-6
        assert in_a_gap or abs(at.y() - way.y) < 6 or at.y() in (start[1], end[1])
    assert rail((5 * COLUMN - 10, end[1]), (9 * COLUMN, HEADER / 2)) is not None
    assert rail(start, (5 * COLUMN, HEADER / 2)) is None


def test_no_column_reaches_into_a_wire_that_passes_below_it(bench: Make) -> None:
    b = bench(two_paths(), width=1500, height=900)
    items = {name: b.canvas.node_item(name) for name in b.network.nodes}
    columns = {name: QRectF(*item.place, WIDTH, item.height) for name, item in items.items()}
    (crossing,) = (edge for edge in b.network.edges if edge.source == "side")
    wire = b.canvas.wire(crossing)
    assert wire.rail is not None
    path = wire.path
    points = [path.pointAtPercent(step / 400) for step in range(1, 400)]
    for name, column in columns.items():
        inner = column.adjusted(1, 1, -1, -1)
        assert not any(inner.contains(at) for at in points), name
    assert items["conv2"].below.extent > 0


def test_a_wire_over_a_gap_runs_straight_and_over_a_node_in_an_arc(bench: Make) -> None:
    network = chain(("input", Input()), *((f"relu{place}", ReLU()) for place in range(1, 5)), ("output", Output()))
    b = bench(Project(network, arrange(network)))
    b.selection.select(["relu2", "relu3"], "relu2")
    places = b.project.layout.positions
    b.canvas.bypass_selected()
    b.editor.apply("move", edits.move(b.project, {name: places[name] for name in ("relu4", "output")}))
    (edge,) = (one for one in b.network.edges if one.source == "relu1")
    wire = b.canvas.wire(edge)
    assert edge.target == "relu4" and wire.ends[1].x() - wire.ends[0].x() > 2 * COLUMN
    assert wire.path.boundingRect().height() == 0
    # an unconnected node comes into the gap, and goes again
    x, y = b.project.layout.positions["relu1"]
    layout = b.project.layout.placed({"side": (x + COLUMN, y)})
    b.editor.apply("Add", Project(add(b.network, "side", ReLU()), layout))
    assert wire.path.boundingRect().height() > HEADER / 2
    b.selection.select(["side"], "side")
    b.canvas.delete_selected()
    assert wire.path.boundingRect().height() == 0
