"""Several processes use one library of recorded runs at the same time.

``python tests/shared_library.py SECONDS [SEED]`` is a trial: two windows train and start over, commands train one
after the other, and a user lists, names, deletes, brings back, exports and imports runs. At the end every run has to be
there, whole. It prints what was done as a line of JSON, and exits with 1 where something is missing.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.program import command
from cnnviz.runs import archive
from cnnviz.runs.folder import RunError, weights
from cnnviz.runs.library import Library
from cnnviz.runs.ownership import OWNER
from cnnviz.runs.summary import read_entries, summarize
from cnnviz.training.channels import BatchMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = (1000, 700)
ROUND_SECONDS = 8.0
"""How long a window trains before it starts over."""
PATIENCE = 300.0


@dataclass
class User:
    """Somebody who tidies a library up while others record into it. ``wrong`` are the sentences of what went wrong."""

    library: Library
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    """The notes given to each run."""

    def use(self, ended: Callable[[], bool]) -> None:
        """Do one thing after the other until ``ended``."""
        with tempfile.TemporaryDirectory(prefix="cnnviz-") as folder:
            while not ended():
                before = self.own()
                listed = {run.id for run in self.library.runs()}
                self.done["list"] += 1
                if not before <= listed:
                    self.wrong.append(f"not listed: {before - listed}")
                if own := sorted(before):
                    self._act(self.chance.choice(own), Path(folder))

    def own(self) -> set[str]:
        """The runs that nobody is recording any more."""
        found = set()
        for folder in self.library.folders():
            with suppress(RunError):
                if summarize(folder).numbers.steps and not (folder / OWNER).exists():
                    found.add(folder.name)
        return found

    def _act(self, run: str, folder: Path) -> None:
        match action := self.chance.choice(("name", "delete", "archive", "moments")):
            case "name":
                self.notes[run] = f"note {self.done['name']}"
                self.library.label(run, "", self.notes[run])
            case "delete":
                self.library.delete(run)
                if run in {one.id for one in self.library.runs()}:
                    self.wrong.append(f"listed although deleted: {run}")
                self.library.restore(run)
            case "archive":
                path = folder / f"archive{archive.SUFFIX}"
                archive.write(self.library.folder(run), path)
                copy = archive.read(path, self.library.home)
                self.wrong += lost(self.library.folder(copy), summarize(self.library.folder(run)).numbers.steps)
                self.library.delete(copy)
            case "moments":
                self.library.make_room(10**12)
        self.done[action] += 1


def lost(folder: Path, steps: int) -> Iterator[str]:
    """A sentence for all that is missing in a run that was trained for ``steps``."""
    entries, run = read_entries(folder), summarize(folder)
    seen = [
        step
        for metric in entries.metrics
        if isinstance(metric, BatchMetrics)
        for step in range(metric.first_step, metric.first_step + len(metric.losses))
    ]
    if seen != list(range(1, steps + 1)):
        yield f"{folder.name} has the numbers of {len(seen)} steps, and {steps} were trained."
    for sentence in (*entries.missing, *run.missing):
        yield f"{folder.name}: {sentence}"
    if run.numbers.steps != steps or not run.moments or not (run.moments[-1].exact and run.moments[-1].step == steps):
        yield f"{folder.name} has no exact moment at its end."
    for moment in run.moments:
        try:
            weights(folder, moment.step)
        except RunError as error:
            yield str(error)


def trained(*arguments: str) -> subprocess.Popen[str]:
    """A command that trains and records, in a process of its own."""
    line = command("train", "fast", "--json", "--device", "cpu", "--threads", "1", *arguments)
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=recording())


def has_ended(process: subprocess.Popen[str]) -> bool:
    """Whether a process has ended, after a moment in which the processor is left to it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.1)
    return process.returncode is not None


def recording() -> dict[str, str]:
    """The environment of a process that records."""
    return {name: value for name, value in os.environ.items() if name != "CNNVIZ_RECORD"}


def window(seconds: float) -> None:
    """Train in a window and start over again and again; prints the steps of each run by its id."""
    from cnnviz.gui.robot.tour import Visit
    from cnnviz.project.templates import TEMPLATES
    from cnnviz.training.channels import State

    until = time.monotonic() + seconds
    visit = Visit(TEMPLATES["fast"].project(), SIZE)
    person, bridge = visit.person, visit.window.bridge
    steps: dict[int, int] = {}
    while time.monotonic() < until:
        person.shortcut("play")
        person.until_trained(lambda: bridge.session.status.step > 0, "a step", PATIENCE)
        person.stay(ROUND_SECONDS)
        if bridge.session.status.state is State.RUNNING:
            person.shortcut("play")
        person.until_trained(lambda: bridge.session.status.state is not State.RUNNING, "the pause", PATIENCE)
        steps[bridge.session.status.run] = bridge.session.status.step
        if time.monotonic() < until:
            person.shortcut("start_over")
            person.until_trained(lambda: bridge.session.status.step == 0, "the start", PATIENCE)
    recorder = bridge.recorder
    assert recorder is not None
    # as a user closes it: Visit.close() deletes the runs
    visit.window.leave()
    if recorder.trouble is not None:
        raise RuntimeError(str(recorder.trouble))
    sys.stdout.write(json.dumps({recorder.folders[run].name: count for run, count in steps.items()}) + "\n")


def trial(seconds: float, seed: int) -> int:
    """The trial, in which ``seed`` decides what the user does; returns 0 if every run is whole."""
    from cnnviz.runs.recorder import runs_folder

    until = time.monotonic() + seconds
    line = [sys.executable, __file__, "--window", f"{seconds}"]
    windows = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=recording()) for _ in range(2)]
    user = User(Library(runs_folder()), random.Random(seed))
    commands: list[subprocess.Popen[str]] = []

    def ended() -> bool:
        if not commands or has_ended(commands[-1]):
            if time.monotonic() > until:
                return all(has_ended(process) for process in windows)
            commands.append(trained("--batches", f"{user.chance.randrange(20, 400)}"))
        return False

    user.use(ended)
    steps: dict[str, int] = {}
    for process in windows:
        steps |= json.loads(process.communicate()[0].splitlines()[-1])
    for process in commands:
        user.wrong += [process.communicate()[1]] if process.returncode else []
    runs = {run.id: run for run in user.library.runs()}
    user.wrong += [f"{run} is gone." for run in steps if run not in runs]
    user.wrong += [f"{run} has lost its notes." for run, note in user.notes.items() if runs[run].notes != note]
    by_commands = [run for run in runs if run not in steps]
    if len(by_commands) != len(commands):
        user.wrong.append(f"{len(commands)} commands have trained, and {len(by_commands)} runs are theirs.")
    for run in runs:
        user.wrong += lost(user.library.folder(run), steps.get(run, runs[run].numbers.steps))
    result = {"runs": len(runs), "by_windows": len(steps), "by_commands": len(by_commands), "wrong": user.wrong}
    sys.stdout.write(
        json.dumps({**result, "recorded_moments": sum(len(run.moments) for run in runs.values()), **user.done}) + "\n"
    )
    return 1 if user.wrong else 0


def main() -> int:
    """See the text at the top of this file."""
    if sys.argv[1] == "--window":
        window(float(sys.argv[2]))
        return 0
    with tempfile.TemporaryDirectory(prefix="cnnviz-shared-") as folder:
        os.environ["CNNVIZ_HOME"] = folder
        return trial(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)


if __name__ == "__main__":
    raise SystemExit(main())
