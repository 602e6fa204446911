"""The trials of a sweep: who works on which, how many are left, and what became of those whose process has ended.

Several processes may work on one study. Each trial says which process trains it, so that another process can see that
this one has ended. Its trial is then marked as failed, and its values are tried again.
"""

from __future__ import annotations

import os
import platform
import time
from typing import TYPE_CHECKING

from cnnviz.processes import Owner
from cnnviz.sweeps.storage import library

if TYPE_CHECKING:
    import optuna

    from cnnviz.sweeps.space import Axis, Value

MOST_TRIALS, MOST_JOBS = 100_000, 256
"""The most trials of a sweep, and the most at the same time."""
USUAL_TRIALS = 20
"""The number of trials unless another is asked for."""
SEEN_SECONDS = 60.0
"""How often a process says that it is at work."""
UNSEEN_SECONDS = 900.0
"""A process of another machine that was not at work for so long has ended; clocks may differ by a few minutes."""
UNNAMED_SECONDS = 60.0
"""A process writes its name to a trial right after it has begun it. If a trial has no name after this time, its process
has ended in between."""
WORKER = "worker"
"""The attribute of a trial that names its process."""
SEEN = "seen"
"""The attribute of a trial with the time when its process was at work."""
OWN = "own"
"""The attribute of the trial that has the values of the project itself."""
LOST = "lost"
"""The attribute of a trial whose process has ended before it: it does not count."""
SURPLUS = "surplus"
"""The attribute of a trial that is one too many, as two processes began the last one together: it does not count."""
REASON = "reason"
"""The attribute of a trial that could not be trained, or whose loss was no longer a number."""
RUN = "run"
"""The attribute with the id of the recorded run of a trial."""


def this_worker() -> str:
    """This process: machine, number, and the time when it began."""
    return worker_of(os.getpid())


def worker_of(number: int) -> str:
    """The process of this number, as :func:`this_worker` names it; the time is 0 if it has ended."""
    import psutil

    try:
        began = psutil.Process(number).create_time()
    except psutil.NoSuchProcess:
        began = 0.0
    return f"{platform.node()} {number} {began:.2f}"


def number_of(worker: str) -> int | None:
    """The number of a process of this machine that :func:`worker_of` has named; None for one of another machine."""
    # filled up, because a damaged storage may hold any text
    node, number, _ = (*worker.rsplit(" ", 2), "", "")[:3]
    return int(number) if node == platform.node() and number.isdecimal() else None


def has_ended(worker: str) -> bool:
    """Whether a process of this machine has ended; False for one of another machine."""
    number = number_of(worker)
    if number is None:
        return False
    try:
        return not Owner.read(number, float(worker.rpartition(" ")[2])).alive
    except ValueError:
        # no process can be named so
        return True


def is_lost(trial: optuna.trial.FrozenTrial) -> bool:
    """Whether the process of a trial has ended, perhaps before it gave the trial its name."""
    worker: str | None = trial.user_attrs.get(WORKER)
    now = time.time()
    if worker is None:
        began = trial.datetime_start
        return began is not None and now - began.timestamp() > UNNAMED_SECONDS
    if number_of(worker) is not None:
        return has_ended(worker)
    return now - float(trial.user_attrs.get(SEEN, now)) > UNSEEN_SECONDS


def silent_minutes(trial: optuna.trial.FrozenTrial) -> int:
    """For how many minutes a process of another machine has not said that it is at work; 0 while at most one message
    is missing, and for a process of this machine, of which :func:`is_lost` knows whether it has ended."""
    worker, seen = trial.user_attrs.get(WORKER), trial.user_attrs.get(SEEN)
    if worker is None or seen is None or number_of(worker) is not None:
        return 0
    silent = time.time() - float(seen)
    return int(silent // 60) if silent > 2 * SEEN_SECONDS else 0


def try_first(study: optuna.Study, values: dict[str, Value]) -> None:
    """Have the first trial of a new study take these values, which are those of the project itself."""
    if not study.get_trials(deepcopy=False):
        study.enqueue_trial(values, {OWN: True}, skip_if_exists=True)


def suggested(trial: optuna.Trial, axes: tuple[Axis, ...]) -> dict[str, Value]:
    """The values that Optuna chooses for a trial, by target."""
    found: dict[str, Value] = {}
    for axis in axes:
        log = axis.scale == "log"
        if axis.choices:
            found[axis.target] = trial.suggest_categorical(axis.target, axis.choices)  # type: ignore[assignment]
        elif axis.whole:
            found[axis.target] = trial.suggest_int(axis.target, int(axis.low), int(axis.high), log=log)
        else:
            found[axis.target] = trial.suggest_float(axis.target, axis.low, axis.high, log=log)
    return found


def valid(trials: list[optuna.trial.FrozenTrial]) -> list[optuna.trial.FrozenTrial]:
    """The trials that count: ended or under way."""
    waiting = library().trial.TrialState.WAITING
    return [
        trial
        for trial in trials
        if trial.state != waiting and not (trial.user_attrs.get(LOST) or trial.user_attrs.get(SURPLUS))
    ]


def under_way(trials: list[optuna.trial.FrozenTrial]) -> list[optuna.trial.FrozenTrial]:
    """The trials that a process works on."""
    running = library().trial.TrialState.RUNNING
    return [trial for trial in trials if trial.state == running]


def begin(study: optuna.Study, most: int) -> optuna.Trial | None:
    """Begin a trial, unless ``most`` have been made or are under way.

    Two processes may begin the last trial at the same moment; the later one of them is given up.
    """
    if len(valid(study.get_trials(deepcopy=False))) >= most:
        return None
    trial = study.ask()
    trial.set_user_attr(WORKER, this_worker())
    trial.set_user_attr(SEEN, time.time())
    before = [each for each in valid(study.get_trials(deepcopy=False)) if each.number < trial.number]
    if len(before) < most:
        return trial
    trial.set_user_attr(SURPLUS, True)
    study.tell(trial, state=library().trial.TrialState.FAIL)
    return None


def give_up_own(study: optuna.Study) -> None:
    """Mark the trials that this process works on as failed and lost."""
    optuna = library()
    for trial in under_way(study.get_trials(deepcopy=False)):
        if trial.user_attrs.get(WORKER) == this_worker():
            study._storage.set_trial_user_attr(trial._trial_id, LOST, True)
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def give_up_lost(study: optuna.Study) -> int:
    """Mark the trials of processes that have ended as failed, and put their values in the queue; returns their number.

    Several processes may find the same trial. A storage refuses to end a trial twice, so only the first of them
    puts its values in the queue.
    """
    optuna = library()
    number = 0
    for trial in under_way(study.get_trials(deepcopy=False)):
        if not is_lost(trial):
            continue
        try:
            study._storage.set_trial_user_attr(trial._trial_id, LOST, True)
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        except (ValueError, RuntimeError, KeyError):
            continue
        study.enqueue_trial(trial.params, {OWN: True} if trial.user_attrs.get(OWN) else None)
        number += 1
    return number
