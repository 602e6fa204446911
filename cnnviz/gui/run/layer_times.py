"""Measured times of layers, as far as they are valid for the project on screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.network.report import UNKNOWN, Report
from cnnviz.training.timing_job import TimingJob, timing_job

if TYPE_CHECKING:
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape
    from cnnviz.project.project import Project
    from cnnviz.training.layer_time import LayerTime, Timing

POLL_MILLISECONDS = 60


@dataclass(frozen=True)
class _Measured:
    """The time of a layer with inputs of these shapes."""

    layer: Layer
    inputs: tuple[Shape | None, ...]
    time: LayerTime


class LayerTimes(QObject):
    """Measures on demand, on a separate thread. ``changed`` follows the beginning and the end of a measurement, and
    all edits after one; ``failed(sentence)`` reports why a measurement had no result.

    A time is valid as long as the layer, its input shapes and the batch size are those of the measurement.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, editor: ProjectEditor, device: str, threads: int | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor, self._device, self._threads = editor, device, threads
        self._job: TimingJob | None = None
        self._subject: tuple[Project, Report] | None = None
        """The project that is being measured, or was measured last, and its report."""
        self._nodes: dict[str, _Measured] = {}
        self.timing: Timing | None = None
        """The last complete result."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)
        editor.changed.connect(self._project_changed)

    @property
    def running(self) -> bool:
        """Whether a measurement is running."""
        return self._timer.isActive()

    @property
    def complete(self) -> bool:
        """Whether the last result is valid for every layer that is used."""
        return bool(self._nodes) and self.by_node().keys() >= set(self._editor.report.used)

    def measure(self) -> None:
        """Measure the network on screen, if it can be trained."""
        project, report = self._editor.project, self._editor.report
        if not report.trainable:
            return
        if self._job is not None:
            self._job.cancel()
        self._subject = project, report
        self._job = timing_job(project, report, self._device, self._threads, after=self._job)
        self._job.start()
        self._timer.start()
        self.changed.emit()

    def by_node(self) -> dict[str, LayerTime]:
        """The times that are valid for the project on screen, by node."""
        project, report = self._editor.project, self._editor.report
        if self.timing is None or self.timing.batch_size != project.recipe.batch_size:
            return {}
        return {
            name: measured.time
            for name, measured in self._nodes.items()
            if name in project.network.nodes
            and project.network[name] == measured.layer
            and report.nodes.get(name, UNKNOWN).inputs == measured.inputs
        }

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    def _poll(self) -> None:
        assert self._job is not None and self._subject is not None
        state = self._job.latest
        if not state.ended:
            return
        self._timer.stop()
        if state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
        elif state.result is not None:
            self.timing = state.result
            project, report = self._subject
            self._nodes = {
                name: _Measured(project.network[name], report.nodes[name].inputs, time)
                for name, time in self.timing.layers.items()
            }
        self.changed.emit()

    def _project_changed(self) -> None:
        if self._nodes:
            self.changed.emit()
