"""Measurements of the training speed, made on the training thread while it is idle, for forecasts of training times."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz.training.channels import MOVING
from cnnviz.training.estimate import Estimate, Speed, remember

if TYPE_CHECKING:
    from cnnviz.project.project import Project
    from cnnviz.training.session import Session
    from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)


class SpeedMeasurements(QObject):
    """Measures how fast this machine trains, and how fast it trains a certain project.

    ``speed(Speed)`` follows :meth:`measure_speed`. ``tried(Project, Estimate of the time of an image, interrupted)``
    follows :meth:`try_steps`; the time is None if it was interrupted or failed. :meth:`emit_results` emits both, on the
    thread that calls it.
    """

    speed = Signal(object)
    tried = Signal(object, object, bool)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._speed: Speed | None = None
        self._tried: tuple[Project, Estimate | None, bool] | None = None

    def measure_speed(self) -> None:
        """Let the training thread, if it is idle, measure the machine's speed, and store it."""
        if self._session.status.state not in MOVING:
            self._session.visit(self._measure_on_thread)

    def try_steps(self, project: Project) -> None:
        """Let the training thread, if it is idle, measure the training speed of ``project``; any command
        interrupts that."""
        self._session.visit(lambda _: self._try_on_thread(project))

    def emit_results(self) -> None:
        """Emit the measurements made since the last call."""
        if self._speed is not None:
            speed, self._speed = self._speed, None
            self.speed.emit(speed)
        if self._tried is not None:
            tried, self._tried = self._tried, None
            self.tried.emit(*tried)

    def _measure_on_thread(self, state: TrainingState | None) -> None:
        """Called on the training thread, with its state."""
        from cnnviz.training.device import place
        from cnnviz.training.precision import machine_key
        from cnnviz.training.speed import measure

        session = self._session
        precision = session.standing.project.recipe.precision
        placement = state.placement if state else place(session.device, precision, session.threads)
        try:
            speed = measure(placement)
        except RuntimeError as error:
            # such as a GPU without enough memory: only the forecast of training times is missing then
            log.warning("The speed of this machine could not be measured: %s", error)
            return
        where = f"{placement.describe()} | {machine_key(placement.device, placement.threads)}"
        self._speed = remember(f"{where} | {placement.precision}", speed)

    def _try_on_thread(self, project: Project) -> None:
        """Called on the training thread."""
        from cnnviz.training.few_steps import image_estimate

        session = self._session

        def interrupted() -> bool:
            return session.status.state in MOVING or session.command_waiting

        image: Estimate | None = None
        ended = interrupted()
        try:
            if not ended:
                image = image_estimate(project, session.device, session.threads, interrupted)
                ended = image is None and interrupted()
        except Exception as error:  # noqa: BLE001
            # the measurement only serves a forecast; its failure must not stop anything
            log.warning("A few steps of the network could not be measured: %s", error)
        self._tried = project, image, ended
