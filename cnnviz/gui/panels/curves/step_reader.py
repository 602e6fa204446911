"""Which step of a run the line above the curves reads, and what it says. No Qt but for translations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.curves.reading import sentence
from cnnviz.gui.run.change_marks import change_text

if TYPE_CHECKING:
    from cnnviz.runs.histories.run_history import Axis, RunHistory

MOST_TOLD = 3
"""The most changes listed for a step."""


class StepReader:
    """The step at the pointer; without it the step held by a click or the arrow keys, else the step of the recorded
    moment that the window shows, else the newest step."""

    def __init__(self) -> None:
        self.pointed = math.nan
        """The place of the pointer on the horizontal axis; NaN if it is elsewhere."""
        self.held: int | None = None
        self.past: int | None = None
        """The step of the recorded moment that the window shows; None for the present."""
        self.moving = False
        """Whether training goes on."""
        self.run = ""
        """The name of the run, if it trains another network than the one drawn."""

    @property
    def reads(self) -> bool:
        """Whether the pointer, a click or the arrow keys have chosen a step."""
        return not math.isnan(self.pointed) or self.held is not None

    def move(self, by: int, history: RunHistory) -> None:
        """Hold the step ``by`` steps after the step that is read without the pointer."""
        self.pointed = math.nan
        self.held = min(len(history), max(1, self.step(history, "steps") + by))

    def step(self, history: RunHistory, axis: Axis) -> int:
        """The step that is read; 0 before the first."""
        if not math.isnan(self.pointed):
            return history.step_at(self.pointed, axis)
        newest = len(history)
        return next((min(step, newest) for step in (self.held, self.past) if step is not None), newest)

    def cursor(self, history: RunHistory, axis: Axis) -> float:
        """The place of the step at the pointer or held, on the horizontal axis; NaN without one."""
        step = self.step(history, axis)
        if not self.reads or not 1 <= step <= len(history):
            return math.nan
        return float(history.at(np.array([step], np.int64), axis)[0])

    def text(self, history: RunHistory, axis: Axis, near: float) -> str:
        """The measures of the step, and the changes of the run up to ``near`` the pointer on the horizontal axis."""
        step = self.step(history, axis)
        reading = history.reading(step)
        chosen = self.reads or self.past is not None
        if reading is not None:
            text = sentence(reading, chosen, self.moving)
        else:
            text = QCoreApplication.translate("CurvesPanel", "step 0: before the first batch") if chosen else ""
        if self.run and text:
            text = f"“{self.run}” · {text}"
        if math.isnan(self.pointed):
            return text
        found = history.changes_at(self.pointed - near, self.pointed + near, axis)
        template = QCoreApplication.translate("CurvesPanel", "from step {step}: {change}")
        values = "; ".join(
            template.format(step=grouped(change.step + 1), change=change_text(change)) for change in found[-MOST_TOLD:]
        )
        return f"{values} · {text}" if values else text
