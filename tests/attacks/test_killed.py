"""Programs that are killed while they train lose next to nothing, and their runs go on to the same bits.

An ordinary run kills a few processes. ``CNNVIZ_ATTACKS=full`` kills 50, as the README promises, in some ten minutes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from mutations import attacks
from training_kit import PATIENCE, advance, assert_same, project, session, state_of, tensors

from cnnviz.data.catalogue import load
from cnnviz.project.file import save
from cnnviz.runs import folder as run_folder
from cnnviz.runs.continuing import recorded_start
from cnnviz.runs.library import Library
from cnnviz.runs.ownership import interrupted
from cnnviz.runs.summary import read_entries
from cnnviz.training.channels import State
from cnnviz.training.images import TrainingData

if TYPE_CHECKING:
    from random import Random

    from torch import Tensor

    from cnnviz.runs.continuing import RecordedStart

PROGRAM = Path(__file__).with_name("killed_program.py")
LOST_SECONDS = 5.0
"""At most so many seconds of numbers may be missing."""
LONGEST = 9.0
"""The longest time, in seconds, for which a process may train."""
FURTHER = 20
"""So many steps a run goes on."""
ONE = project(epochs=10_000, optimizer="adam", learning_rate=0.003, batch_size=64, repeatable=True, threads=1)


@dataclass
class Killed:
    """A process that was killed: the times at which it reported a step, and when it was killed, on one clock."""

    reports: list[tuple[float, int]] = field(default_factory=list)
    at: float = 0.0

    def steps(self, before: float = 0.0) -> int:
        """The step that was reached so many seconds before the end."""
        return max((step for when, step in self.reports if when <= self.at - before), default=0)


def killed(kind: str, home: Path, path: Path, chance: Random) -> Killed:
    """Start a process, and kill it at a random moment; one in ten before it trains."""
    environment = os.environ | {
        "CNNVIZ_HOME": str(home),
        "CNNVIZ_RECORD": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, str(PROGRAM), kind, str(path)]
    errors = (home / "errors").open("wb")
    found, trains = Killed(), threading.Event()
    with (
        errors,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as program,
    ):

        def follow() -> None:
            assert program.stdout is not None
            for line in program.stdout:
                when, _, step = line.partition(" ")
                if step.strip().isdigit() and "." in when:
                    found.reports.append((float(when), int(step)))
                    if int(step):
                        trains.set()
            trains.set()

        reader = threading.Thread(target=follow)
        reader.start()
        if chance.random() < 0.1:
            threading.Event().wait(chance.uniform(0, 3))
        else:
            trains.wait(PATIENCE)
            threading.Event().wait(chance.uniform(0, LONGEST))
        program.send_signal(signal.SIGKILL)
        found.at = time.monotonic()
        reader.join()
    assert program.returncode == -signal.SIGKILL, (home / "errors").read_text()
    return found


def went_on(start: RecordedStart) -> dict[str, Tensor]:
    """The weights after :data:`FURTHER` more steps."""
    with session(project(), load(ONE.dataset.name, ONE.dataset.validation)) as watched:
        watched.session.branch(start)
        watched.until(lambda: watched.session.status.state is State.PAUSED)
        watched.session.batches(FURTHER)
        step = start.origin.step + FURTHER
        watched.until(lambda: watched.session.status.step == step and watched.session.status.state is State.PAUSED)
        assert not watched.session.trouble()
        return watched.tensors()


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("one_torch_thread")
def test_killed_programs(tmp_path: Path) -> None:
    path = tmp_path / "small.cnnviz"
    save(ONE, path)
    reached: dict[int, list[dict[str, Tensor]]] = {}
    lost_steps, lost_seconds, untrained = [], [], 0
    for number, chance in attacks("killed", 2, 50):
        kind = ("window", "command")[number % 2]
        home = tmp_path / f"home{number}"
        home.mkdir()
        end = killed(kind, home, path, chance)
        library = Library(home / "data" / "runs")
        runs, left = library.runs(), interrupted(library.home)
        if not end.steps(LOST_SECONDS) and not left:
            untrained += 1
            continue
        (run,), (offered,) = runs, left
        assert offered.folder.name == run.id and bool(offered.window) is (kind == "window")
        steps = read_entries(offered.folder).steps
        assert steps >= end.steps(LOST_SECONDS), f"{number}: {steps} steps of {end.steps()}"
        for moment in run.moments:
            run_folder.weights(offered.folder, moment.step)
        if not run.moments:
            # it was killed before anything was written
            assert not end.steps(LOST_SECONDS)
            untrained += 1
            continue
        start = recorded_start(offered.folder)
        assert start.origin.exact
        reached.setdefault(start.origin.step + FURTHER, []).append(went_on(start))
        lost_steps.append(end.steps() - start.origin.step)
        lost_seconds.append(end.at - min((when for when, step in end.reports if step > steps), default=end.at))
    print(  # noqa: T201 - the figures of a full run
        f"{len(lost_steps)} runs went on, {untrained} processes were killed before they trained; lost are numbers of"
        f" {max(lost_seconds, default=0):.2f} s and {max(lost_steps, default=0)} steps at most"
    )
    images = TrainingData.of(load(ONE.dataset.name, ONE.dataset.validation), torch.device("cpu"))
    without = state_of(ONE)
    for step in sorted(reached):
        advance(without, images, step - without.step)
        for found in reached[step]:
            assert_same(found, tensors(without))
