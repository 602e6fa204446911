"""The image that would excite a map most, made by gradient ascent, and drawn while it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnviz.gui.panels.excites.state import example_made
from cnnviz.gui.panels.excites.tiles import Tiles
from cnnviz.gui.run.climbing import Climb, Climbing
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.segments import Segments

if TYPE_CHECKING:
    from cnnviz.gui.panels.excites.state import Example
    from cnnviz.gui.panels.excites.words import ExciteWords
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.excitation import Climbed, Excitations, Goal

SIDE = 108
"""Width and height of the picture, in pixels."""


class MadeImage(NamedTuple):
    """An image, and the map that it was made for."""

    climb: Climb
    climbed: Climbed


class ClimbPart(QWidget):
    """The image of one map. ``chosen(Example)`` follows a click on it, ``entered(Example)`` a double click or Enter."""

    chosen = Signal(object)
    entered = Signal(object)

    def __init__(self, climbing: Climbing, words: ExciteWords, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.climbing, self._words = climbing, words
        self._found: Excitations | None = None
        self._moment: Moment | None = None
        self._channel = 0
        self._goal: Goal = "value"
        self._failure = ""
        self.made: MadeImage | None = None
        """The image on screen."""
        self.picture = Tiles(theme, self._describe, SIDE)
        self._beside = QWidget()
        self._beside.setFixedWidth(SIDE)
        self.picture.setAccessibleName(self.tr("The image that was made"))
        self._title, self._facts = MutedLabel(self.tr("The image that would excite it most")), MutedLabel()
        self.button = QPushButton()
        explain(self.button, "feature visualization")
        self.goals = Segments(self.tr("What is climbed"))
        self.goals.add("value", self.tr("Value"), self.tr("Climb the value in the middle of the map"))
        self.goals.add("map", self.tr("Map"), self.tr("Climb the mean of the whole map"))
        self.goals.chosen.connect(self._choose_goal)
        self.button.clicked.connect(self._start_or_stop)
        self.picture.chosen.connect(lambda at: self.chosen.emit(self.picture.shown[at]))
        self.picture.entered.connect(lambda at: self.entered.emit(self.picture.shown[at]))
        climbing.grown.connect(self._grow)
        climbing.stopped.connect(self._show)
        climbing.failed.connect(self._fail)
        self._lay_out()

    def follow(self, found: Excitations | None, moment: Moment | None, channel: int) -> None:
        """Show the image that was made for a map of ``found``, if there is one; the button makes one for this map.

        ``moment`` is the moment of ``found``."""
        self._found, self._moment, self._channel, self._failure = found, moment, channel, ""
        climb = self._climb()
        present = self.climbing.present
        if present is not None and (climb is None or not _alike(present, climb)):
            self.climbing.stop()
        if climb is None:
            self.made = None
        elif (kept := self.climbing.kept(climb)) is not None:
            self.made = MadeImage(climb, kept)
        elif self.made is not None and not _alike(self.made.climb, climb):
            self.made = None
        self._show()

    def text(self) -> str:
        """The text beside the image."""
        return self._facts.text()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.picture.set_theme(theme)

    def _climb(self) -> Climb | None:
        found = self._found
        return None if found is None else Climb(found.run, found.step, found.node, self._channel, self._effective_goal)

    @property
    def _effective_goal(self) -> Goal:
        """The goal; a single value has no other."""
        return "value" if self._found is not None and self._found.shape[1:] == (1, 1) else self._goal

    def _choose_goal(self, goal: Goal) -> None:
        self._goal = goal
        self.follow(self._found, self._moment, self._channel)

    def _start_or_stop(self) -> None:
        climb = self._climb()
        if self.climbing.present is not None:
            self.climbing.stop()
        elif climb is not None and self._moment is not None:
            self._failure = ""
            self.climbing.start(climb, self._moment)
            self._show()

    def _grow(self, climb: Climb, made: Climbed) -> None:
        now = self._climb()
        if now is not None and _alike(climb, now):
            self.made = MadeImage(climb, made)
            self._show()

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._show()

    def _show(self) -> None:
        found, moment = self._found, self._moment
        if found is None or moment is None:
            return
        working = self.climbing.present is not None
        made = None if self.made is None else self.made.climbed
        if made is not None and not working and made.step < made.steps:
            # the user stopped it: an unfinished image is not shown
            self.made = made = None
        self.button.setText(
            self.tr("Stop") if working else self.tr("Make it") if made is None else self.tr("Make another")
        )
        self.goals.setVisible(found.shape[1:] != (1, 1))
        self.goals.choose(self._effective_goal)
        self._beside.setVisible(made is not None)
        self._title.setVisible(made is not None)
        if made is None:
            self.picture.show_examples((), np.empty((0, 1, 1, 1), np.uint8), patches=False)
        else:
            example = example_made(made, found, moment, self._channel)
            self.picture.show_examples((example,), made.image[None], patches=False)
        step = found.step if self.made is None else self.made.climb.step
        self._facts.setText(self._failure or self._words.made(found, made, self._channel, step))

    def _describe(self, example: Example) -> str:
        return self._words.image(example, located=self._found is not None and self._found.shape[1:] != (1, 1))

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self._facts)
        for control in (self.goals, self.button):
            right.addWidget(control, 0, Qt.AlignmentFlag.AlignLeft)
        right.addStretch()
        left = QVBoxLayout(self._beside)
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self.picture)
        left.addStretch()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._beside)
        row.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addLayout(row)


def _alike(one: Climb, other: Climb) -> bool:
    """Whether both are about the same map of the same run, perhaps at different steps."""
    return (one.run, one.node, one.channel, one.goal) == (other.run, other.node, other.channel, other.goal)
