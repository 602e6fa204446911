"""Makes the trials of a sweep, one after the other, beside other processes that may work on the same study."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from cnnviz.network.layers import ParameterError
from cnnviz.project.file import to_json
from cnnviz.project.recipe import RecipeError
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.sentence import SaidError
from cnnviz.sweeps import trials
from cnnviz.sweeps.space import applied
from cnnviz.sweeps.storage import is_of_storage, library
from cnnviz.sweeps.training import Outcome, train

if TYPE_CHECKING:
    from collections.abc import Callable

    import optuna

    from cnnviz.project.project import Project
    from cnnviz.sweeps.space import Axis, Value
    from cnnviz.training.channels import Status

POLL_SECONDS = 1.0
"""How often a process without a trial looks whether another process has ended and left its trial."""


@dataclass(frozen=True)
class Work:
    """What each trial trains: ``project`` named ``network`` with values of ``axes``; in all ``most`` trials."""

    project: Project
    network: str
    axes: tuple[Axis, ...]
    most: int
    device: str = "auto"
    threads: int | None = None
    record: bool = True


def digest(project: Project) -> str:
    """A text that differs for projects that are trained differently; names and places of layers count too."""
    return sha256(to_json(project, compact=True).encode()).hexdigest()


def work(
    study: optuna.Study,
    what: Work,
    on_ended: Callable[[optuna.trial.FrozenTrial], None],
    on_status: Callable[[int, Status], None],
) -> None:
    """Make trials until all have been made; ``on_ended`` is called after each one of this process.

    ``on_status`` is called now and then with the number of a trial and the status of its training. The values of a
    trial that an ended process has left are tried again.
    """
    try:
        while True:
            trials.give_up_lost(study)
            trial = trials.begin(study, what.most)
            if trial is not None:
                values = trials.suggested(trial, what.axes)
                _conclude(study, trial, values, _train(trial, values, what, partial(on_status, trial.number)))
                on_ended(study.get_trials(deepcopy=False)[trial.number])
            elif trials.under_way(study.get_trials(deepcopy=False)):
                time.sleep(POLL_SECONDS)
            else:
                return
    except BaseException as error:
        # the trial of a process that ends does not count, even if the process ends while the trial begins
        if not is_of_storage(error):
            with suppress(Exception):
                trials.give_up_own(study)
        raise


def _conclude(study: optuna.Study, trial: optuna.Trial, values: dict[str, Value], outcome: Outcome) -> None:
    """Keep what became of a trial."""
    optuna_states = library().trial.TrialState
    if outcome.run:
        trial.set_user_attr(trials.RUN, outcome.run)
        with suppress(SaidError):
            name = f"{study.study_name} {trial.number}"
            Library(runs_folder()).label(outcome.run, name, json.dumps(values))
    if outcome.reason:
        trial.set_user_attr(trials.REASON, outcome.reason)
    if outcome.accuracy is None:
        study.tell(trial, state=optuna_states.FAIL)
    elif outcome.pruned or outcome.reason:
        study.tell(trial, state=optuna_states.PRUNED)
    else:
        study.tell(trial, outcome.accuracy)


def _train(trial: optuna.Trial, values: dict[str, Value], what: Work, on_status: Callable[[Status], None]) -> Outcome:
    seen = time.monotonic()

    def at_work(status: Status) -> None:
        nonlocal seen
        if time.monotonic() - seen >= trials.SEEN_SECONDS:
            seen = time.monotonic()
            trial.set_user_attr(trials.SEEN, time.time())
        on_status(status)

    def goes_on(epoch: int, accuracy: float) -> bool:
        trial.report(accuracy, epoch)
        return epoch >= project.recipe.epochs or not trial.should_prune()

    try:
        project = applied(what.project, values)
    except (RecipeError, ParameterError) as error:
        return Outcome(None, reason=str(error))
    outcome = train(project, what.network, what.device, what.threads, goes_on, at_work, record=what.record)
    if outcome.accuracy is None and outcome.reason:
        # such as a loss that is no number in the first epoch: Optuna avoids these values only if they have an accuracy
        trial.report(0.0, 1)
        return replace(outcome, accuracy=0.0)
    return outcome
