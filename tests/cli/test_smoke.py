"""The smoke test says what does not work, and exits with 1."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cnnviz.cli import main
from cnnviz.gui.robot import smoke
from cnnviz.settings import HOME

SENTENCE = "The loss did not fall: 1.000 at the beginning, 2.000 at the end."


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A smoke test that fails; where it was told to keep its files."""
    homes: list[str] = []

    def run(folder: Path) -> smoke.Smoke:
        homes.extend((str(folder), os.environ[HOME]))
        raise smoke.SmokeError(SENTENCE)

    monkeypatch.setenv(HOME, str(tmp_path))
    monkeypatch.setattr(smoke, "run", run)
    return homes


@pytest.mark.usefixtures("broken")
def test_a_failure_for_machines_is_one_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", "--json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["ok"], said["failed"]) == (False, SENTENCE)
    assert "in run" in said["detail"]


@pytest.mark.usefixtures("broken")
def test_a_failure_for_people_is_a_sentence_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke"]) == 1
    assert capsys.readouterr().out == f"It does not work here. {SENTENCE}\n(“cnnviz smoke --json” shows the details.)\n"


def test_it_keeps_what_it_writes_apart_and_removes_it(broken: list[str]) -> None:
    assert main(["smoke", "--json"]) == 1
    folder, home = broken
    assert folder == home
    assert not Path(folder).exists()
