"""Frames on the canvas: around exactly the values of a trace, and gone when nothing is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.builder.geometry.tiles import framed, plan
from cnnviz.gui.builder.overlays.trace_frames import LINE
from cnnviz.gui.document.traces import Traces
from cnnviz.gui.theme import DARK
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput, Prediction
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.inspection.tracing import Pixel
from cnnviz.network.paths import Frame
from cnnviz.network.shapes import infer

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_kit import Bench
    from PySide6.QtGui import QImage

    from cnnviz.inspection.questions import Question


def pointing(bench: Callable[..., Bench]) -> tuple[Bench, Traces]:
    """A canvas with maps of noise in every column."""
    b, traces = bench(), Traces()
    b.canvas.set_traces(traces)
    shapes, rng = infer(b.network), np.random.default_rng(0)
    answers: dict[Question[Any], object] = {}
    for node in shapes.used[:-1]:
        shape = shapes.nodes[node].output
        assert shape is not None
        values = rng.uniform(0, 1, shape).astype(np.float32)
        channels = tuple(range(shape[0]))
        answers[MapsOf(node)] = Maps(values, channels, shape[0], signed=False, limit=1.0, strongest=channels)
    answers[NetworkOutput()] = Prediction(np.zeros(10, np.float32), np.full(10, 0.1, np.float32))
    moment = Moment(b.network, shapes, {}, 1, 1, settled=False)
    snapshot = Snapshot(1, 1, b.network, Sample(np.zeros((1, 28, 28), np.uint8)), answers, False, 0.0, moment)
    traces.follow(snapshot)
    b.canvas.show_snapshot(snapshot)
    return b, traces


def box_of(b: Bench, node: str, channel: int, rows: range, columns: range) -> QRect:
    """Where values of a map are drawn, in pixels of the viewport."""
    below = b.canvas.node_item(node).below
    boxes = below.framed(Frame(range(channel, channel + 1), rows, columns), b.canvas.zoom)
    assert len(boxes) == 1
    return boxes[0].translated(b.canvas.mapFromScene(below.scenePos()))


def grab(b: Bench) -> QImage:
    return b.port.grab().toImage()


def is_framed(image: QImage, box: QRect) -> bool:
    """Whether a frame of its thickness lies just around a box."""
    accent, line = QColor(DARK.accent).rgb(), box.adjusted(-LINE, -LINE, LINE, LINE)
    return all(
        image.pixel(x, y) == accent
        for x in range(line.left(), line.right() + 1)
        for y in range(line.top(), line.bottom() + 1)
        if not box.contains(x, y)
    )


def test_the_value_pointed_at_frames_what_it_depends_on(bench: Callable[..., Bench]) -> None:
    b, traces = pointing(bench)
    before = grab(b)
    value = box_of(b, "conv2", 2, range(5, 6), range(6, 7))
    QTest.mouseMove(b.port, value.center())
    assert traces.trace is not None and traces.trace.target == Place("conv2", 2, 5, 6)
    after = grab(b)
    assert is_framed(after, value)
    for channel in range(3):
        assert is_framed(after, box_of(b, "pool1", channel, range(5, 8), range(6, 9)))
        assert is_framed(after, box_of(b, "conv1", channel, range(10, 16), range(12, 18)))
    seen = box_of(b, "input", 0, range(10, 18), range(12, 20))
    assert is_framed(after, seen)
    # no value is hidden, and nothing is framed that it does not depend on
    assert before.copy(seen) == after.copy(seen)
    whole = b.canvas.node_item("pool2").below
    area = QRect(b.canvas.mapFromScene(whole.scenePos()), QPoint(b.port.width(), b.port.height()))
    assert before.copy(area) == after.copy(area)

    QApplication.sendEvent(b.canvas, QEvent(QEvent.Type.Leave))
    assert traces.trace is None and grab(b) == before


def test_a_pixel_frames_what_it_reaches(bench: Callable[..., Bench]) -> None:
    b, traces = pointing(bench)
    before = grab(b)
    traces.point("sample", Pixel(14, 14))
    after = grab(b)
    for channel in range(3):
        assert is_framed(after, box_of(b, "conv1", channel, range(12, 15), range(12, 15)))
        assert is_framed(after, box_of(b, "pool1", channel, range(6, 8), range(6, 8)))
    dense = b.canvas.node_item("fc2").below
    cells = dense.framed(Frame(range(10), range(1), range(1)), b.canvas.zoom)
    assert len(cells) == 10
    assert all(is_framed(after, cell.translated(b.canvas.mapFromScene(dense.scenePos()))) for cell in cells)
    output = b.canvas.node_item("output").below
    (rows,) = output.framed(Frame(range(10), range(1), range(1)), b.canvas.zoom)
    assert is_framed(after, rows.translated(b.canvas.mapFromScene(output.scenePos())))
    traces.point("sample", None)
    assert grab(b) == before


def test_a_zoom_moves_another_value_under_the_pointer(bench: Callable[..., Bench]) -> None:
    b, traces = pointing(bench)
    QTest.mouseMove(b.port, box_of(b, "conv2", 0, range(5, 6), range(6, 7)).center())
    assert traces.trace is not None
    b.canvas.zoom_in()
    assert traces.trace is None


def test_frames_follow_the_zoom_and_the_view(bench: Callable[..., Bench]) -> None:
    b, traces = pointing(bench)
    traces.point("maps", Place("conv2", 0, 5, 6))
    b.canvas.zoom_in()
    assert is_framed(grab(b), box_of(b, "conv1", 0, range(10, 16), range(12, 18)))
    b.canvas.set_view("build")
    assert b.canvas.node_item("conv1").below.framed(Frame(range(1), range(1), range(1)), 1.0) == []
    grab(b)


@pytest.mark.parametrize("zoom", [0.6, 1.0, 1.7, 3.0])
def test_a_long_vector_is_framed_in_rows(zoom: float) -> None:
    made = plan((128,), 600.0)
    assert made is not None and made.columns == 4 and made.complete
    channels = tuple(range(128))
    cell = made.place(zoom)[0][1].width() // 4
    one, rest, last = framed(made, channels, Frame(range(3, 126), range(1), range(1)), zoom)
    assert (one.width(), one.height()) == (cell, cell)
    assert (rest.width(), rest.height()) == (4 * cell, 30 * cell)
    assert (last.width(), last.height()) == (2 * cell, cell)
    for box, index in ((one, 3), (rest, 4), (last, 124)):
        assert made.index_at(box.left(), box.top(), zoom) == index
    assert made.index_at(last.right(), last.bottom(), zoom) == 125


@pytest.mark.parametrize("zoom", [0.45, 1.0, 2.3])
def test_the_frame_of_a_map_holds_the_pixels_of_its_values(zoom: float) -> None:
    made = plan((3, 26, 26), 600.0)
    assert made is not None
    boxes = framed(made, (0, 1, 2), Frame(range(1, 3), range(4, 9), range(20, 26)), zoom)
    assert len(boxes) == 2
    top = made.place(zoom)[1][1]
    middle = boxes[0].center()
    at = made.value_at(middle.x(), middle.y(), zoom)
    assert at is not None and at[0] == 1 and at[1] in range(4, 9) and at[2] in range(20, 26)
    assert boxes[0].right() == top.right()
    single = framed(made, (0, 1, 2), Frame(range(1), range(1), range(1)), 0.01)
    assert all(box.width() >= 1 and box.height() >= 1 for box in single)
