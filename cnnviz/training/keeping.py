"""How a session deals with checkpoints: what it says of one that was written, and the run that one brings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from cnnviz.files import shown
from cnnviz.project.project import Project
from cnnviz.training.channels import BatchMetrics, Metrics, RunSaved, SaveFailed, State, Status
from cnnviz.training.continuing import Memory
from cnnviz.training.session import Session
from cnnviz.training.shelf import Left
from cnnviz.training.state import TrainingState
from cnnviz.training.workplace import Workplace

log = logging.getLogger(__name__)


def save(session: Session, state: TrainingState, project: Project, folder: Path) -> RunSaved | SaveFailed:
    """Write ``state``, the present run of ``session`` and a training of ``project``, to ``folder``, with its metrics.

    Tells how that went, and never raises.
    """
    run = session.status.run
    # not at the top: only who keeps trainings waits for what that takes to be loaded
    from cnnviz.training import checkpoint

    try:
        checkpoint.save(state, project, folder, [one for one in session.metrics.read()[0] if one.run == run])
    except Exception as error:
        # whatever it is, what is trained is whole: it goes on, and the next save may succeed
        log.warning("a run could not be saved", exc_info=error)
        known = isinstance(error, checkpoint.CheckpointError)
        sentence = str(error) if known else f"“{shown(folder)}” could not be saved: {error}"
        return SaveFailed(run, state.step, folder, sentence)
    return RunSaved(run, state.step, folder)


def brought(run: int, state: TrainingState, project: Project, place: Workplace, metrics: Sequence[Metrics]) -> Left:
    """The run that a checkpoint brings with what was measured of it, at rest."""
    measured = [one for one in metrics if isinstance(one, BatchMetrics)]
    seconds = max((one.seconds for one in metrics), default=0.0)
    status = Status(
        state=State.FINISHED if state.epoch >= state.epochs else State.PAUSED,
        run=run,
        epoch=state.epoch,
        epochs=state.epochs,
        planned=state.planned,
        batch=state.batch,
        batches=place.batches(project.recipe.batch_size),
        step=state.step,
        # as many as belong to the seconds that are known
        images=sum(len(one.losses) for one in measured) * state.recipe.batch_size,
        ready=True,
        device=state.placement.describe(),
        precision=state.placement.precision,
        threads=state.placement.threads,
    )
    return Left(run, project, state, Memory(), seconds, status)
