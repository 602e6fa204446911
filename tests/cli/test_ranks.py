"""``cnnviz train`` under torchrun: one run is recorded, a lost process is noticed, and a restart goes on exactly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import torch
from small_images import small_images
from torch.distributed import TCPStore  # type: ignore[attr-defined] # torch's types leave it out

from cnnviz.cli import main
from cnnviz.cli.ranks import restarted_from
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warm_python import WarmPython

PROGRAM = str(Path(__file__).parents[1] / "ranks_commands.py")
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
EPOCHS = 24
Line = dict[str, Any]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random images whose upper half is brighter the higher the class."""
    return small_images(tmp_path_factory.mktemp("images"))


def training(images: Path, *options: str) -> list[str]:
    """A short training that differs in each step, with chance in it."""
    chosen = ["--data", str(images), "--epochs", str(EPOCHS), "--precision", "float32", "--peer-timeout", "60"]
    return ["train", "lenet-5", *chosen, "--json", *options]


class Process:
    """A process, whose output is JSON, of the command line ``python`` and its arguments."""

    def __init__(self, python: list[str], *line: str, **variables: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
        self._process = subprocess.Popen(
            [*python, *line], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid

    def lines(self) -> Iterator[Line]:
        """What is printed, as it comes."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)

    def kill(self) -> None:
        """End it at once."""
        self._process.send_signal(signal.SIGKILL)

    def end(self) -> tuple[int, list[Line], str]:
        """Exit code, further lines, and what was complained about."""
        output, complaint = self._process.communicate(timeout=240)
        return self._process.returncode, [json.loads(line) for line in output.splitlines()], complaint


class Pair:
    """Two processes that run the same command lines together, as torchrun starts them."""

    def __init__(self, warm: WarmPython, *lines: list[str], **variables: str) -> None:
        self._store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
        shared = {
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(self._store.port),
            "TORCHELASTIC_USE_AGENT_STORE": "True",
            "WORLD_SIZE": "2",
            **variables,
        }
        self.leading, self.other = (
            Process(warm.line, PROGRAM, json.dumps(lines), RANK=rank, LOCAL_RANK=rank, **shared) for rank in "01"
        )

    def end(self) -> tuple[int, list[Line], str]:
        """Exit code, lines and complaint of the leading process."""
        self.other.end()
        return self.leading.end()


@dataclass(frozen=True)
class Whole:
    """A training that was not interrupted: where it was recorded, what it has printed, and what a training before it in
    the same processes complained about."""

    home: Path
    lines: list[Line]
    complaint: str

    @property
    def result(self) -> Line:
        """The result of the training; the exit code is printed after it."""
        return self.lines[-2]


@pytest.fixture(scope="module")
def whole(images: Path, tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython) -> Whole:
    """The training by two processes, after one whose batches are too small for two."""
    home = tmp_path_factory.mktemp("whole")
    lines = training(images, "--batch-size", "3"), training(images)
    code, told, complaint = Pair(warm_python, *lines, CNNVIZ_HOME=str(home), CNNVIZ_RECORD="1").end()
    assert code == 0, complaint
    return Whole(home, told, complaint)


def test_two_processes_record_one_run(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (whole.result["processes"], whole.result["batch_norm"]) == (2, "synchronized")
    monkeypatch.setenv("CNNVIZ_HOME", str(whole.home))
    (recorded,) = Library(runs_folder()).runs()
    assert recorded.numbers.steps == whole.result["steps"]


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_more_processes_than_gpus_are_refused(
    device: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for name, value in {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert main(["train", "fast", "--device", device]) == 2
    assert "this machine has 1 for 2 processes: start fewer with --nproc-per-node" in capsys.readouterr().err


def test_a_batch_that_is_too_small_for_all_is_refused(whole: Whole) -> None:
    assert whole.lines[0] == {"code": 2}
    assert "A batch of 3 cannot be shared by 2 processes" in whole.complaint
    assert "choose --batch-size 4 or more." in whole.complaint


@pytest.mark.usefixtures("recording")
def test_a_lost_process_ends_the_others_and_the_run_goes_on_with_the_same_bits(
    images: Path, whole: Whole, warm_python: WarmPython
) -> None:
    broken = Pair(warm_python, training(images))
    for line in broken.leading.lines():
        if line["epoch"] == 2:
            broken.other.kill()
            break
    code, _, complaint = broken.end()
    assert code != 0
    assert "cnnviz: Another process of this training has ended" in complaint
    (cut,) = Library(runs_folder()).runs()
    assert not cut.numbers.finished
    code, again, complaint = Pair(warm_python, ["runs", "resume", cut.id, "--json"]).end()
    assert code == 0, complaint
    assert again[-2]["weights"] == whole.result["weights"]
    # and by one process: the same up to the order of sums
    assert main(["runs", "resume", cut.id, "--json"]) == 0


@pytest.mark.usefixtures("recording")
def test_torchrun_starts_the_training_again_where_it_was(images: Path, whole: Whole) -> None:
    validated = [line["step"] for line in whole.lines if line.get("split") == "validation"]
    broken = Process([sys.executable], *TORCHRUN, "--max-restarts", "5", PROGRAM, json.dumps([training(images)]))
    for _ in broken.lines():
        if recorded_exactly(validated[0]):
            leading(broken).send_signal(signal.SIGKILL)
            break
    else:
        pytest.fail("the training ended before a moment was recorded exactly")
    code, lines, complaint = broken.end()
    assert code == 0, complaint
    # the epochs before the last recorded moment are not trained again
    again = [line["step"] for line in lines if line.get("split") == "validation"]
    assert again[-len(validated) :] != validated and again[-1] == validated[-1]
    results = [line for line in lines if "weights" in line]
    assert [each["weights"] for each in results] == [whole.result["weights"]]


def recorded_exactly(after: int) -> bool:
    """Whether a moment after this step was recorded from which the unfinished run goes on exactly."""
    unfinished = [run for run in Library(runs_folder()).runs() if not run.numbers.finished]
    return any(moment.exact and moment.step > after for run in unfinished for moment in run.moments)


def leading(torchrun: Process) -> psutil.Process:
    """The leading process of those that torchrun has started."""
    children = psutil.Process(torchrun.pid).children(recursive=True)
    return next(each for each in children if each.environ().get("RANK") == "0")


def test_nothing_goes_on_at_the_first_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RESTART_COUNT", raising=False)
    assert restarted_from("lenet-5", None) is None
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert restarted_from("lenet-5", None) is None
