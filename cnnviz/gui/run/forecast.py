"""A forecast of a training's memory and time.

The time is computed from the measured speed of a training or of a few trial steps of the same network, else
from the machine's speed, see :mod:`cnnviz.training.estimate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.data.catalogue import describe
from cnnviz.gui.document.sentences import about, epochs
from cnnviz.gui.localized import memory
from cnnviz.network.graph import Network
from cnnviz.network.memory import training_memory
from cnnviz.training.channels import MOVING, State, Status
from cnnviz.training.estimate import PASSES, Speed, epoch_seconds, remembered, soon_tried, training_seconds
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from cnnviz.data.choice import DatasetChoice
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe

LONG = 2e13
"""Multiply-accumulate operations of a training above which trial steps are made: minutes on most machines."""
SETTLED = 20
"""The speed of a run is measured from this batch on."""
STILL_MILLISECONDS = 2000
"""Trial steps begin after the network was not edited for this time."""
MOST_KNOWN = 16
"""The most networks whose speeds are remembered, for undo."""
RESTING = (State.UNTRAINED, State.PAUSED, State.FINISHED)
LONG_SECONDS = 300.0
"""A training that takes longer is announced on the canvas before it begins."""


Computed = tuple[Network, tuple[object, ...]]
"""The part of a project that determines its training speed: the network, and the settings of a step."""


class Forecast(QObject):
    """The forecast for the project on screen.

    ``changed`` follows a measurement, and other changes of :meth:`text`, but not those by an edit: the text is new as
    soon as this object, which is made before those that show the text, was told of the edit.
    """

    changed = Signal()

    def __init__(self, editor: ProjectEditor, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._bridge = editor, bridge
        self._speed: Speed | None = None
        self._asked = self._closed = False
        self._reached: list[tuple[Computed, float]] = []
        """The measured speeds, in images per second, of networks trained or tried; the newest last."""
        self._memory: tuple[tuple[Network, Recipe, DatasetChoice], int] | None = None
        """The text about memory, and the part of the project from which it was computed."""
        self._moving = False
        self._text = self._worked_out()
        self._trying: Computed | None = None
        """The network of the last trial steps."""
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL_MILLISECONDS)
        self._still.timeout.connect(self._try)
        editor.changed.connect(self._wait_anew)
        editor.changed.connect(lambda *_: self._work_out())
        bridge.status.connect(self._follow)
        bridge.measurements.speed.connect(self.set_speed)
        bridge.measurements.tried.connect(self._tried)

    def stop(self) -> None:
        """Stop measuring, because the window closes."""
        self._closed = True
        self._still.stop()

    def set_speed(self, speed: Speed) -> None:
        """Set the measured speed of this machine."""
        self._speed = speed
        self._work_out()
        self.changed.emit()

    def text(self) -> str:
        """Memory, and time if it is known: ``75 MB to train, about 40 s for 5 epochs``; empty without a network whose
        shapes are all known.

        While a training runs the time is left out: what is left of that run is shown elsewhere.
        """
        return self._text

    def _work_out(self) -> None:
        self._text = self._worked_out()

    def _worked_out(self) -> str:
        project, report = self._editor.project, self._editor.report
        if not report.parameters or not report.complete:
            return ""
        asked = (project.network, project.recipe, project.dataset)
        if self._memory is None or any(new is not old for new, old in zip(asked, self._memory[0], strict=True)):
            self._memory = asked, training_memory(report, facts_of_data(project)).total
        needed = self.tr("%s to train") % memory(self._memory[1])
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
        about, validated = describe(project.dataset), project.dataset.set_aside
        images = about.training - validated
        speed = self._known(computed(project))
        if speed is not None:
            image = 1 / speed
        elif self._speed is not None:
            image = epoch_seconds(report, facts_of_data(project), images, self._speed) / images
        else:
            return None
        return training_seconds(image, project.recipe.epochs, images, validated, about.test)

    def _known(self, of: Computed) -> float | None:
        return next((speed for known, speed in reversed(self._reached) if known == of), None)

    def _note(self, of: Computed, speed: float) -> None:
        new = self._known(of) is None
        others = [reached for reached in self._reached if reached[0] != of]
        self._reached = [*others[1 - MOST_KNOWN :], (of, speed)]
        if new:
            self._work_out()
            self.changed.emit()

    def _wait_anew(self) -> None:
        if not self._closed:
            self._still.start()

    def _try(self) -> None:
        """Request trial steps of the network on screen, if its speed is unknown and the session is idle."""
        project, report, status = self._editor.project, self._editor.report, self._bridge.session.status
        wanted = computed(project)
        if not status.ready or status.state not in RESTING or not report.trainable or not soon_tried(report):
            return
        if wanted != self._trying and self._known(wanted) is None:
            self._trying = wanted
            self._bridge.measurements.try_steps(project)

    def _tried(self, project: Project, speed: float | None) -> None:
        if speed:
            self._note(computed(project), speed)
        elif speed is None and self._trying == computed(project):
            # interrupted: try again when the session is idle
            self._trying = None
            self._wait_anew()

    def _measure(self, status: Status) -> None:
        """Note the speed of a run, after its first batches, which are slower."""
        if status.pace or status.images_per_second <= 0 or status.step < SETTLED:
            return
        self._note(computed(self._bridge.session.standing.project), status.images_per_second)

    def _follow(self, status: Status) -> None:
        self._measure(status)
        if (moving := status.state in MOVING) != self._moving:
            self._moving, before = moving, self._text
            self._work_out()
            if self._text != before:
                self.changed.emit()
        if status.state in RESTING:
            self._wait_anew()
        if not status.ready or self._asked:
            return
        if self._speed is not None:
            # the session is idle then, so that the measurement disturbs nobody
            if not self._speed.certain and status.state in (State.PAUSED, State.FINISHED):
                self._asked = True
                self._bridge.measurements.measure_speed()
            return
        project, report = self._editor.project, self._editor.report
        work = PASSES * report.macs * describe(project.dataset).training * project.recipe.epochs
        if (known := remembered()) is not None:
            self.set_speed(known)
        elif work > LONG:
            self._asked = True
            self._bridge.measurements.measure_speed()


def computed(project: Project) -> Computed:
    """See :data:`Computed`."""
    recipe = project.recipe
    threads = recipe.threads if recipe.repeatable else None
    return project.network, (recipe.batch_size, recipe.optimizer, recipe.precision, threads, recipe.augments)
