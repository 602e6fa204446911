"""What the tests of the canvas share: a window with one, the pointer, and a small project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPaintEvent, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.kinds import mime
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput, Prediction
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cnnviz.gui.builder.canvas import Canvas
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.inspection.questions import Question
    from cnnviz.network.graph import Network

LEFT = Qt.MouseButton.LeftButton


@dataclass
class Bench:
    """A shown canvas with its editor and selection, the pointer, and the sentences that it said."""

    canvas: Canvas
    editor: ProjectEditor
    selection: Selection
    said: list[str]

    @property
    def project(self) -> Project:
        return self.editor.project

    @property
    def network(self) -> Network:
        return self.editor.project.network

    @property
    def port(self) -> QWidget:
        return self.canvas.viewport()

    @property
    def steps(self) -> int:
        return self.editor.undo_stack.index()

    def header(self, node: str) -> QPoint:
        """The middle of a node's header, in pixels of the viewport."""
        item = self.canvas.node_item(node)
        return self.canvas.mapFromScene(QPointF(item.place[0] + WIDTH / 2, item.place[1] + HEADER / 2))

    def drag(self, start: QPoint, *stops: QPoint, drop: bool = True) -> None:
        """Press at ``start``, move over ``stops``, let go at the last of them."""
        QTest.mousePress(self.port, LEFT, pos=start)
        for stop in (start + QPoint(7, 7), *stops):
            QTest.mouseMove(self.port, stop)
            QApplication.processEvents()
        if drop:
            QTest.mouseRelease(self.port, LEFT, pos=stops[-1])

    def drop_kind(self, kind: str, at: QPoint) -> None:
        """Drag a layer kind from outside to a pixel of the viewport and let it go."""
        data = mime(kind)
        rest = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
        for event in (QDragEnterEvent(at, *rest), QDragMoveEvent(at, *rest), QDropEvent(QPointF(at), *rest)):
            QApplication.sendEvent(self.port, event)

    def in_step(self) -> bool:
        """Whether the items are those of the network, at the places of the layout, and wires end at their ports."""
        nodes, wires = self.canvas.items_shown()
        items = {name: self.canvas.node_item(name) for name in nodes}
        ends = (
            self.canvas.wire(edge).ends
            == (
                items[edge.source].pos() + items[edge.source].port("out"),
                items[edge.target].pos() + items[edge.target].port("in", edge.port),
            )
            for edge in wires
        )
        return (
            nodes == self.network.nodes.keys()
            and wires == self.network.edges
            and all(items[name].layer == self.network[name] for name in nodes)
            and all(items[name].place == self.project.layout.positions[name] for name in nodes)
            and all(ends)
        )


def small() -> Project:
    """Four layers in a row, each at its place."""
    network = chain(("input", Input()), ("conv1", Conv2d(4)), ("flatten", Flatten()), ("fc1", Dense(10)))
    return Project(network, arrange(network))


def snapshot(b: Bench, maps: Mapping[str, Maps], probabilities: NDArray[np.float32] | None = None) -> Snapshot:
    """A snapshot of the canvas' network with these maps and class probabilities, by default all 0.1."""
    shares = np.full(10, 0.1, np.float32) if probabilities is None else probabilities
    sample = Sample(np.zeros((1, 28, 28), np.uint8))
    answers: dict[Question[Any], object] = {MapsOf(node): one for node, one in maps.items()}
    said = Prediction(np.zeros(10, np.float32), shares)
    return Snapshot(1, 1, b.network, sample, {**answers, NetworkOutput(): said}, False, 0.0)


class Painted(QObject):
    """The part of a widget that has been painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget, self.region = widget, QRegion()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return False

    def whole(self) -> bool:
        """Whether all of the widget has been painted."""
        return QRegion(self._widget.rect()).subtracted(self.region).isEmpty()
