"""Going on from a moment of a recorded run, in a run of its own. No torch at the top of the file.

From a checkpoint training goes on exactly: the same bits are computed as without the interruption. So it does from the
first step of a run, where an optimizer remembers nothing yet. Of any other moment only the weights were recorded: the
optimizer starts new, and so do dropout and the choice of the best weights; place in the epoch, order of the images and
learning rate follow from the step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz.files import shown
from cnnviz.runs.folder import RunError, checkpoint_path, is_exact, moments, project_at, weights
from cnnviz.runs.live_changes import changes_until
from cnnviz.runs.nearest import nearest_step
from cnnviz.runs.summary import read_entries, summarize
from cnnviz.sentence import SaidError, Sentence, said
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.channels import Metrics
    from cnnviz.training.device import Placement
    from cnnviz.training.events import Event
    from cnnviz.training.resources import TrainingResources
    from cnnviz.training.state import TrainingState


@dataclass(frozen=True)
class RecordedStart:
    """A moment of the recorded run in ``folder``, to be given to :meth:`cnnviz.training.session.Session.branch`."""

    folder: Path
    origin: Origin

    @property
    def project(self) -> Project:
        """The project that was trained at the moment; raises :class:`RunError`."""
        return project_at(self.folder, self.origin.step)

    def load(
        self, number: int, device: str | None, resources: TrainingResources
    ) -> tuple[Project, TrainingState, list[Metrics], list[Event]]:
        """See :meth:`cnnviz.training.run_source.RunSource.load`.

        On another device than that of the recorded run, the last bits of later steps may differ. A run that was
        recorded on a GPU goes on on the CPU if there is no GPU.
        """
        step = self.origin.step
        try:
            if is_exact(self.folder, step):
                project, state = _exact(self.folder, step, device)
            else:
                project, state = _from_weights(self.folder, step, device, resources)
        except RunError:
            raise
        except SaidError as error:
            raise RunError(
                Sentence(
                    "Training cannot go on from step {step} of the recorded run “{name}”. {reason}",
                    step=step,
                    name=shown(self.folder.name),
                    reason=said(error),
                )
            ) from error
        entries = read_entries(self.folder, number)
        changes = changes_until(entries.events, step, project, number)
        return project, state, until(entries.metrics, step, state.epoch), changes


def recorded_start(folder: Path, step: int | None = None, *, reopened: bool = False) -> RecordedStart:
    """The moment of the run in ``folder`` after ``step``; without a step the newest one since the run began from which
    training can go on exactly, or else the newest of all.

    ``reopened``: see :class:`~cnnviz.training.origin.Origin`. Raises :class:`RunError` if there is no such moment.
    """
    found = moments(folder)
    if not found:
        raise RunError(Sentence("The recorded run “{name}” has no moments to go on from.", name=shown(folder.name)))
    facts = summarize(folder).facts
    # a run that went on from weights alone began here with a new optimizer, so as at step 0 the weights are the state
    began = facts.parent_step
    exact = {at for at, moment in found.items() if moment.exact or at in (0, began)}
    if step is None:
        # before it stand copies of the moments of the run that this one goes on from
        step = max((at for at in exact if at >= began), default=max(found))
    if step not in found:
        raise RunError(
            Sentence(
                "The recorded run “{name}” has no moment at step {step}; the nearest is at step {nearest}.",
                name=shown(folder.name),
                step=step,
                nearest=nearest_step(found, step),
            )
        )
    return RecordedStart(folder, Origin(folder.name, step, step in exact, reopened, facts.source))


def until(metrics: Sequence[Metrics], step: int, epoch: int) -> list[Metrics]:
    """The metrics of a run up to ``step``, where ``epoch`` epochs are done and validated."""
    found: list[Metrics] = []
    for metric in metrics:
        if isinstance(metric, Evaluation):
            # at the end of an epoch the moment may have been recorded before the evaluations of the same step
            if metric.step <= step and metric.epoch <= epoch:
                found.append(metric)
        elif metric.first_step <= step:
            found.append(_cut(metric, step - metric.first_step + 1))
    return found


def _cut(metric: BatchMetrics, count: int) -> BatchMetrics:
    """The first ``count`` steps of a metric. Its last time is the time of the piece in which it ends."""
    if count >= len(metric.losses):
        return metric
    import numpy as np

    ends, times = [], []
    for end, seconds in metric.pieces():
        ends.append(min(end, count))
        times.append(seconds)
        if end >= count:
            break
    return replace(
        metric,
        losses=metric.losses[:count],
        accuracies=metric.accuracies[:count],
        seconds=times[-1],
        ends=np.array(ends, np.int32),
        times=np.array(times, np.float64),
    )


def _exact(folder: Path, step: int, device: str | None) -> tuple[Project, TrainingState]:
    import torch

    from cnnviz.training import checkpoint

    if device is None and not torch.cuda.is_available():
        device = "cpu"
    return checkpoint.load(checkpoint_path(folder, step), device)


def _from_weights(
    folder: Path, step: int, device: str | None, resources: TrainingResources
) -> tuple[Project, TrainingState]:
    """The training at a moment of which only the weights were recorded."""
    from cnnviz.training.checkpoint_tensors import fill
    from cnnviz.training.state import start

    project, tensors = weights(folder, step)
    placement, report = resources.prepare(project, _placement(folder, device))
    # a later step needs a network that can be trained, because its place among the images is computed; at step 0 the
    # weights may also be only looked at
    problem = next(iter(report.errors), None) if step else report.flaw
    if problem is not None:
        raise RunError(problem.said)
    state = start(project, report, placement)
    fill(state, {f"module/{name}": tensor for name, tensor in tensors.items()}, placement.device.type)
    state.step = step
    state.epoch, state.batch = divmod(step, max(1, resources.batches(project.recipe.batch_size)))
    state.epochs = max(project.recipe.epochs, state.epoch + (state.batch > 0))
    return project, state


def _placement(folder: Path, device: str | None) -> Placement | None:
    """Device, precision and threads of a recorded run; None if they are not known."""
    from cnnviz.training.device import place

    facts = summarize(folder).facts
    if not facts.threads or facts.precision not in ("float32", "bfloat16"):
        return None
    chosen = device or ("cpu" if facts.device == "CPU" else "auto")
    return place(chosen, "float32" if facts.precision == "float32" else "bfloat16", facts.threads)
