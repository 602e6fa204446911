"""Measures the times of layers on a thread of its own, which alone imports torch."""

from __future__ import annotations

import logging
import threading

from cnnviz.network.report import Report
from cnnviz.project.project import Project
from cnnviz.training.layer_time import Timing

log = logging.getLogger(__name__)


class Stopwatch:
    """Measures one project at a time on a thread of its own; a new question drops the one before."""

    def __init__(self) -> None:
        self.timing: Timing | None = None
        """The last result."""
        self.measured: Project | None = None
        """The project that it belongs to."""
        self.failure = ""
        """Why the last measurement gave nothing."""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether something is being measured."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, project: Project, report: Report, device: str, threads: int | None) -> None:
        """Measure a project without errors; returns at once."""
        self._stop.set()
        self._stop = threading.Event()
        self.failure = ""
        self._thread = threading.Thread(
            target=self._measure,
            args=(project, report, device, threads, self._stop, self._thread),
            name="cnnviz-stopwatch",
            daemon=True,
        )
        self._thread.start()

    def close(self, timeout: float = 2.0) -> bool:
        """Give up what is being measured; whether the thread has ended within ``timeout`` seconds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.running

    def _measure(
        self,
        project: Project,
        report: Report,
        device: str,
        threads: int | None,
        stop: threading.Event,
        before: threading.Thread | None,
    ) -> None:
        if before is not None:
            before.join()
        if stop.is_set():
            return
        try:
            from cnnviz.training.failure import explain
            from cnnviz.training.timing import measure
        except Exception as error:
            log.exception("torch cannot be loaded")
            self.failure = f"PyTorch could not be loaded, so nothing can be measured: {error}"
            return
        try:
            timing = measure(project, report, device, threads, stop)
        except Exception as error:
            log.exception("layers could not be timed")
            self.failure = explain(error)
            return
        if timing is not None:
            self.timing, self.measured = timing, project
