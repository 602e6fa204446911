"""Commands do their work where nobody sees it: without a standard output, with a closed one, before a broken pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cnnviz.cli import main
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, Output
from cnnviz.project.file import save
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ("templates", "check fast --json", "train fast --batches 2 --threads 1")


def _shell(script: str) -> subprocess.CompletedProcess[str]:
    """What bash does with a script in which CNNVIZ is the program."""
    script = script.replace("CNNVIZ", f"'{sys.executable}' -m cnnviz")
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&- <&-"])
def test_closed_streams(command: str, closed: str) -> None:
    done = _shell(f"CNNVIZ {command} {closed}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_that_nobody_reads(command: str) -> None:
    done = _shell(f"CNNVIZ {command} | true; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("command", ["check nothing", "nothing"])
def test_a_refusal_that_nobody_reads(command: str) -> None:
    assert _shell(f"CNNVIZ {command} >&- 2>&-").returncode == 2


@pytest.mark.parametrize("arguments", [["templates"], ["check", "fast"], ["train", "fast", "--batches", "2"]])
def test_a_program_without_a_terminal_has_no_streams(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        patch.setattr(sys, "stderr", None)
        assert main(arguments) == 0
        assert main(["check", "nothing"]) == 2
        sys.stdout.close()
        sys.stderr.close()


def test_a_training_that_is_kept_goes_on_where_nobody_reads_of_it(tmp_path: Path) -> None:
    network = chain(("input", Input()), ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output()))
    save(Project(network, recipe=Recipe(batch_size=4096, epochs=2)), tmp_path / "small.cnnviz")
    done = _shell(
        f"cd '{tmp_path}'; CNNVIZ train small.cnnviz --save kept --json | head -c 1; echo; echo ${{PIPESTATUS[0]}}"
    )
    assert (done.stdout, done.stderr) == ("{\n0\n", "")
    assert json.loads((tmp_path / "kept" / "state.json").read_text())["state"]["epoch"] == 2
