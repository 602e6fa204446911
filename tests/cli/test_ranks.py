"""``cnnviz train`` under torchrun: one run is recorded, a lost process is noticed, and a restart goes on exactly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from small_images import small_images

from cnnviz.cli import main
from cnnviz.cli.ranks import restarted_from
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
EPOCHS = 20
LONG = 150
"""Epochs that take longer than until a moment is recorded exactly."""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random images whose upper half is brighter the higher the class."""
    return small_images(tmp_path_factory.mktemp("images"))


def arguments(images: Path, epochs: int = EPOCHS) -> list[str]:
    """A short training that differs in each step, with chance in it."""
    chosen = [
        "--data",
        str(images),
        "--epochs",
        str(epochs),
        "--precision",
        "float32",
        "--json",
        "--peer-timeout",
        "60",
    ]
    return ["train", "lenet-5", *chosen]


def recorded_exactly() -> bool:
    """Whether a moment after the first step was recorded from which the unfinished run goes on exactly."""
    unfinished = [run for run in Library(runs_folder()).runs() if not run.numbers.finished]
    return any(moment.exact and moment.step > 0 for run in unfinished for moment in run.moments)


class Training:
    """A training by two processes that torchrun has started."""

    def __init__(self, *arguments: str, restarts: int = 0) -> None:
        line = [*TORCHRUN, "--max-restarts", str(restarts), "-m", "cnnviz", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        self._process = subprocess.Popen(
            line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def lines(self) -> Iterator[dict[str, Any]]:
        """What the leading process prints, as it comes."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)

    def kill(self, rank: int) -> None:
        """End one of the processes at once."""
        (process,) = (
            each
            for each in psutil.Process(self._process.pid).children(recursive=True)
            if each.environ().get("RANK") == str(rank)
        )
        process.send_signal(signal.SIGKILL)

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        """Exit code, further lines, and what was complained about."""
        output, complaint = self._process.communicate(timeout=240)
        return self._process.returncode, [json.loads(line) for line in output.splitlines()], complaint


def started_again(name: str, *options: str) -> list[dict[str, Any]]:
    """The lines of a training by two processes that goes on with a recorded run."""
    code, lines, complaint = Training("runs", "resume", name, *options).end()
    assert code == 0, complaint
    return lines


@pytest.mark.usefixtures("recording")
def test_a_lost_process_ends_the_others_and_the_run_goes_on_with_the_same_bits(images: Path) -> None:
    code, whole, complaint = Training(*arguments(images)).end()
    assert code == 0, complaint
    assert (whole[-1]["processes"], whole[-1]["batch_norm"]) == (2, "synchronized")
    (recorded,) = Library(runs_folder()).runs()
    assert recorded.numbers.steps == whole[-1]["steps"]

    broken = Training(*arguments(images))
    for line in broken.lines():
        if line["epoch"] == 2:
            broken.kill(1)
            break
    code, _, complaint = broken.end()
    assert code != 0
    assert "cnnviz: Another process of this training has ended" in complaint
    cut = next(run for run in Library(runs_folder()).runs() if run.id != recorded.id)
    assert not cut.numbers.finished
    again = started_again(cut.id, "--json")
    assert again[-1]["weights"] == whole[-1]["weights"]
    # and by one process: the same up to the order of sums
    assert main(["runs", "resume", cut.id, "--json"]) == 0


@pytest.mark.usefixtures("recording")
def test_torchrun_starts_the_training_again_where_it_was(images: Path) -> None:
    code, whole, complaint = Training(*arguments(images, LONG)).end()
    assert code == 0, complaint
    broken = Training(*arguments(images, LONG), restarts=5)
    for _ in broken.lines():
        if recorded_exactly():
            broken.kill(0)
            break
    else:
        pytest.fail("the training ended before a moment was recorded exactly")
    code, lines, complaint = broken.end()
    assert code == 0, complaint
    # the epochs before the last recorded moment are not trained again
    validations = [line["epoch"] for line in lines if line.get("split") == "validation"]
    assert len(validations) < LONG + 3
    assert validations[-LONG:] != [*range(1, LONG + 1)]
    assert lines[-1]["weights"] == whole[-1]["weights"]


def test_nothing_goes_on_at_the_first_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RESTART_COUNT", raising=False)
    assert restarted_from("lenet-5", None) is None
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert restarted_from("lenet-5", None) is None


def test_a_batch_that_is_too_small_for_all_is_refused(images: Path) -> None:
    code, _, complaint = Training(*arguments(images), "--batch-size", "3").end()
    assert code != 0
    assert "A batch of 3 cannot be shared by 2 processes" in complaint
    assert "choose --batch-size 4 or more." in complaint
