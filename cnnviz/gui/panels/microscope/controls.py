"""The controls of the microscope in the title line: sweep, speed, direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.segments import Segments
from cnnviz.gui.widgets.slider import Slider

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme

SPEEDS = (1, 2, 4, 8, 15, 30)
USUAL_SPEED = 8
"""Steps a second."""
EARLY = 0.95
"""The interval between steps, as a part of what the speed requires: late steps are not caught up."""
SORT_SIGN, NO_SPEED, SWEEP_ICON, ARROW_SIGNS, NO_STEPS, NO_SORT = SHORTENINGS = range(1, 7)
"""How the controls are shortened, one after the other, where there is less room; see :meth:`Controls.fit`."""


class Controls(QWidget):
    """``sweeping(on)``, ``stepped(by)`` and ``paced(milliseconds)`` control the sweep; ``turned(direction)`` carries
    "forward" or "backward"; ``sortAsked`` follows the button that sorts the rows again."""

    sweeping = Signal(bool)
    stepped = Signal(int)
    paced = Signal(int)
    turned = Signal(str)
    sortAsked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sweep = self._button(self.tr("Sweep"), self.tr("Move the window along the map (S)"))
        self.sweep.setCheckable(True)
        self.sweep.toggled.connect(self.sweeping)
        self.sweep.toggled.connect(self._show_running)
        self.step_back = self._button("", self.tr("One step back (Shift+N)"))
        self.step_back.clicked.connect(lambda: self.stepped.emit(-1))
        self.step_on = self._button("", self.tr("One step on (N)"))
        self.step_on.clicked.connect(lambda: self.stepped.emit(1))
        self.speed = Slider()
        self.speed.setRange(0, len(SPEEDS) - 1)
        self.speed.setValue(SPEEDS.index(USUAL_SPEED))
        self.speed.setPageStep(1)
        self.speed.setFixedWidth(64)
        self.speed.valueChanged.connect(self._show_pace)
        self.sort = self._button(self.tr("Sort again"), self.tr("Sort the rows by what they contribute now"))
        self.sort.clicked.connect(self.sortAsked)
        self.direction = Segments(self.tr("Direction"))
        self.direction.add("forward", self.tr("Forward"), self.tr("How the value comes about"))
        self.direction.add("backward", self.tr("Backward"), self.tr("How the loss depends on it (B)"))
        for button in self.direction.buttons():
            button.setAccessibleName(button.text())
        explain(self.direction, "gradient")
        self.direction.choose("forward")
        self.direction.chosen.connect(self.turned)
        self._room = -1
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for part in (self.sort, self.step_back, self.sweep, self.step_on, self.speed, self.direction):
            row.addWidget(part)
        self._theme = theme
        self._show_pace()
        self.set_theme(theme)

    @property
    def pace(self) -> int:
        """Steps a second."""
        return SPEEDS[self.speed.value()]

    @property
    def interval(self) -> int:
        """Milliseconds between steps."""
        return int(1000 * EARLY) // self.pace

    def fit(self, room: int) -> None:
        """Fit the controls into ``room`` pixels: one after the other becomes a sign with a tooltip, or is hidden."""
        if room == self._room:
            return
        self._room = room
        for shortened in (0, *SHORTENINGS):
            self._shorten(shortened)
            if self._row.sizeHint().width() <= room:
                break

    def _shorten(self, shortened: int) -> None:
        """Shorten the controls by all of :data:`SHORTENINGS` up to ``shortened``; 0 shows all words."""
        icon_only, both = Qt.ToolButtonStyle.ToolButtonIconOnly, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.sort.setText(self.tr("Sort again") if shortened < SORT_SIGN else "⇅")
        self.speed.setVisible(shortened < NO_SPEED)
        self.sweep.setToolButtonStyle(both if shortened < SWEEP_ICON else icon_only)
        words = (self.tr("Forward"), self.tr("Backward")) if shortened < ARROW_SIGNS else ("→", "←")
        for button, word in zip(self.direction.buttons(), words, strict=True):
            button.setText(word)
        self.step_back.setVisible(shortened < NO_STEPS)
        self.step_on.setVisible(shortened < NO_STEPS)
        self.sort.setVisible(shortened < NO_SORT)
        for part in (self.direction, self):
            layout = part.layout()
            assert layout is not None
            layout.invalidate()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        for button, name in ((self.step_back, "chevron-left"), (self.step_on, "chevron-right")):
            button.setIcon(icon(name, theme.text))
        self._show_running(self.sweep.isChecked())

    def allow_sweep(self, possible: bool) -> None:
        """Enable what moves the window, or stop and disable it."""
        if not possible:
            self.sweep.setChecked(False)
        for part in (self.sweep, self.step_back, self.step_on, self.speed):
            part.setEnabled(possible)

    def _show_running(self, running: bool) -> None:
        self.sweep.setText(self.tr("Stop") if running else self.tr("Sweep"))
        self.sweep.setIcon(icon("pause" if running else "sweep", self._theme.text))
        tip = self.tr("Stop the window where it is (S)") if running else self.tr("Move the window along the map (S)")
        self.sweep.setToolTip(tip)
        self.sweep.setAccessibleName(f"{self.sweep.text()}: {tip}")

    def _show_pace(self) -> None:
        self.speed.setToolTip(self.tr("{count} steps a second").format(count=self.pace))
        self.speed.setAccessibleName(self.speed.toolTip())
        self.paced.emit(self.interval)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip if not text else f"{text}: {tip}")
        button.setStyleSheet("padding: 2px 6px;")
        both = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        button.setToolButtonStyle(both if text else Qt.ToolButtonStyle.ToolButtonIconOnly)
        return button


class Sweeper(QTimer):
    """A timer that calls ``step`` at the pace of the controls while sweeping."""

    def __init__(self, bar: Controls, step: Callable[[], object]) -> None:
        super().__init__(bar)
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self.setInterval(bar.interval)
        self.timeout.connect(step)
        bar.paced.connect(self.setInterval)
        bar.sweeping.connect(lambda on: self.start() if on else self.stop())
