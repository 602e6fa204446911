"""Commands do their work where nobody sees it: their output is missing, closed, a broken pipe, or on a full disk."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.cli import main
from cnnviz.cli.streams import write_note
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, Output
from cnnviz.project.file import save
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe

FULL = Path("/dev/full")
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


def _save_small(folder: Path) -> None:
    network = chain(("input", Input()), ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output()))
    save(Project(network, recipe=Recipe(batch_size=4096, epochs=2)), folder / "small.cnnviz")


def test_a_training_that_is_kept_goes_on_where_nobody_reads_of_it(tmp_path: Path) -> None:
    _save_small(tmp_path)
    done = _shell(
        f"cd '{tmp_path}'; CNNVIZ train small.cnnviz --save kept --json | head -c 1; echo; echo ${{PIPESTATUS[0]}}"
    )
    assert (done.stdout, done.stderr) == ("{\n0\n", "")
    assert json.loads((tmp_path / "kept" / "state.json").read_text())["state"]["epoch"] == 2


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a file that is always full")
@pytest.mark.parametrize("command", ["templates", "check fast --json"])
def test_output_on_a_full_disk_is_a_sentence(command: str) -> None:
    done = _shell(f"CNNVIZ {command} > {FULL}")
    assert done.returncode == 2
    assert done.stderr.startswith("cnnviz: There is no room for what is written, or for the output itself: ")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a file that is always full")
@pytest.mark.parametrize(("form", "streams"), [("", f"> {FULL}"), ("--json", f"> {FULL} 2>&1")])
def test_a_training_that_is_kept_goes_on_where_its_log_is_on_a_full_disk(
    tmp_path: Path, form: str, streams: str
) -> None:
    _save_small(tmp_path)
    done = _shell(f"cd '{tmp_path}'; CNNVIZ train small.cnnviz --save kept --no-record {form} {streams}")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "kept" / "state.json").read_text())["state"]["epoch"] == 2
    assert ("The training goes on without it." in done.stderr) is ("2>&1" not in streams)


def test_a_note_that_cannot_be_written_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    write_note("Nobody reads this.")
