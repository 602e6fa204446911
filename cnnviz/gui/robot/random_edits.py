"""A benchmark of random edits of a large network in the real window, each measured until it is painted."""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.app import Application
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.builder_bench import Stopwatch, opened
from cnnviz.gui.robot.person import Person
from cnnviz.network.graph import GraphError
from cnnviz.network.layers import KINDS, ParameterError
from cnnviz.project import edits
from cnnviz.project.blocks import fold_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.project.project import Project

RUN = 12
"""This many edits are made one after the other, then undone, so that the network stays large."""
MOMENT_SECONDS = 0.1
"""How long after an edit the event loop is watched, while fixes are tried."""


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of the times of ``count`` edits, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True)
class RandomEditFigures:
    """Times from the key press to the last paint, of all edits and of each kind of edit.

    ``processor`` is the time of a processor that the window's thread took for all edits; other programs lengthen it
    less than the wall-clock times. ``pause`` is the longest time without an answer of the window shortly after an edit.
    """

    seed: int
    all: Quantiles
    processor: Quantiles
    pause: Quantiles
    kinds: dict[str, Quantiles]


class RandomEdits:
    """Edits the network of a window at random and measures the time of each edit."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self._window, self._person, self._watch = window, Person(window), Stopwatch(window)
        self._random = random.Random(seed)
        self._edits: dict[str, Callable[[], object]] = {
            "delete": lambda: self._person.press(Qt.Key.Key_Delete),
            "delete several": lambda: self._person.press(Qt.Key.Key_Delete),
            "bypass": lambda: self._person.press(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier),
            "connect": self._connect,
            "disconnect": self._disconnect,
            "add": self._add,
            "set a parameter": self._set,
            "duplicate": lambda: self._person.shortcut("duplicate"),
            "move": lambda: self._person.press(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier),
        }
        self.milliseconds: dict[str, list[float]] = defaultdict(list)
        self.processor: list[float] = []
        self.pauses: list[float] = []

    def work(self, count: int) -> None:
        """Make ``count`` edits; undoing an edit counts too."""
        while len(self.pauses) < count:
            done = 0
            for _ in range(RUN):
                done += self._edit(self._random.choice([*self._edits]))
            for _ in range(done):
                self._measure("undo", lambda: self._person.shortcut("undo"))

    def _edit(self, kind: str) -> bool:
        """Select a layer and edit it; returns whether anything was changed."""
        nodes = list(self._window.editor.project.network.nodes)
        count = self._random.randint(2, 6) if kind == "delete several" else 1
        chosen = self._random.sample(nodes, min(count, len(nodes)))
        self._window.selection.select(chosen, chosen[0] if chosen else None)
        self._window.canvas.setFocus()
        if kind == "add":
            QTest.keyClicks(self._window.canvas, "/")
            field = self._window.canvas.findChildren(QuickAdd)[0].field
            QTest.keyClicks(field, self._random.choice(sorted(KINDS.keys() - {"Input", "Output"})))
        # what was selected and typed is painted first and is not counted
        self._watch.measure(lambda: None)
        before = self._window.editor.project
        self._measure(kind, self._edits[kind])
        return self._window.editor.project is not before

    def _measure(self, kind: str, action: Callable[[], object]) -> None:
        self.milliseconds[kind].append(self._watch.measure(action))
        self.processor.append(self._watch.processor)
        self.pauses.append(self._watch.pause(MOMENT_SECONDS))

    def _add(self) -> None:
        QTest.keyClick(self._window.canvas.findChildren(QuickAdd)[0].field, Qt.Key.Key_Return)

    def _connect(self) -> None:
        editor = self._window.editor
        source, target = self._random.choices([*editor.project.network.nodes, "nowhere"], k=2)
        with suppress(GraphError):
            editor.apply("Connect", edits.connect(editor.project, source, target))

    def _disconnect(self) -> None:
        editor = self._window.editor
        wires = sorted(editor.project.network.edges)
        chosen = self._random.sample(wires, min(1, len(wires)))
        editor.apply("Disconnect", edits.disconnect(editor.project, chosen))

    def _set(self) -> None:
        editor = self._window.editor
        layers = {name: node.layer for name, node in editor.project.network.nodes.items() if node.layer.parameters()}
        if not layers:
            return
        name, layer = self._random.choice([*layers.items()])
        parameter = self._random.choice(layer.parameters())
        value = getattr(layer, parameter.name)
        # up to about twice the value, also from 0
        if isinstance(value, bool):
            new_value: object = not value
        elif isinstance(value, tuple) and all(isinstance(number, int) for number in value):
            new_value = tuple(self._random.randint(0, 2 * number + 3) for number in value)
        elif isinstance(value, int | float):
            new_value = type(value)(self._random.uniform(0, 2 * value + 3))
        else:
            return
        with suppress(GraphError, ParameterError):
            editor.apply("Set", edits.set_parameter(editor.project, name, parameter.name, new_value))


def run(project: Project, size: tuple[int, int], count: int, seed: int) -> RandomEditFigures:
    """Measure ``count`` random edits of a project in a window of a size, with all blocks unfolded and fitted."""
    application = Application(make_qt())
    _, window = opened(application, fold_all(project, folded=False), size)
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch and the images")
    person.shortcut("build")
    person.shortcut("fit")
    random_edits = RandomEdits(window, seed)
    random_edits.work(count)
    window.leave()
    kinds = {kind: _quantiles(times) for kind, times in sorted(random_edits.milliseconds.items())}
    all_times = [time for times in random_edits.milliseconds.values() for time in times]
    processor, pauses = _quantiles(random_edits.processor), _quantiles(random_edits.pauses)
    return RandomEditFigures(seed, _quantiles(all_times), processor, pauses, kinds)


def _quantiles(times: list[float]) -> Quantiles:
    p50, p95, p99, longest = (round(float(np.percentile(times, share)), 1) for share in (50, 95, 99, 100))
    return Quantiles(len(times), p50, p95, p99, longest)
