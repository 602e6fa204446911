"""A program that records trainings on disks that become full or read-only, see :mod:`own_mounts`."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from own_mounts import fill, make_read_only, mount_small, unmount
from training_kit import advance, data, project, session, state_of, tensors

from cnnviz.runs import folder as run_folder
from cnnviz.runs.library import Library
from cnnviz.runs.limits import Limits
from cnnviz.runs.recorder import Recorder
from cnnviz.runs.summary import read_entries
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 20
"""Of the whole training."""
BEFORE = 7
"""Steps that are recorded before the disk changes."""


def main() -> None:
    """Print what became of each training, as a list of objects."""
    kind, folder, *sizes = sys.argv[1:]
    home = Path(folder)
    without = state_of(project(epochs=4))
    advance(without, data(), STEPS)
    expected = tensors(without)
    found = []
    for number, size in enumerate(map(int, sizes or ["0"])):
        runs = home / f"{number}" / "runs"
        mount_small(runs.parent, 2**23)
        spoil = partial(fill, runs.parent, size) if kind == "full" else partial(make_read_only, runs)
        found.append(_train(runs, spoil, expected))
        if kind == "read-only":
            unmount(runs)
        unmount(runs.parent)
    sys.stdout.write(json.dumps(found) + "\n")


def _train(runs: Path, spoil: Callable[[], None], expected: dict[str, Any]) -> dict[str, Any]:
    with session(project(epochs=4)) as watched:
        recorder = Recorder(watched.session, lambda: "small", runs, Limits())
        recorder.start()
        watched.session.batches(BEFORE)
        watched.until(lambda: watched.session.status.step == BEFORE and watched.session.status.state is State.PAUSED)
        while BEFORE not in recorder.moments(1):
            os.sched_yield()
        (before,) = Library(runs).runs()
        spoil()
        watched.session.play()
        watched.in_state(State.FINISHED)
        trained = watched.tensors()
        same = trained.keys() == expected.keys() and all(trained[name].equal(expected[name]) for name in trained)
    closed = recorder.close(30)
    (run,) = Library(runs).runs()
    folder = Library(runs).folder(run.id)
    for moment in run.moments:
        run_folder.weights(folder, moment.step)
    return {
        "same": same,
        "closed": closed,
        "trouble": str(recorder.trouble or ""),
        "kept": {moment.step for moment in before.moments} <= {moment.step for moment in run.moments},
        "steps": [before.numbers.steps, run.numbers.steps],
        "missing": [*map(str, run.missing), *map(str, read_entries(folder).missing)],
        "parts": [path.name for path in runs.rglob("*.part")],
        "moments": [moment.step for moment in run.moments],
    }


if __name__ == "__main__":
    main()
