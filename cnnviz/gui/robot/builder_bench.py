"""A benchmark of building: edits and frames in the real window with a large network, measured until painted."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication

from cnnviz.gui.app import Application
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.builder.overlays.rename_field import RenameField
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.percentiles import percentiles
from cnnviz.gui.robot.person import LEFT, NUDGE, Person
from cnnviz.network.layers import Conv2d
from cnnviz.program import age
from cnnviz.project.blocks import fold_all

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.network.graph import Network
    from cnnviz.project.project import Project

QUIET_SECONDS = 0.008
"""An edit counts as painted if no further paint follows within this time."""
AFTERWARDS_SECONDS = 0.3
"""How long after an edit the event loop is watched for delayed work."""
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.0005
STEP = QPoint(11, 6)
"""Pixels per frame of a pan."""
NOTCH = 60
"""Wheel angle per frame of a zoom: half a step of a mouse wheel."""
RUN = 6
"""Number of frames in one direction, before as many go back."""
Action = Callable[[], object]

VIEWS = {"fitted": "fit", "1:1": "actual_size"}
"""The measured views, and the action that sets each."""


@dataclass(frozen=True)
class Figures:
    """Medians in ms by view and edit, quantiles of frames in ms by view and kind, seconds until a window is painted.

    ``undo`` is the time of undoing each edit; ``frames`` have ``p50`` and ``p95``; ``pause`` is the 95th percentile of
    the longest time without an answer of the window shortly after an edit; ``opening`` is the time
    for the ``first`` window of a process and for a ``later`` one.
    """

    nodes: int
    wires: int
    scale: float
    edits: dict[str, dict[str, float]]
    undo: dict[str, dict[str, float]]
    frames: dict[str, dict[str, dict[str, float]]]
    pause: float
    opening: dict[str, float]


class Stopwatch(QObject):
    """Measures the time until a window has painted all changes of an action."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._updated = False
        self.processor = 0.0
        """Milliseconds of a processor that the window's thread took for the last action that was measured."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note each paint of the window."""
        if event.type() == QEvent.Type.UpdateRequest:
            self._updated = True
        return False

    def measure(self, action: Callable[[], object]) -> float:
        """Milliseconds from the start of ``action`` to the end of the last paint that follows."""
        began, thread_began = time.perf_counter(), time.thread_time()
        self._updated = False
        action()
        painted, thread_painted = time.perf_counter(), time.thread_time()
        while (now := time.perf_counter()) < painted + QUIET_SECONDS:
            if now > began + PATIENCE_SECONDS:
                raise TimeoutError(f"The window was still painting after {PATIENCE_SECONDS:g} s.")
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            if self._updated:
                self._updated = False
                painted, thread_painted = time.perf_counter(), time.thread_time()
            else:
                time.sleep(POLL_SECONDS)
        self.processor = 1000 * (thread_painted - thread_began)
        return 1000 * (painted - began)

    def pause(self, seconds: float) -> float:
        """Run the event loop for some seconds; returns the longest time without an answer, in milliseconds."""
        longest, before = 0.0, time.perf_counter()
        end = before + seconds
        while before < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            now = time.perf_counter()
            longest = max(longest, now - before)
            time.sleep(POLL_SECONDS)
            before = time.perf_counter()
        return 1000 * longest


class _Builder:
    """Edits in a window and measures the time of each edit."""

    def __init__(self, window: MainWindow, rounds: int, frames: int) -> None:
        self._window, self._rounds, self._frames = window, rounds, frames
        self._person = Person(window)
        self._watch = Stopwatch(window)
        self._edits: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._undo: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._pauses: list[float] = []
        self.frames: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)

    @property
    def edits(self) -> dict[str, dict[str, float]]:
        """Median times of edits in milliseconds, by view and edit."""
        return _medians(self._edits)

    @property
    def undo(self) -> dict[str, dict[str, float]]:
        """Median times of undoing them in milliseconds, by view and edit."""
        return _medians(self._undo)

    @property
    def pause(self) -> float:
        """The 95th percentile of the longest time without an answer after an edit, in milliseconds."""
        return percentiles(self._pauses)["p95"]

    def work(self) -> None:
        """Measure everything, at both zooms."""
        network = self._window.editor.project.network
        convolutions = network.of_kind(Conv2d)
        first, middle = convolutions[0], convolutions[len(convolutions) // 2]
        edits: dict[str, tuple[str, Callable[[str], Action]]] = {
            "set a parameter": (first, self._parameter),
            "add a layer": (middle, self._add),
            "delete a layer": (middle, self._delete),
            "cut in two": (_neck(network), self._delete),
            "move a layer": (middle, self._move),
            "rename a layer": (middle, self._rename),
        }
        for view in VIEWS:
            for name, (node, prepare) in edits.items():
                for _ in range(self._rounds):
                    self._edit(view, name, node, prepare)
            self._look_at(view, middle)
            self._glide(view, "pan", *self._panning())
            self._look_at(view, middle)
            self._glide(view, "zoom", *self._zooming())
        for _ in range(self._rounds):
            self._edit("1:1", "connect", _joint(network), self._connect)
        self._look_at("1:1", middle)
        self._glide("1:1", "drag a layer", *self._dragging(middle))

    def _look_at(self, view: str, node: str) -> None:
        """Select a node, bring it into view, and wait until that is painted."""
        canvas = self._window.canvas
        self._person.shortcut(VIEWS[view])
        canvas.go_to(node)
        # to bring the node into view, the canvas may have scrolled
        self._person.shortcut(VIEWS[view])
        canvas.setFocus()
        if view != "fitted":
            canvas.centre(canvas.node_item(node).sceneBoundingRect().center())
        self._watch.measure(lambda: None)

    def _edit(self, view: str, name: str, node: str, prepare: Callable[[str], Action]) -> None:
        """Measure an edit and its undo; ``prepare`` does clicks and typing that are not measured, and returns the
        edit."""
        self._look_at(view, node)
        before = self._window.editor.project
        action = prepare(node)
        self._watch.measure(lambda: None)
        self._edits[view][name].append(self._watch.measure(action))
        if self._window.editor.project == before:
            raise RuntimeError(f"“{name}” changed nothing.")
        self._pauses.append(self._watch.pause(AFTERWARDS_SECONDS))
        self._undo[view][name].append(self._watch.measure(lambda: self._person.shortcut("undo")))
        self._pauses.append(self._watch.pause(AFTERWARDS_SECONDS))

    def _parameter(self, node: str) -> Action:
        self._person.show_tab(self._window.panel(SettingsPanel))
        box = self._window.panel(SettingsPanel).form.field("out_channels").findChildren(QAbstractSpinBox)[0]
        box.setFocus()
        return lambda: QTest.keyClick(box, Qt.Key.Key_Up)

    def _add(self, node: str) -> Action:
        QTest.keyClicks(self._window.canvas, "/")
        field = self._window.canvas.findChildren(QuickAdd)[0].field
        QTest.keyClicks(field, "ReLU")
        return lambda: QTest.keyClick(field, Qt.Key.Key_Return)

    def _delete(self, node: str) -> Action:
        return lambda: self._person.press(Qt.Key.Key_Delete)

    def _move(self, node: str) -> Action:
        return lambda: self._person.press(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)

    def _rename(self, node: str) -> Action:
        self._person.press(Qt.Key.Key_F2)
        field = self._window.canvas.findChildren(RenameField)[0]
        QTest.keyClicks(field, "renamed")
        return lambda: QTest.keyClick(field, Qt.Key.Key_Return)

    def _connect(self, node: str) -> Action:
        """Detach the first wire into ``node`` and drop it on the node before its source."""
        canvas, network = self._window.canvas, self._window.editor.project.network
        first = network.inputs[node][0]
        start, end = canvas.port_position(network.inputs[first][0], "out"), canvas.port_position(node, "in")
        viewport = canvas.viewport()
        QTest.mousePress(viewport, LEFT, pos=start)
        QTest.mouseMove(viewport, start + QPoint(0, NUDGE))
        QTest.mouseMove(viewport, end)
        return lambda: QTest.mouseRelease(viewport, LEFT, pos=end)

    def _glide(self, view: str, name: str, frame: Callable[[int], object], end: Action) -> None:
        """Measure frames, half of them in one direction and half back."""
        milliseconds = []
        for number in range(self._frames):
            direction = 1 if number % (2 * RUN) < RUN else -1
            milliseconds.append(self._watch.measure(partial(frame, direction)))
        end()
        self._watch.measure(lambda: None)
        self.frames[view][name] = percentiles(milliseconds)

    def _panning(self) -> tuple[Callable[[int], object], Action]:
        viewport = self._window.canvas.viewport()
        return self._mouse(Qt.MouseButton.MiddleButton, viewport.rect().center())

    def _dragging(self, node: str) -> tuple[Callable[[int], object], Action]:
        return self._mouse(LEFT, self._person.header(node))

    def _mouse(self, button: Qt.MouseButton, start: QPoint) -> tuple[Callable[[int], object], Action]:
        viewport, at = self._window.canvas.viewport(), [start]
        QTest.mousePress(viewport, button, pos=start)

        def frame(direction: int) -> None:
            at[0] = at[0] + STEP * direction
            QTest.mouseMove(viewport, at[0])

        return frame, lambda: QTest.mouseRelease(viewport, button, pos=at[0])

    def _zooming(self) -> tuple[Callable[[int], object], Action]:
        viewport = self._window.canvas.viewport()
        at = QPointF(viewport.rect().center())

        def frame(direction: int) -> None:
            wheel = QWheelEvent(
                at,
                QPointF(viewport.mapToGlobal(at.toPoint())),
                QPoint(),
                QPoint(0, direction * NOTCH),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(viewport, wheel)

        return frame, lambda: None


def run(project: Project, size: tuple[int, int], rounds: int, frames: int) -> Figures:
    """Measure building in a window of a size, with all blocks unfolded and ``rounds`` of each edit."""
    unfolded = fold_all(project, folded=False)
    application = Application(make_qt())
    first, window = opened(application, unfolded, size)
    session = window.bridge.session
    person = Person(window)
    person.until_trained(lambda: session.status.ready, "torch and the images")
    person.shortcut("build")
    builder = _Builder(window, rounds, frames)
    builder.work()
    scale = window.devicePixelRatioF()
    later, another = opened(application, unfolded, size)
    another.leave()
    window.leave()
    network = unfolded.network
    opening = {"first": round(first, 3), "later": round(later, 3)}
    return Figures(
        len(network.nodes),
        len(network.edges),
        scale,
        builder.edits,
        builder.undo,
        dict(builder.frames),
        builder.pause,
        opening,
    )


def opened(application: Application, project: Project, size: tuple[int, int]) -> tuple[float, MainWindow]:
    """Open a window; returns the seconds until it was painted, and the window."""
    began = age()
    window = application.open_window(project)
    window.showNormal()
    window.resize(*size)
    return Person(window).first_paint() - began, window


def _neck(network: Network) -> str:
    """A node in the middle of the network whose removal splits it in two."""
    start, end = network.order[0], network.order[-1]
    others = len(network.nodes) - 1
    necks = [
        name
        for name in network.order
        if name not in (start, end) and len(network.ancestors(name)) + len(network.descendants(name)) == others
    ]
    return necks[len(necks) // 2]


def _joint(network: Network) -> str:
    """A node in the middle of the network behind two others in a row, so that a wire to it can skip a node."""
    joints = [
        name for name in network.order if len(sources := network.inputs[name]) and len(network.inputs[sources[0]]) == 1
    ]
    return joints[len(joints) // 2]


def _medians(milliseconds: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, float]]:
    return {
        view: {name: round(median(times), 1) for name, times in named.items()} for view, named in milliseconds.items()
    }
