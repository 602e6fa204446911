"""Random actions of a user in one window; prints what went wrong, and how memory went, as a line of JSON.

A program of its own, as what other tests have left with the allocators of a process would decide how its memory grows:
``python tests/attacks/random_window.py ACTIONS SEED``, with the folder of the tests among the paths of Python. The same
seed asks for the same actions; how far the training is by each of them depends on the machine. Memory counts without
the kernels that oneDNN keeps where ``ONEDNN_PRIMITIVE_CACHE_CAPACITY=0`` is in the environment.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from held_memory import memory
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QDialog, QLineEdit, QPlainTextEdit, QWidget
from random_editing import Editing
from random_looking import Looking, pictures

from cnnviz.gui.app import Application
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from cnnviz.gui.main_window import MainWindow

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
ELSEWHERE = frozenset({"close", "quit", "new", "open", "log"})
"""Actions that end the window, open another one or another program."""
TEXTS = ("44", "0,5", "12,8", "-1", "1000", "9999999", "abc", "", "1e-3", "0.5; 0.25", "conv", "relu1", " ")
KEYS = tuple(
    getattr(Qt.Key, f"Key_{name}")
    for name in (
        *("Tab", "Backtab", "Return", "Escape", "Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown"),
        *("Delete", "Backspace", "Space", "Period", "Slash", "C", "Plus", "Minus", "F2", "F3", "F5", "F7", "F10"),
    )
)
MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
HANG = 120
"""Seconds that one action may take: one that takes a second of the processor took 20 beside 20 other programs."""
RESTED = 500
"""So many actions between two looks at the memory."""


class Noted(logging.Handler):
    """Notes each message that says what should not happen; a run that was lost or damaged may be told of."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("cnnviz.runs"):
            self._note(logging.Formatter().format(record))


class Attack:
    """Does random things in a window, and keeps what went wrong, each with the actions before it."""

    def __init__(self, seed: int, folder: Path) -> None:
        """``folder`` takes the files that are opened."""
        self.chance = random.Random(seed)
        self.wrong: list[str] = []
        self.last: list[str] = []
        self._acting = False
        self.files = pictures(folder)
        # a crash says which Python code it came from
        faulthandler.enable()
        sys.excepthook = self._caught
        threading.excepthook = lambda caught: self._caught(
            caught.exc_type, caught.exc_value or caught.exc_type(), caught.exc_traceback
        )
        qInstallMessageHandler(self._message)
        logging.getLogger("cnnviz").addHandler(Noted(self._note))
        self.application = Application(make_qt())
        self.window: MainWindow = self.application.open_window(TEMPLATES["fast"].project())
        self.editing = Editing(self.window, self.chance)
        self._acts: tuple[Callable[[], str], ...] = (
            *(self.action, self.action, self.action, self.key, self.key, self.click, self.click, self.right_click),
            *(self.typing, self.typing, self.drag, self.wheel, self.resize),
            *(self.train, self.double_click, self.second_window),
            *self.editing.acts,
            *Looking(self.window, self.chance, self.files).acts,
        )
        # what is modal would wait for a user
        self._closer = QTimer()
        self._closer.setInterval(20)
        self._closer.timeout.connect(self._close_modal)
        self._closer.start()
        while not self.window.bridge.session.status.ready:
            QApplication.processEvents()

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._note("".join(traceback.format_exception(kind, error, trace)))

    def _message(self, level: QtMsgType, _context: object, text: str) -> None:
        if level != QtMsgType.QtDebugMsg and not text.startswith("This plugin does not support"):
            self._note(f"Qt: {text}")

    def _note(self, text: str) -> None:
        self.wrong.append(f"after {', '.join(self.last[-6:])}: {text}")
        sys.stderr.write(f"{self.wrong[-1]}\n")

    def _close_modal(self) -> None:
        modal, popup = QApplication.activeModalWidget(), QApplication.activePopupWidget()
        if isinstance(modal, QDialog):
            modal.reject()
        # the menu of a text field waits, too
        if self._acting and popup is not None:
            popup.close()

    def step(self) -> None:
        """One action, and what comes of it at once, within an event loop as in the program: what is to be deleted later
        is deleted once the action is over, and not by the event loop of a dialog that the action opens."""
        loop = QEventLoop()
        QTimer.singleShot(0, self._act)
        QTimer.singleShot(0, loop.quit)
        loop.exec()

    def _act(self) -> None:
        act = self.chance.choice(self._acts)
        self.last.append(act.__name__)
        faulthandler.dump_traceback_later(HANG, exit=True)
        self._acting = True
        try:
            self.last[-1] = act()
        except Exception as error:  # noqa: BLE001 - whatever is raised is what is looked for
            self._caught(type(error), error, error.__traceback__)
        self._acting = False
        QApplication.processEvents()
        for other in self.application.windows[1:]:
            other.close()
        if self.window.canvas.underMouse() or self.chance.random() < 0.2:
            while (popup := QApplication.activePopupWidget()) is not None and popup.close():
                pass
        del self.last[:-20]

    def parts(self, kind: type[QWidget] = QWidget) -> list[QWidget]:
        """What can be pointed at: in the menu that is open, else in the window."""
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        return [one for one in top.findChildren(kind) if one.isVisible() and one.width() > 2 and one.height() > 2]

    def part(self) -> tuple[QWidget, QPoint]:
        """A random place on something."""
        parts = self.parts() or [self.window]
        part = self.chance.choice(parts)
        return part, QPoint(self.chance.randrange(part.width()), self.chance.randrange(part.height()))

    def action(self) -> str:
        names = [name for name, act in self.window.actions_by_id.items() if act.isEnabled() and name not in ELSEWHERE]
        name = self.chance.choice(names)
        self.window.actions_by_id[name].trigger()
        return f"action {name}"

    def key(self) -> str:
        key, modifiers = self.chance.choice(KEYS), self.chance.choice(MODIFIERS)
        popup = QApplication.activePopupWidget()
        target = (popup.focusWidget() or popup) if popup is not None else (QApplication.focusWidget() or self.window)
        QTest.keyClick(target, key, modifiers)
        return f"{key.name} into {type(target).__name__}"

    def click(self) -> str:
        part, at = self.part()
        QTest.mouseClick(part, LEFT, pos=at)
        return f"click on {part_name(part)}"

    def double_click(self) -> str:
        part, at = self.part()
        QTest.mouseDClick(part, LEFT, pos=at)
        return f"double click on {part_name(part)}"

    def right_click(self) -> str:
        part, at = self.part()
        QTest.mouseClick(part, RIGHT, pos=at)
        return f"right click on {part_name(part)}"

    def typing(self) -> str:
        if self.chance.random() < 0.4:
            menu = self.chance.choice((self.window.top.recipe, self.window.top.more_batches)).menu()
            menu.popup(QPoint(40, 40))
        else:
            self.window.layer.setCurrentWidget(self.window.panel(SettingsPanel))
        fields = [*self.parts(QAbstractSpinBox), *self.parts(QLineEdit), *self.parts(QPlainTextEdit)]
        if not fields:
            return "typing nowhere"
        field, text = self.chance.choice(fields), self.chance.choice(TEXTS)
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, text)
        end = self.chance.choice((None, None, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape))
        if end is not None and field.isVisible():
            QTest.keyClick(field, end)
        return f"typing “{text}” into {part_name(field)}"

    def drag(self) -> str:
        # from the palette Qt would wait for a drop
        part = self.chance.choice((self.window.canvas.viewport(), self.window.canvas.viewport(), self.window.curves))
        if not part.isVisible():
            return "no drag"
        places = [QPoint(self.chance.randrange(part.width()), self.chance.randrange(part.height())) for _ in range(3)]
        QTest.mousePress(part, LEFT, pos=places[0])
        for place in places[1:]:
            QTest.mouseMove(part, place)
            QApplication.processEvents()
        if self.chance.random() < 0.2:
            self.editing.undo()
        QTest.mouseRelease(part, LEFT, pos=places[-1])
        return f"drag on {part_name(part)}"

    def wheel(self) -> str:
        part, at = self.part()
        turn = QPoint(0, self.chance.choice((-240, -120, 120, 240)))
        where, keys = QPointF(part.mapToGlobal(at)), self.chance.choice(MODIFIERS)
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(QPointF(at), where, QPoint(), turn, Qt.MouseButton.NoButton, keys, phase, False)
        QApplication.sendEvent(part, event)
        return f"wheel on {part_name(part)}"

    def second_window(self) -> str:
        """Another window, which is closed at once: while its microscope sweeps and it reads a picture."""
        if self.chance.random() < 0.7:
            return "no second window"
        second = self.application.open_window(TEMPLATES["fast"].project())
        for _ in range(self.chance.choice((0, 1, 30))):
            QApplication.processEvents()
        second.middle.look_into("conv2")
        second.panel(Microscope).bar.sweep.setChecked(True)
        second.sample.drawing.pictures.open(self.chance.choice(self.files))
        return "second window"

    def resize(self) -> str:
        self.window.resize(self.chance.randrange(960, 1601), self.chance.randrange(600, 1001))
        return "resize"

    def train(self) -> str:
        """Let what has been asked for happen for a moment."""
        until = time.monotonic() + 0.03
        while time.monotonic() < until:
            QApplication.processEvents()
        return "a moment"

    def rest(self) -> int:
        """The memory while the window shows one certain project, and both its run and the previous one are of it: how
        large the networks were that the actions happened to build and to train does not count."""
        faulthandler.cancel_dump_traceback_later()
        while (popup := QApplication.activePopupWidget()) is not None and popup.close():
            pass
        person, session = Person(self.window), self.window.bridge.session
        project = TEMPLATES["fast"].project()
        self.window.editor.open(project)
        session.pace(0.0)
        for _ in range(2):
            session.reset(project)
            person.until(lambda: session.standing.project == project and session.status.step == 0, "the start")
            session.batches(3)
            person.until(lambda: session.status.step == 3 and session.status.state is State.PAUSED, "three batches")
        return memory()


def part_name(part: QWidget) -> str:
    return f"{type(part).__name__} {part.accessibleName() or part.objectName()}".strip()


def run(actions: int, seed: int) -> dict[str, object]:
    """What went wrong in so many actions, and the memory after each :data:`RESTED` of them and at the end."""
    with tempfile.TemporaryDirectory() as folder:
        return attack_in(Path(folder), actions, seed)


def attack_in(folder: Path, actions: int, seed: int) -> dict[str, object]:
    """As :func:`run`, with files in ``folder``."""
    attack = Attack(seed, folder)
    curve = []
    for number in range(actions):
        attack.step()
        if not (number + 1) % RESTED or number + 1 == actions:
            curve.append(attack.rest())
            sys.stderr.write(f"{number + 1:6d}  {curve[-1] / 1e6:8.1f} MB  {len(attack.wrong)} wrong\n")
    faulthandler.cancel_dump_traceback_later()
    window = attack.window
    ended: list[bool] = []
    window.closed.connect(ended.append)
    window.leave()
    QApplication.processEvents()
    attack.application.deleteLater()
    qInstallMessageHandler(None)
    return {"wrong": attack.wrong, "curve": curve, "ended": ended}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*map(int, sys.argv[1:]))) + "\n")
    sys.stdout.flush()
    # as the program itself: a thread that is still in a step would abort the process
    os._exit(0)
