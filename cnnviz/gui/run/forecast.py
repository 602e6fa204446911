"""A forecast of a training's memory and time.

The time is computed from the pace of the last run of the same network on this machine, else from a few trial steps of
it, else from the machine's speed, see :mod:`cnnviz.training.estimate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.data.catalogue import describe
from cnnviz.gui.document.sentences import about, epochs
from cnnviz.gui.localized import memory
from cnnviz.gui.run.known_times import KnownTimes
from cnnviz.network.check import examine
from cnnviz.network.memory import training_memory
from cnnviz.training.channels import MOVING, State, Status
from cnnviz.training.estimate import (
    PASSES,
    Estimate,
    Speed,
    image_estimate,
    remembered_for,
    soon_tried,
    training_estimate,
)
from cnnviz.training.facts import facts_of_data
from cnnviz.training.pace import remembered, step_of

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
STILL_MILLISECONDS, AGAIN_MILLISECONDS = 2000, 20_000
"""Trial steps begin after the network was not edited for this time; if other programs disturbed them, they are repeated
after the second time."""
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
        self._measured_machine = self._closed = self._read = False
        self._times = KnownTimes()
        self._running: tuple[Project, str] | None = None
        """The project that was trained or tried last, and its step."""
        self._memory = 0
        """The memory in bytes."""
        self._memory_of: tuple[Network, Recipe, DatasetChoice] | None = None
        """The part of the project from which it was computed."""
        self._moving = False
        self._text = self._compute_text()
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL_MILLISECONDS)
        self._still.timeout.connect(self._try_steps)
        editor.changed.connect(lambda *_: self._wait_until_still())
        editor.changed.connect(lambda *_: self._update_text())
        bridge.status.connect(self._follow)
        bridge.measurements.speed.connect(self.set_speed)
        bridge.measurements.tried.connect(self._end_trial)

    def stop(self) -> None:
        """Stop measuring, because the window closes."""
        self._closed = True
        self._still.stop()

    def set_speed(self, speed: Speed) -> None:
        """Set the measured speed of this machine."""
        self._speed = speed
        self._show_time()

    @property
    def machine_known(self) -> bool:
        """Whether the speed of the machine was measured often enough."""
        return self._speed is not None and self._speed.certain

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
        """The time of a training that may be longer than :data:`LONG_SECONDS`, as text; else empty."""
        seconds = self._seconds()
        if seconds is None or seconds.most < LONG_SECONDS:
            return ""
        recipe = self._editor.project.recipe
        return self.tr("%s will take %s") % (epochs(recipe.epochs), about(seconds))

    def _seconds(self) -> Estimate | None:
        return self.seconds(self._editor.project, self._editor.report)

    def seconds(self, project: Project, report: Report) -> Estimate | None:
        """The time of all epochs of a project's recipe and of the test on this machine; None if unknown."""
        dataset, validated = describe(project.dataset), project.dataset.set_aside
        if (known := self._times.get(step_of(project, report))) is not None:
            image, evaluation = known
        elif self._speed is not None:
            image = image_estimate(report, facts_of_data(project), self._speed)
            evaluation = image * (1 / PASSES)
        else:
            return None
        images = dataset.training - validated
        return training_estimate(image, evaluation, project.recipe.epochs, images, validated, dataset.test)

    def _wait_until_still(self, milliseconds: int = STILL_MILLISECONDS) -> None:
        if not self._closed:
            self._still.start(milliseconds)

    def _try_steps(self) -> None:
        """Request trial steps of the network on screen if needed, if they are quick, and if the session is idle."""
        project, report, status = self._editor.project, self._editor.report, self._bridge.session.status
        if not status.ready or status.state not in RESTING or not report.trainable or not soon_tried(report):
            return
        if self._times.begin_trial(step_of(project, report)):
            self._bridge.measurements.try_steps(project)

    def _end_trial(self, project: Project, image: Estimate | None, interrupted: bool) -> None:
        again = self._times.end_trial(self._step_of(project), image, interrupted=interrupted)
        if image is not None:
            self._show_time()
        if again:
            self._wait_until_still(STILL_MILLISECONDS if interrupted else AGAIN_MILLISECONDS)

    def _step_of(self, project: Project) -> str:
        """See :func:`~cnnviz.training.pace.step_of`; the project may not be on screen any more."""
        if self._running is None or self._running[0] is not project:
            self._running = project, step_of(project, examine(project.network, facts_of_data(project)))
        return self._running[1]

    def _measure(self, status: Status) -> None:
        """Note the paces of earlier runs, and that of the present run."""
        if status.ready and not self._read:
            self._read = True
            if paces := remembered(status.device, status.threads):
                self._times.add_runs(paces)
                self._show_time()
        # pace and project of one moment: a status may be that of a run before
        standing = self._bridge.session.standing
        if standing.status.measured is not None:
            self._times.add_run(self._step_of(standing.project), standing.status.measured)

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
        if (known := remembered_for(status.device, status.threads, status.precision)) is not None:
            self.set_speed(known)
        elif work > LONG and status.state not in MOVING:
            self._measured_machine = True
            self._bridge.measurements.measure_speed()
