"""A forecast of a training's memory and time.

The time is computed from the measured speed of a training or of a few trial steps of the same network, else
from the machine's speed, see :mod:`cnnviz.training.estimate`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.data.catalogue import describe
from cnnviz.gui.document.sentences import about, epochs
from cnnviz.gui.localized import memory
from cnnviz.gui.run.known_speeds import Computed, KnownSpeeds
from cnnviz.network.memory import training_memory
from cnnviz.training.channels import MOVING, State, Status
from cnnviz.training.estimate import PASSES, Speed, epoch_seconds, remembered, soon_tried, training_seconds
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from cnnviz.data.choice import DatasetChoice
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe

LONG = 2e13
"""Multiply-accumulate operations of a training above which the machine is measured: minutes on most machines."""
SETTLED = 20
"""The speed of a run is measured from this batch on."""
STILL_MILLISECONDS = 2000
"""Trial steps begin after the network was not edited for this time."""
RESTING = (State.UNTRAINED, State.PAUSED, State.FINISHED)
LONG_SECONDS = 300.0
"""A training that takes longer is announced on the canvas before it begins."""


class Forecast(QObject):
    """The forecast for the project on screen.

    ``changed`` follows a measurement and other changes of :meth:`text`, but not an edit: of an edit this object is told
    before those that show the text, because it is made first.
    """

    changed = Signal()

    def __init__(self, editor: ProjectEditor, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._bridge = editor, bridge
        self._speed: Speed | None = None
        self._measured_machine = self._closed = False
        self._speeds = KnownSpeeds()
        self._memory = 0
        """The memory in bytes."""
        self._memory_of: tuple[Network, Recipe, DatasetChoice] | None = None
        """The part of the project from which it was computed."""
        self._moving = False
        self._text = self._compute_text()
        self._trying: Computed | None = None
        """The network of the last trial steps."""
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL_MILLISECONDS)
        self._still.timeout.connect(self._try_steps)
        editor.changed.connect(self._wait_until_still)
        editor.changed.connect(lambda *_: self._update_text())
        bridge.status.connect(self._follow)
        bridge.measurements.speed.connect(self.set_speed)
        bridge.measurements.tried.connect(self._take_speed)

    def stop(self) -> None:
        """Stop measuring, because the window closes."""
        self._closed = True
        self._still.stop()

    def set_speed(self, speed: Speed) -> None:
        """Set the measured speed of this machine."""
        self._speed = speed
        self._show_time()

    def text(self) -> str:
        """Memory, and time if it is known: ``75 MB to train, about 40 s for 5 epochs``; empty without a network whose
        shapes are all known.

        While a training runs the time is left out: what is left of that run is shown elsewhere.
        """
        return self._text

    def _update_text(self) -> None:
        self._text = self._compute_text()

    def _compute_text(self) -> str:
        project, report = self._editor.project, self._editor.report
        if not report.parameters or not report.complete:
            return ""
        parts = (project.network, project.recipe, project.dataset)
        if self._memory_of is None or any(new is not old for new, old in zip(parts, self._memory_of, strict=True)):
            self._memory_of, self._memory = parts, training_memory(report, facts_of_data(project)).total
        needed = self.tr("%s to train") % memory(self._memory)
        seconds = self._seconds()
        if seconds is None or self._moving:
            return needed
        length = epochs(self._editor.project.recipe.epochs)
        return self.tr("{memory}, {time} for {epochs}").format(memory=needed, time=about(seconds), epochs=length)

    def warning(self) -> str:
        """The time of a training longer than :data:`LONG_SECONDS`, as text; else empty."""
        seconds = self._seconds()
        if seconds is None or seconds < LONG_SECONDS:
            return ""
        recipe = self._editor.project.recipe
        return self.tr("%s will take %s") % (epochs(recipe.epochs), about(seconds))

    def _seconds(self) -> float | None:
        return self.seconds(self._editor.project, self._editor.report)

    def seconds(self, project: Project, report: Report) -> float | None:
        """The seconds of all epochs of a project's recipe and of the test on this machine; None if unknown."""
        dataset, validated = describe(project.dataset), project.dataset.set_aside
        images = dataset.training - validated
        speed = self._speeds.get(computed(project))
        if speed is not None:
            seconds_per_image = 1 / speed
        elif self._speed is not None:
            seconds_per_image = epoch_seconds(report, facts_of_data(project), images, self._speed) / images
        else:
            return None
        return training_seconds(seconds_per_image, project.recipe.epochs, images, validated, dataset.test)

    def _wait_until_still(self) -> None:
        if not self._closed:
            self._still.start()

    def _try_steps(self) -> None:
        """Request trial steps of the network on screen if needed, if they are quick, and if the session is idle."""
        project, report, status = self._editor.project, self._editor.report, self._bridge.session.status
        network = computed(project)
        if not status.ready or status.state not in RESTING or not report.trainable or not soon_tried(report):
            return
        if network != self._trying and self._speeds.get(network) is None:
            self._trying = network
            self._bridge.measurements.try_steps(project)

    def _take_speed(self, project: Project, speed: float | None) -> None:
        if speed:
            self._speeds.set_tried(computed(project), speed)
            self._show_time()
        elif speed is None and self._trying == computed(project):
            # interrupted: try again when the session is idle
            self._trying = None
            self._wait_until_still()

    def _measure(self, status: Status) -> None:
        """Note the speed of a run, but not in slow motion, nor in its first batches, which are slower."""
        if status.pace or status.images_per_second <= 0 or status.step < SETTLED:
            self._speeds.end_training()
            return
        network = computed(self._bridge.session.standing.project)
        is_new = self._speeds.get(network) is None
        self._speeds.add_measured(network, status.images_per_second, time.monotonic())
        if is_new:
            self._show_time()

    def _show_time(self) -> None:
        """The time became known, or another one."""
        self._update_text()
        self.changed.emit()

    def _follow(self, status: Status) -> None:
        self._measure(status)
        if (moving := status.state in MOVING) != self._moving:
            self._moving, before = moving, self._text
            self._update_text()
            if self._text != before:
                self.changed.emit()
        if status.state in RESTING:
            self._wait_until_still()
        if not status.ready or self._measured_machine:
            return
        if self._speed is not None:
            # while the session is idle, so that the measurement disturbs no training
            if not self._speed.certain and status.state in (State.PAUSED, State.FINISHED):
                self._measured_machine = True
                self._bridge.measurements.measure_speed()
            return
        project, report = self._editor.project, self._editor.report
        work = PASSES * report.macs * describe(project.dataset).training * project.recipe.epochs
        if (known := remembered()) is not None:
            self.set_speed(known)
        elif work > LONG and status.state not in MOVING:
            self._measured_machine = True
            self._bridge.measurements.measure_speed()


def computed(project: Project) -> Computed:
    """See :data:`~cnnviz.gui.run.known_speeds.Computed`."""
    recipe = project.recipe
    threads = recipe.threads if recipe.repeatable else None
    return project.network, (recipe.batch_size, recipe.optimizer, recipe.precision, threads, recipe.augments)
