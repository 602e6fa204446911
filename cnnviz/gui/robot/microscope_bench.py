"""How soon a click on a value shows its arithmetic, and how fast the window of the microscope sweeps a map."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.robot.percentiles import percentiles
from cnnviz.gui.robot.person import LEFT

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.robot.person import Person

CLICKS = 24
"""From the maps of the layer into the microscope, and as many inside it."""
CLICKED_MAPS = 8
"""So many maps are clicked in turn, from the first on."""
REST_SECONDS = 0.1
"""Between two clicks, so that a few snapshots pass."""
SWEEP_SECONDS = 3.0
PATIENCE_SECONDS = 5.0


class _Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: an event for the widget."""
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def look_inside(window: MainWindow, person: Person, node: str) -> tuple[dict[str, float], float]:
    """Milliseconds from a click to its drawn arithmetic, as ``p50`` and ``p95``, and steps a second of a sweep.

    The window shows the maps of ``node`` and trains while this is measured.
    """
    scope, maps = window.panel(Microscope), window.panel(MapsPanel)
    person.shortcut("look")
    person.click_node(node)
    person.until(lambda: maps.shown_maps() is not None, "the maps of the layer")
    paints, chance, milliseconds = _Paints(scope.sheet.rows.viewport()), random.Random(0), []
    for at in range(CLICKS):
        window.middle.to_network()
        person.stay(REST_SECONDS)
        centre = maps.grid.centre(at % CLICKED_MAPS)
        if centre is None:
            raise TimeoutError("The maps of the layer are not on screen.")
        milliseconds.append(_click(paints, maps.grid.viewport(), centre.toPoint()))
    for _ in range(CLICKS):
        person.stay(REST_SECONDS)
        area = scope.sheet.map.area()
        point = QPoint(
            int(area.left() + chance.random() * area.width()), int(area.top() + chance.random() * area.height())
        )
        milliseconds.append(_click(paints, scope.sheet.map, point))
    speed = _sweep(person, scope)
    window.middle.to_network()
    return percentiles(milliseconds), speed


def _click(paints: _Paints, widget: QWidget, at: QPoint) -> float:
    """Click and wait until the rows are painted; milliseconds."""
    before, began = paints.count, time.perf_counter()
    QTest.mouseClick(widget, LEFT, pos=at)
    while paints.count == before:
        QApplication.processEvents()
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise TimeoutError("The microscope did not show the value that was clicked.")
    # the paint itself goes on behind the event that announces it, within the same call
    return 1000 * (time.perf_counter() - began)


def _sweep(person: Person, scope: Microscope) -> float:
    """Steps a second at the highest speed, each of them painted."""
    speed = scope.bar.speed.value()
    scope.bar.speed.setValue(scope.bar.speed.maximum())
    moved: list[object] = []
    paints = _Paints(scope.sheet.rows.viewport())
    scope.moved.connect(moved.append)
    person.shortcut("sweep")
    began = time.perf_counter()
    person.stay(SWEEP_SECONDS)
    seconds = time.perf_counter() - began
    person.shortcut("sweep")
    scope.moved.disconnect(moved.append)
    scope.bar.speed.setValue(speed)
    return round(min(len(moved), paints.count) / seconds, 1)
