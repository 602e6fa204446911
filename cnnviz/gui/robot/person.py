"""A simulated user, who uses real mouse and keyboard events, for the tour, the smoke test and the journeys."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QPoint, QRectF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.program import age

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.network.layers import Layer

LEFT = Qt.MouseButton.LeftButton
PATIENCE_SECONDS = 60.0
POLL_MILLISECONDS = 5
NUDGE = 12
"""Pixels of movement that turn a press into a drag."""


class Person:
    """A user of a window. A wait that takes too long raises TimeoutError with a description of what was awaited."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    def until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Run the event loop until ``condition`` holds."""
        deadline = time.monotonic() + seconds
        loop, timer = QEventLoop(), QTimer()
        timer.setInterval(POLL_MILLISECONDS)

        def check() -> None:
            if condition() or time.monotonic() > deadline:
                loop.quit()

        timer.timeout.connect(check)
        timer.start()
        loop.exec()
        timer.stop()
        if not condition():
            raise TimeoutError(f"{what}: not within {seconds:g} s")

    def until_trained(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for the session. Raises RuntimeError with its sentence if the session reports that it cannot
        do what was requested."""
        session = self.window.bridge.session
        self.until(lambda: condition() or session.trouble(), what, seconds)
        if trouble := session.trouble():
            raise RuntimeError(trouble)

    def first_paint(self) -> float:
        """Wait until a new window is painted; returns the age of this process then, in seconds."""
        painted: list[float] = []
        self.window.painted.connect(lambda: painted.append(age()))
        self.until(lambda: painted, "the first paint")
        return painted[0]

    def stay(self, seconds: float) -> None:
        """Run the event loop for some seconds."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key on the canvas."""
        QTest.keyClick(self.window.canvas, key, modifier)

    def shortcut(self, action: str) -> None:
        """Trigger an action of the menu, as soon as it is enabled."""
        menu_action = self.window.actions_by_id[action]
        if not menu_action.isEnabled():
            self.until(menu_action.isEnabled, f"the menu's “{action}”")
        menu_action.trigger()

    def add(self, kind: str) -> str:
        """Type ``/``, the name of a layer and Enter on the canvas; returns the id of the new node."""
        before = self.window.editor.project.network.nodes.keys()
        QTest.keyClicks(self.window.canvas, "/")
        field = self.window.canvas.findChildren(QuickAdd)[0].field
        QTest.keyClicks(field, kind)
        QTest.keyClick(field, Qt.Key.Key_Return)
        (new,) = self.window.editor.project.network.nodes.keys() - before
        return new

    def click_node(self, node: str) -> None:
        """Click the header of a node."""
        QTest.mouseClick(self.window.canvas.viewport(), LEFT, pos=self.header(node))

    def header(self, node: str) -> QPoint:
        """The centre of a node's header, in pixels of the canvas."""
        canvas = self.window.canvas
        item = canvas.node_item(node)
        return canvas.mapFromScene(QRectF(item.pos().x(), item.pos().y(), WIDTH, HEADER).center())

    def drag(self, start: QPoint, end: QPoint, steps: int = 8) -> None:
        """Drag with the left button on the canvas."""
        viewport = self.window.canvas.viewport()
        QTest.mousePress(viewport, LEFT, pos=start)
        QTest.mouseMove(viewport, start + QPoint(0, NUDGE))
        for step in range(1, steps + 1):
            QTest.mouseMove(viewport, start + (end - start) * step / steps)
            QApplication.processEvents()
        QTest.mouseRelease(viewport, LEFT, pos=end)

    def connect(self, source: str, target: str, port: int = 0) -> None:
        """Drag a wire from the output of one node to an input of another."""
        canvas = self.window.canvas
        self.drag(canvas.port_position(source, "out"), canvas.port_position(target, "in", port))

    def set_parameter(self, name: str, text: str) -> None:
        """Type a parameter of the selected layer into the settings form, and Enter."""
        self.show_tab(self.window.panel(SettingsPanel))
        self.type_into(self.window.panel(SettingsPanel).form.field(name), text)

    def set_recipe(self, name: str, text: str) -> None:
        """Type a number of the recipe into its form, or choose an entry."""
        # a hidden form cannot have the focus; no other widget may have it, as letters can be shortcuts there
        if (focus := self.window.focusWidget()) is not None:
            focus.clearFocus()
        self.type_into(self.window.recipe.field(name), text)

    def type_into(self, field: QWidget, text: str) -> None:
        """Replace the text in a field of a form."""
        boxes: Sequence[QWidget] = field.findChildren(QAbstractSpinBox)
        choices = field.findChildren(QComboBox)
        if not boxes and choices:
            choices[0].setFocus()
            QTest.keyClicks(choices[0], text)
            QTest.keyClick(choices[0], Qt.Key.Key_Return)
            return
        target = boxes[0] if boxes else field.findChildren(QLineEdit)[0]
        target.setFocus()
        QTest.keyClick(target, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(target, text)
        QTest.keyClick(target, Qt.Key.Key_Return)

    def show_tab(self, panel: QWidget) -> None:
        """Bring a panel of the Layer place to the front."""
        self.window.layer.setCurrentWidget(panel)

    def build(self, layers: Sequence[Layer]) -> list[str]:
        """Build a chain on an empty canvas from the keyboard: each layer by name, then its parameters."""
        names = []
        for layer in layers:
            names.append(self.add(layer.kind))
            default = type(layer)()
            for parameter in layer.parameters():
                value = getattr(layer, parameter.name)
                if value != getattr(default, parameter.name):
                    # typing the first of two equal numbers sets both
                    number = value[0] if isinstance(value, tuple) else value
                    self.set_parameter(parameter.name, f"{number}")
            self.window.canvas.setFocus()
        return names
