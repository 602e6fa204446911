"""``cnnviz turns``: a line of facts, then an answer for each line that comes in."""

from __future__ import annotations

import io
import json
import sys
import time
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
import torch
from training_kit import dataset

from cnnviz.cli import main, turns
from cnnviz.cli.errors import CommandError
from cnnviz.cli.rivals import BATCH
from cnnviz.cli.turns import Facts, Ours, stepped
from cnnviz.runs.folder import MomentFile
from cnnviz.runs.library import Library

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator
    from pathlib import Path


def test_every_line_is_answered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Namespace] = []
    ended: list[bool] = []

    def program(arguments: Namespace, stack: object) -> object:
        asked.append(arguments)
        stack.callback(lambda: ended.append(True))  # type: ignore[attr-defined]
        return Facts(3, "float32", "CPU"), lambda seconds: 100 * seconds

    monkeypatch.setattr(turns, "_program", program)
    monkeypatch.setattr(sys, "stdin", io.StringIO("0.5\n2\n"))
    assert main(["turns", "bare", "--threads", "3", "--precision", "float32"]) == 0
    first, *answers = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"threads": 3, "precision": "float32", "device": "CPU"}
    assert [float(answer) for answer in answers] == [50, 200]
    assert (asked[0].program, asked[0].threads, asked[0].precision) == ("bare", 3, "float32")
    assert ended == [True]


def test_a_program_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["turns", "theirs"]) == 2
    assert "theirs" in capsys.readouterr().err


def test_a_turn_ends_with_the_first_step_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, made = 0.0, 0

    def steps() -> Iterator[None]:
        nonlocal now, made
        while True:
            now += 0.25
            made += 1
            yield

    monkeypatch.setattr(time, "perf_counter", lambda: now)
    monkeypatch.setattr(turns, "WARM_STEPS", 7)
    turn = stepped(steps(), torch.device("cpu"))
    assert made == 7
    # at 0.9 s the third of four steps is done
    assert turn(0.9) == BATCH / 0.25 and made == 11
    assert turn(0.1) == BATCH / 0.25 and made == 12


def test_our_own_training_counts_training_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WARM_STEPS", 2)
    images = dataset(train_images=130, validation=5, test=5)
    with patch("cnnviz.training.resources.load_choice", lambda *_, **__: images):
        ours = Ours("float32", "cpu", 1)
        try:
            status = ours.ready()
            assert (status.threads, status.precision, status.device, status.step) == (1, "float32", "CPU", 4)
            assert ours.turn(1e-9) > 0
            assert ours._session.status.step == 5
            # of 130 images an epoch has two batches of 64 and one of 2, and the mean of a turn knows that
            assert ours._session.status.images == 64 + 64 + 2 + 64 + 64
        finally:
            ours.close()


def test_a_recorded_training_has_written_its_moment_before_it_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(turns, "WARM_STEPS", 2)
    images = dataset(train_images=130, validation=5, test=5)
    with patch("cnnviz.training.resources.load_choice", lambda *_, **__: images):
        ours = Ours("float32", "cpu", 1, runs=tmp_path)
        try:
            ours.ready()
            ours.turn(1e-9)
            (run,) = Library(tmp_path).runs()
            assert run.moments[-1] == MomentFile(5, run.moments[-1].bytes, exact=True)
        finally:
            ours.close()


def test_a_failure_of_our_own_training_is_its_sentence() -> None:
    ours = Ours("float32", "cpu", 1)
    try:
        loading = patch("cnnviz.training.resources.load_choice", side_effect=MemoryError)
        with loading, pytest.raises(CommandError) as failure:
            ours.ready()
        assert "not enough memory" in str(failure.value)
    finally:
        ours.close()
