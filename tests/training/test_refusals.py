"""What a session cannot do it says in a sentence, whatever it was asked for, so that nobody waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from training_kit import PATIENCE, Watched, project, session, state_of

from cnnviz.data.errors import DataError
from cnnviz.project import edits
from cnnviz.sentence import Sentence
from cnnviz.training import checkpoint, facts, resources
from cnnviz.training.channels import State
from cnnviz.training.events import Refused, RunFailed
from cnnviz.training.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS: dict[str, Callable[[Session], None]] = {
    "play": Session.play,
    "batches": lambda one: one.batches(3),
    "epoch": Session.epoch,
    "stop": Session.stop,
    "go_on": lambda one: one.go_on(one.standing.project),
    "save": lambda one: one.save(Path("nowhere")),
}


def refused(watched: Watched) -> list[str]:
    return [str(one.sentence) for one in watched.session.events.read()[0] if isinstance(one, Refused)]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_network_that_cannot_be_trained_answers_every_command_with_what_is_wrong(name: str) -> None:
    with session(edits.remove(project(), ["flatten"])) as watched:
        COMMANDS[name](watched.session)
        watched.until(lambda: refused(watched))
        (sentence,) = refused(watched)
        assert sentence.startswith("The network cannot be trained. ") and "“drop1”" in sentence
        assert watched.session.trouble() == sentence
        assert watched.session.status.state is State.UNTRAINED


def test_short_memory_is_said_and_looked_at_again_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    free = [10**4]
    monkeypatch.setattr(facts, "available", lambda: free[0])
    with session(project(epochs=1)) as watched:
        watched.session.play()
        watched.until(lambda: refused(watched))
        assert "10 kB of memory" in refused(watched)[0]
        free[0] = 10**10
        watched.session.play()
        watched.in_state(State.FINISHED)
        assert watched.session.trouble() == ""


def test_before_the_first_step_going_on_is_training() -> None:
    one = project(epochs=1)
    with session(one) as watched:
        watched.session.go_on(edits.set_parameter(one, "fc1", "bias", False))
        watched.in_state(State.FINISHED)
        weights = watched.session.weights.latest
        assert weights is not None and "fc1.bias" not in weights.tensors


def gone(*_: object, **__: object) -> None:
    raise DataError(Sentence("“images” could not be read: Input/output error."))


def test_without_the_images_of_the_run_before_the_present_one_stays() -> None:
    one = project()
    other = replace(one, dataset=replace(one.dataset, validation=20))
    with session(one) as watched:
        watched.session.batches(3)
        watched.in_state(State.PAUSED)
        watched.session.reset(other)
        watched.session.batches(2)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.state is State.PAUSED)
        with patch.object(resources, "load_choice", gone):
            watched.session.back()
            watched.until(lambda: refused(watched))
        assert refused(watched) == ["“images” could not be read: Input/output error."]
        assert (watched.session.status.run, watched.session.status.step) == (2, 2)
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
        assert watched.session.status.step == 3
        assert watched.session.standing.previous is not None and watched.session.standing.previous.run == 2


def test_without_the_images_of_a_checkpoint_the_present_run_stays(tmp_path: Path) -> None:
    one = project()
    other = replace(one, dataset=replace(one.dataset, validation=20))
    checkpoint.save(state_of(other), other, tmp_path)
    with session(one) as watched:
        watched.session.batches(3)
        watched.in_state(State.PAUSED)
        with patch.object(resources, "load_choice", gone):
            watched.session.resume(tmp_path)
            watched.until(lambda: refused(watched))
        assert (watched.session.status.run, watched.session.status.state) == (1, State.PAUSED)


def test_nothing_to_go_back_to_and_nothing_to_test_are_said() -> None:
    with session(project()) as watched:
        watched.session.back()
        watched.session.stop()
        watched.until(lambda: len(refused(watched)) == 2)
        assert "no run before this one" in refused(watched)[0]
        assert "nothing to test" in refused(watched)[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_device_that_is_not_there_answers_every_command(name: str) -> None:
    watched = Watched(Session(project(), "cuda:99"))
    watched.session.start()
    try:
        watched.in_state(State.FAILED)
        COMMANDS[name](watched.session)
        watched.until(lambda: refused(watched))
        assert refused(watched) == ["This run failed: start over."]
        assert sum(isinstance(one, RunFailed) for one in watched.session.events.read()[0]) == 1
    finally:
        assert watched.session.close(PATIENCE)


@pytest.mark.parametrize("name", ["reset", "back", "resume", *COMMANDS])
def test_a_session_that_cannot_load_what_trains_answers_every_command(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cnnviz.training.driver", None)
    more: dict[str, Callable[[Session], None]] = {
        "reset": lambda one: one.reset(one.standing.project),
        "back": Session.back,
        "resume": lambda one: one.resume(Path("nowhere")),
    }
    watched = Watched(Session(project(), "cpu"))
    watched.session.start()
    try:
        watched.in_state(State.FAILED)
        (COMMANDS | more)[name](watched.session)
        watched.until(lambda: refused(watched))
        assert refused(watched)[0].startswith("PyTorch could not be loaded")
    finally:
        assert watched.session.close(PATIENCE)


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from cnnviz.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        ["train", "fast"],
        ["train", "fast", "--save", "kept"],
        ["turns", "ours"],
        ["tour", "--out", "out"],
        ["tour", "--soak", "1.5"],
        ["bench", "--builder"],
        ["smoke"],
    ],
)
def test_no_command_waits_for_a_session_without_torch(command: list[str], tmp_path: Path) -> None:
    done = _ends([sys.executable, "-c", WITHOUT_TORCH, *command], tmp_path)
    said = "".join((done.stdout + done.stderr).split())
    assert done.returncode in (1, 2) and "PyTorchcouldnotbeloaded" in said


def test_a_command_ends_where_the_session_finds_less_memory_than_it_had_found_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cnnviz", "train", "fast", "--batches", "3", "--batch-size", "4096"]
    # torch takes what there was when the command looked
    done = _ends(["sh", "-c", 'ulimit -v 2000000; exec "$@"', "sh", *command], tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("cnnviz: ") and done.stderr.count("\n") == 1


def _ends(command: list[str], folder: Path) -> Any:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=280, cwd=folder, env=environment
    )
