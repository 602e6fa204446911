"""Each trial of a sweep counts once, whoever makes it, and the trial of an ended process is tried again."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import optuna
import pytest
from sweep_kit import AXES, PROJECT

from cnnviz.sweeps import trials
from cnnviz.sweeps.results import best_of, importances, results
from cnnviz.sweeps.storage import SweepError, open_storage, open_study
from cnnviz.sweeps.trials import (
    SEEN,
    begin,
    give_up_lost,
    has_ended,
    silent_minutes,
    suggested,
    this_worker,
    try_first,
    under_way,
    valid,
)
from cnnviz.sweeps.work import Work, work

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.sweeps.space import Value

KILLED = """
import json, signal, sys
import optuna
from cnnviz.project.templates import TEMPLATES
from cnnviz.sweeps.space import axis
from cnnviz.sweeps.storage import open_storage
from cnnviz.sweeps.trials import begin, suggested
study = optuna.load_study(study_name="sweep", storage=open_storage(sys.argv[1], "sweep"))
project = TEMPLATES["lenet-5"].project()
axes = [axis(text, project) for text in ("learning_rate=log:1e-4:1", "batch_size=16:256", "optimizer=sgd,adam")]
print(json.dumps(suggested(begin(study, 1), axes)), flush=True)
signal.pause()
"""
"""A process that begins the trial of a sweep with one trial, and is killed."""


@pytest.fixture(params=["sweep.sqlite", "sweep.journal"])
def study(request: pytest.FixtureRequest, tmp_path: Path) -> optuna.Study:
    """A study in each kind of file."""
    storage = open_storage(str(tmp_path / request.param), "sweep")
    return open_study(storage, "sweep", AXES, "digest", "lenet-5", "median", 1)


@pytest.fixture
def in_memory() -> optuna.Study:
    """A study without a file, for what does not depend on the storage."""
    return open_study(optuna.storages.InMemoryStorage(), "sweep", AXES, "digest", "lenet-5", "median", 1)


def ended_worker() -> str:
    """The name of a process that has ended."""
    process = subprocess.run(
        [sys.executable, "-c", "from cnnviz.sweeps.trials import this_worker; print(this_worker())"],
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.strip()


def test_values_are_in_their_ranges(in_memory: optuna.Study) -> None:
    for _ in range(20):
        values = suggested(in_memory.ask(), AXES)
        assert 1e-4 <= float(values["learning_rate"]) <= 1
        assert isinstance(values["batch_size"], int)
        assert 16 <= values["batch_size"] <= 256
        assert values["optimizer"] in ("sgd", "adam")


def test_no_more_trials_begin_than_were_asked_for(study: optuna.Study) -> None:
    begun = [begin(study, 3) for _ in range(5)]
    assert [each is not None for each in begun] == [True, True, True, False, False]
    assert len(study.trials) == 3


def test_of_two_last_trials_begun_at_the_same_time_one_is_given_up(
    study: optuna.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begin(study, 1)
    assert first is not None
    # the other process has counted before the first trial began
    count = iter([[], valid(study.get_trials())])
    monkeypatch.setattr(trials, "valid", lambda _: next(count))
    assert begin(study, 1) is None
    assert [each.number for each in valid(study.get_trials())] == [0]


def test_an_interrupt_while_a_trial_begins_leaves_none_under_way(
    study: optuna.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def interrupted(made: list[optuna.trial.FrozenTrial]) -> list[optuna.trial.FrozenTrial]:
        calls.append(len(made))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return valid(made)

    monkeypatch.setattr(trials, "valid", interrupted)
    what = Work(PROJECT, "lenet-5", AXES, 3, "cpu", 1, record=False)
    with pytest.raises(KeyboardInterrupt):
        work(study, what, lambda _: None, lambda *_: None)
    assert calls == [0, 1]
    assert len(study.trials) == 1 and not trials.under_way(study.get_trials())
    assert valid(study.get_trials()) == []


def test_the_trial_of_an_ended_process_is_tried_again_once(study: optuna.Study) -> None:
    trial = begin(study, 2)
    assert trial is not None
    values = suggested(trial, AXES)
    trial.set_user_attr(trials.WORKER, ended_worker())
    assert give_up_lost(study) == 1
    assert give_up_lost(study) == 0
    assert valid(study.get_trials()) == []
    again = begin(study, 2)
    assert again is not None
    assert suggested(again, AXES) == values
    study.tell(again, 0.5)
    assert [each.state for each in results(study.get_trials())] == ["complete"]


def test_the_trial_of_another_machine_is_tried_again_if_that_was_not_seen_for_long(study: optuna.Study) -> None:
    trial = begin(study, 2)
    assert trial is not None
    trial.set_user_attr(trials.WORKER, "elsewhere 1 0.00")
    assert give_up_lost(study) == 0
    trial.set_user_attr(trials.SEEN, time.time() - trials.UNSEEN_SECONDS - 1)
    assert give_up_lost(study) == 1


def test_the_values_of_the_project_itself_are_tried_first_and_once(study: optuna.Study) -> None:
    own: dict[str, Value] = {"learning_rate": 0.004, "batch_size": 64, "optimizer": "adam"}
    for _ in range(2):
        try_first(study, own)
    first = begin(study, 3)
    assert first is not None and suggested(first, AXES) == own
    # also if its process has ended
    first.set_user_attr(trials.WORKER, ended_worker())
    assert give_up_lost(study) == 1
    again = begin(study, 3)
    assert again is not None and suggested(again, AXES) == own
    try_first(study, own)
    other = begin(study, 3)
    assert other is not None and suggested(other, AXES) != own
    assert [each.own for each in results(study.get_trials())] == [True, False]


@pytest.mark.parametrize("file", ["sweep.sqlite", "sweep.journal"])
def test_the_trial_of_a_process_that_was_killed_is_tried_again(tmp_path: Path, file: str) -> None:
    where = str(tmp_path / file)
    study = open_study(open_storage(where, "sweep"), "sweep", AXES, "digest", "lenet-5", "none", 1)
    line = [sys.executable, "-c", KILLED, where]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        values = json.loads(process.stdout.readline())
        assert give_up_lost(study) == 0
        process.kill()
    assert give_up_lost(study) == 1
    again = begin(study, 1)
    assert again is not None and suggested(again, AXES) == values
    study.tell(again, 0.5)
    assert begin(study, 1) is None
    assert [each.state for each in results(study.get_trials())] == ["complete"]


def test_a_living_process_keeps_its_trial(study: optuna.Study) -> None:
    assert begin(study, 2) is not None
    assert give_up_lost(study) == 0
    assert not has_ended(this_worker())
    assert not has_ended("elsewhere 1 0.00")
    assert not has_ended("")
    assert has_ended(ended_worker())
    assert has_ended(f"{this_worker().split()[0]} {os.getpid()} then")


def test_a_process_of_this_machine_is_never_silent(in_memory: optuna.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "a machine")
    trial = begin(in_memory, 1)
    assert trial is not None
    trial.set_user_attr(SEEN, time.time() - 600)
    assert [silent_minutes(each) for each in under_way(in_memory.get_trials())] == [0]


def test_a_clock_that_is_corrected_ends_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = this_worker()
    if sys.platform == "linux":
        # psutil adds the uptime to the time when the computer was started, which follows the clock
        from psutil import _pslinux

        booted = _pslinux.boot_time()
        monkeypatch.setattr(_pslinux, "boot_time", lambda: booted + 1)
        assert this_worker() != worker
    assert not has_ended(worker)


def test_a_zombie_has_ended() -> None:
    code = "from cnnviz.sweeps.trials import this_worker; print(this_worker(), flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = process.stdout.readline().strip()
        process.stdout.read()
        # its output has ended, so it ends; nobody has waited for it yet
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert has_ended(worker)


def test_another_network_or_other_values_need_another_name(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "sweep.sqlite"), "sweep")
    open_study(storage, "sweep", AXES, "digest", "lenet-5", "none", None)
    open_study(storage, "sweep", AXES, "digest", "lenet-5", "none", None)
    for axes, digest in ((AXES[:1], "digest"), (AXES, "other")):
        with pytest.raises(SweepError, match="choose another --name"):
            open_study(storage, "sweep", axes, digest, "lenet-5", "none", None)


@pytest.mark.parametrize("where", ["nothing://here", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_storage_that_cannot_be_opened_is_a_sentence(where: str) -> None:
    with pytest.raises(SweepError, match="The sweep cannot be kept in"):
        open_storage(where, "sweep")


def test_the_best_trial_and_what_mattered(in_memory: optuna.Study) -> None:
    for _ in range(30):
        trial = begin(in_memory, 30)
        assert trial is not None
        values = suggested(trial, AXES)
        in_memory.tell(trial, 1.0 if values["optimizer"] == "adam" else 0.0)
    found = results(in_memory.get_trials())
    best = best_of(found)
    assert best is not None
    assert best.values["optimizer"] == "adam"
    shares = importances(in_memory)
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=lambda target: shares[target]) == "optimizer"
