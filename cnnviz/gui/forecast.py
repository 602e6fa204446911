"""What a training will take, told before it begins: its memory, and its time where that is known or worth knowing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from cnnviz import numerals
from cnnviz.data.catalogue import describe
from cnnviz.gui.bridge import Bridge
from cnnviz.gui.editor import ProjectEditor
from cnnviz.gui.sentences import about
from cnnviz.network.graph import Network
from cnnviz.network.memory import training_memory
from cnnviz.project.project import Project
from cnnviz.training.channels import State, Status
from cnnviz.training.estimate import PASSES, Speed, epoch_seconds, remembered
from cnnviz.training.facts import facts_of_data

LONG = 2e13
"""Multiply-accumulates of a training from which on its time is worth a measurement: minutes on most machines."""
SETTLED = 20
"""From this batch on the speed of a run is told from."""
LONG_SECONDS = 300.0
"""A training that takes longer says so on the canvas, before it begins."""


class Forecast(QObject):
    """Follows the project on screen; ``changed`` after a measurement."""

    changed = Signal()

    def __init__(self, editor: ProjectEditor, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._bridge = editor, bridge
        self._speed: Speed | None = None
        self._asked = False
        self._trained: tuple[tuple[Network, int, str], float] | None = None
        """What was trained here, and the images a second that it reached."""
        bridge.status.connect(self._follow)
        bridge.speed.connect(self.take)

    def take(self, speed: Speed) -> None:
        """The speed of this machine is known now."""
        self._speed = speed
        self.changed.emit()

    def text(self) -> str:
        """Memory, and time where it is known: ``75 MB to train, about 40 s``; empty without a network."""
        project, report = self._editor.project, self._editor.report
        if not report.parameters:
            return ""
        memory = self.tr("%s to train") % numerals.memory(training_memory(report, facts_of_data(project)).total)
        seconds = self._seconds()
        return memory if seconds is None else f"{memory}, {about(seconds)}"

    def warning(self) -> str:
        """How long a training will take that takes long; else empty."""
        seconds = self._seconds()
        if seconds is None or seconds < LONG_SECONDS:
            return ""
        recipe = self._editor.project.recipe
        return self.tr("%d epochs will take %s") % (recipe.epochs, about(seconds))

    def _seconds(self) -> float | None:
        """Of all epochs of the recipe: by the batches that were measured where this network was trained, else by what
        the machine can do."""
        project, report = self._editor.project, self._editor.report
        images = describe(project.dataset.name).training - project.dataset.validation
        if self._trained is not None and self._trained[0] == _computed(project):
            return project.recipe.epochs * images / self._trained[1]
        if self._speed is None:
            return None
        return project.recipe.epochs * epoch_seconds(report, facts_of_data(project), images, self._speed)

    def _measure(self, status: Status) -> None:
        """Note what a run reaches, once it is past its first batches, which are slower."""
        if status.pace or status.images_per_second <= 0 or status.step < SETTLED:
            return
        known, self._trained = (
            self._trained,
            (_computed(self._bridge.session.standing.project), status.images_per_second),
        )
        if known is None or known[0] != self._trained[0]:
            self.changed.emit()

    def _follow(self, status: Status) -> None:
        self._measure(status)
        if not status.ready or self._asked:
            return
        if self._speed is not None:
            # nobody waits for anything then, and it is told apart from a moment in which other programs worked
            if not self._speed.certain and status.state in (State.PAUSED, State.FINISHED):
                self._asked = True
                self._bridge.measure_speed()
            return
        project, report = self._editor.project, self._editor.report
        work = PASSES * report.macs * describe(project.dataset.name).training * project.recipe.epochs
        if (known := remembered()) is not None:
            self.take(known)
        elif work > LONG:
            self._asked = True
            self._bridge.measure_speed()


def _computed(project: Project) -> tuple[Network, int, str]:
    """What of a project decides how fast it is trained."""
    return project.network, project.recipe.batch_size, project.recipe.precision
