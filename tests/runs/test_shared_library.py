"""Processes that train, and a user who tidies up, share one library, and every run is whole at the end."""

from __future__ import annotations

import json
import random

import pytest
from shared_library import PATIENCE, User, has_ended, lost, trained

from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import summarize

BATCHES = (20, 30, 40)


@pytest.mark.usefixtures("one_torch_thread")
def test_processes_share_a_library() -> None:
    user = User(Library(runs_folder()), random.Random(1))
    processes = [trained("--batches", f"{count}") for count in BATCHES]
    user.use(lambda: all(has_ended(process) for process in processes))
    # some more, on runs that are complete
    left = iter(range(20))
    user.use(lambda: next(left, None) is None)
    for process, count in zip(processes, BATCHES, strict=True):
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, "")
        assert json.loads(out.splitlines()[-1])["steps"] == count
    assert not user.wrong
    runs = user.library.runs()
    assert sorted(run.numbers.steps for run in runs) == list(BATCHES)
    for run in runs:
        folder = user.library.folder(run.id)
        assert list(lost(folder, run.numbers.steps)) == []
        assert run == summarize(folder) and run.notes == user.notes.get(run.id, "")
