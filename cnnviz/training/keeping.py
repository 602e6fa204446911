"""How a session deals with checkpoints: what it says of one that was written, and of the run that one brings."""

from __future__ import annotations

import logging
from pathlib import Path

from cnnviz.files import shown
from cnnviz.project.project import Project
from cnnviz.training.channels import RunSaved, SaveFailed, State, Status
from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)


def save(run: int, state: TrainingState, project: Project, folder: Path) -> RunSaved | SaveFailed:
    """Write ``state``, a training of ``project``, to ``folder``; tells how that went, and never raises."""
    # not at the top: only who keeps trainings waits for what that takes to be loaded
    from cnnviz.training import checkpoint

    try:
        checkpoint.save(state, project, folder)
    except Exception as error:
        # whatever it is, what is trained is whole: it goes on, and the next save may succeed
        log.warning("a run could not be saved", exc_info=error)
        known = isinstance(error, checkpoint.CheckpointError)
        sentence = str(error) if known else f"“{shown(folder)}” could not be saved: {error}"
        return SaveFailed(run, state.step, folder, sentence)
    return RunSaved(run, state.step, folder)


def status_of(run: int, state: TrainingState, batches: int) -> Status:
    """The status of a run that a checkpoint brings, at rest; an epoch has ``batches``."""
    return Status(
        state=State.FINISHED if state.epoch >= state.epochs else State.PAUSED,
        run=run,
        epoch=state.epoch,
        epochs=state.epochs,
        planned=state.planned,
        batch=state.batch,
        batches=batches,
        step=state.step,
        ready=True,
        device=state.placement.describe(),
        precision=state.placement.precision,
        threads=state.placement.threads,
    )
