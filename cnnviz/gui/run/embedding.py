"""Embeddings of a layer's outputs by t-SNE, computed on request on their own thread, and drawn step by step."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.inspection.studies.points import Embedding
from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.points import Chosen

POLL_MILLISECONDS = 100
MOST_KEPT = 8
"""How many complete embeddings are kept at most."""
COMPONENTS, PASSES = 50, 8
"""The number of principal components that are embedded, and the most passes in which they are found."""
SHARE_OF_CORES = 0.1
"""The share of the time of all cores that an embedding takes while training."""
Key = tuple["Path | None", int, int, str]
"""The folder, number and step of a run, and a layer."""


class EmbeddingStudy(QObject):
    """Computes one embedding at a time.

    ``training_idle`` tells whether nothing is trained, ``cores`` how many cores training uses. ``changed`` follows
    other positions or another embedding, and the end. ``failed(str)`` has a sentence.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(
        self, training_idle: Callable[[], bool], cores: Callable[[], int], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.latest: Embedding | None = None
        """The embedding on screen, perhaps before its last step."""
        self._training_idle, self._cores = training_idle, cores
        self._job: Job[Embedding, Embedding | None] | None = None
        self._key: Key | None = None
        """What the job embeds, or embedded last; None after it was cancelled."""
        self._kept: OrderedDict[Key, Embedding] = OrderedDict()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> bool:
        """Whether an embedding is being made."""
        return self._timer.isActive()

    def start(self, moment: Moment, chosen: Chosen, node: str, folder: Path | None) -> None:
        """Embed the outputs of ``node``; ``folder`` is the folder of an opened run, None for the present run."""
        key = folder, moment.run, moment.step, node
        if key == self._key and self.running:
            return
        self.cancel()
        if (kept := self._kept.get(key)) is not None:
            self._show(kept)
            return
        self._key, self.latest = key, None
        self._job = self._new_job(moment, chosen, node).start()
        self._timer.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Stop; the positions so far stay on screen."""
        if self._job is not None and self.running:
            self._job.cancel()
            self._timer.stop()
            self._key = None
            self.changed.emit()

    def clear(self) -> None:
        """Forget all embeddings, because images or weights were replaced."""
        self.cancel()
        self._kept.clear()
        self._show(None)

    def leave(self) -> None:
        """Show no embedding, because another run is on screen."""
        self.cancel()
        self._show(None)

    def close(self) -> bool:
        """Cancel; returns whether the thread has ended within the time that a window may take to close."""
        self._timer.stop()
        return self._job is None or self._job.close()

    def _new_job(self, moment: Moment, chosen: Chosen, node: str) -> Job[Embedding, Embedding | None]:
        training_idle, cores = self._training_idle, self._cores

        def work(job: Job[Embedding, Embedding | None]) -> Embedding | None:
            # imported here: torch must be imported on this thread, not on that of the window
            import torch

            from cnnviz.inspection.studies.embedding import STEPS, Embedded, embed
            from cnnviz.inspection.studies.projecting import fit, project
            from cnnviz.inspection.studies.threads import leave_cores_to_training, paced

            leave_cores_to_training()
            check = paced(job.cancelled, lambda: 1.0 if training_idle() else min(1.0, SHARE_OF_CORES * cores()))
            axes = fit(moment, chosen, node, check, COMPONENTS, PASSES)
            points = None if axes is None else project(moment, chosen, axes, report=lambda _: None, cancelled=check)
            if points is None:
                return None

            def embedding_of(embedded: Embedded) -> Embedding:
                return Embedding(points, embedded.positions.numpy(), embedded.step, STEPS, embedded.divergence)

            def report(embedded: Embedded) -> None:
                job.report(embedding_of(embedded))

            end = embed(torch.from_numpy(points.positions), report, check)
            return None if end is None else embedding_of(end)

        return Job("cnnviz-embedding", work, said, after=self._job)

    def _poll(self) -> None:
        job = self._job
        if job is None:
            return
        state = job.latest
        if not state.ended:
            if state.progress is not None and state.progress is not self.latest:
                self._show(state.progress)
            return
        self._timer.stop()
        if state.result is not None and self._key is not None:
            self._kept[self._key] = state.result
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            self._show(state.result)
        self.changed.emit()
        if state.failure is not None:
            # the sentence comes last, so that it stays on screen
            self.failed.emit(text(state.failure.sentence))

    def _show(self, embedding: Embedding | None) -> None:
        self.latest = embedding
        self.changed.emit()
