"""Writes a run to a checkpoint, and makes a suspended run of a checkpoint that was read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cnnviz.files import shown
from cnnviz.sentence import Sentence, said
from cnnviz.training.channels import BatchMetrics, Metrics, State, Status
from cnnviz.training.continuing import DroppedLayers
from cnnviz.training.events import RunSaved, SaveFailed
from cnnviz.training.run import SuspendedRun

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)


def save(
    run: int, state: TrainingState, project: Project, folder: Path, metrics: Sequence[Metrics]
) -> RunSaved | SaveFailed:
    """Write ``state``, a training of ``project``, to ``folder``, with the ``metrics`` of ``run``.

    Returns the event that tells whether it worked; never raises.
    """
    # not at the top of the file: its imports take time, and most sessions save nothing
    from cnnviz.training import checkpoint
    from cnnviz.training.checkpoint_entry import CheckpointError

    try:
        checkpoint.save(state, project, folder, metrics)
    except Exception as error:
        # the training itself is intact: it goes on, and the next save may succeed
        log.warning("a run could not be saved", exc_info=error)
        if isinstance(error, CheckpointError):
            sentence = error.sentence
        else:
            sentence = Sentence("“{folder}” could not be saved: {reason}", folder=shown(folder), reason=said(error))
        return SaveFailed(run, state.step, folder, sentence)
    return RunSaved(run, state.step, folder)


def suspended(
    run: int, state: TrainingState, project: Project, batches: int, metrics: Sequence[Metrics]
) -> SuspendedRun:
    """The run of a checkpoint with its ``metrics``, suspended, as run number ``run``; an epoch has ``batches``."""
    measured = [metric for metric in metrics if isinstance(metric, BatchMetrics)]
    seconds = max((metric.seconds for metric in metrics), default=0.0)
    status = Status(
        state=State.FINISHED if state.epoch >= state.epochs else State.PAUSED,
        run=run,
        epoch=state.epoch,
        epochs=state.epochs,
        planned=state.planned,
        batch=state.batch,
        batches=batches,
        step=state.step,
        # those of the steps in ``metrics`` alone, as ``seconds`` is their time
        images=sum(len(each.losses) for each in measured) * state.recipe.batch_size,
        ready=True,
        device=state.placement.describe(),
        precision=state.placement.precision,
        threads=state.placement.threads,
    )
    return SuspendedRun(run, project, state, DroppedLayers(), seconds, status)
