"""Commands: JSON for machines, tables for people, a sentence for whatever is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cnnviz import __version__, cli
from cnnviz.cli import main
from cnnviz.cli.commands import COMMANDS
from cnnviz.network.graph import set_parameter
from cnnviz.project.edits import remove
from cnnviz.project.file import save
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

FAST = TEMPLATES["fast"].project()


def _json(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main(arguments) == code
    out = capsys.readouterr()
    assert out.err == ""
    return json.loads(out.out)


def _sentence(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("cnnviz: ")
    assert out.err.endswith(".\n")
    assert out.err.count("\n") == 1
    return out.err.removeprefix("cnnviz: ").strip()


def test_templates_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    entries = _json(capsys, "templates", "--json")
    assert [entry["name"] for entry in entries] == list(TEMPLATES)
    keras = next(entry for entry in entries if entry["name"] == "keras-tutorial")
    assert keras["title"] == "Keras tutorial"
    assert (keras["parameters"], keras["macs"], keras["input"]) == (121_930, 2_528_000, [1, 28, 28])


def test_templates_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates"]) == 0
    shown = capsys.readouterr().out
    for text in (*TEMPLATES, "121,930", "225,034", "1×28×28"):
        assert text in shown


def test_check_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    report = _json(capsys, "check", "pytorch-tutorial", "--json")
    assert (report["trainable"], report["parameters"], report["problems"]) == (True, 225_034, [])
    nodes = {node["id"]: node for node in report["nodes"]}
    assert next(iter(nodes)) == "input"
    assert nodes["conv2"] == {
        "id": "conv2",
        "kind": "Conv2d",
        "inputs": ["pool1"],
        "used": True,
        "shape": [64, 11, 11],
        "parameter_shapes": {"weight": [64, 32, 3, 3], "bias": [64]},
        "parameters": 18_496,
        "macs": 2_230_272,
        "computed": "as set",
        "receptive_field": {"size": [8, 8], "step": [2, 2], "start": [0, 0]},
    }


def test_check_says_what_a_processor_computes_in_float32(capsys: pytest.CaptureFixture[str]) -> None:
    report = _json(capsys, "check", "densenet-121-28", "--json")
    found = [node["id"] for node in report["nodes"] if node["computed"] == "float32"]
    assert found == [f"block4_{at}_conv2" for at in range(1, 17)]
    assert main(["check", "densenet-121-28"]) == 0
    assert capsys.readouterr().out.count("(float32)") == len(found) + 1


def test_a_template_whose_images_are_elsewhere_is_checked_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    report = _json(capsys, "check", "alexnet", "--json")
    assert (report["trainable"], report["parameters"], report["problems"]) == (True, 61_100_840, [])


def test_check_exits_with_1_where_a_network_cannot_be_trained(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "broken.cnnviz"
    save(remove(FAST, ["flatten"]), path)
    report = _json(capsys, "check", str(path), "--json", code=1)
    assert not report["trainable"]
    problem = report["problems"][0]
    assert (problem["severity"], problem["node"], problem["code"]) == ("error", "fc1", "input_missing")
    assert problem["sentence"] == "Dense “fc1” has nothing to work on: connect its input."
    assert problem["fixes"] == ["Connect pool3 through Flatten"]


def test_check_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "fast"]) == 0
    shown = capsys.readouterr().out
    for text in ("conv1", "16×28×28", "32×16×3×3", "29,178 parameters", "No problems found."):
        assert text in shown
    path = tmp_path / "broken.cnnviz"
    save(remove(FAST, ["flatten"]), path)
    assert main(["check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "error Dense “fc1” has nothing to work on" in shown
    assert "fix: Connect pool3 through Flatten" in shown


def test_a_dense_of_a_million_million_parameters_is_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "huge.cnnviz"
    project = TEMPLATES["fast"].project()
    save(
        type(project)(set_parameter(project.network, "fc1", "out_features", 10**9), project.layout),
        path,
    )
    report = _json(capsys, "check", str(path), "--json", code=1)
    sentences = [problem["sentence"] for problem in report["problems"]]
    assert "Dense “fc1” would have 577,000,000,000 parameters, more than any machine can hold." in sentences


def test_bad_input_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    assert _sentence(capsys, "check", "slow") == (f"“slow” is neither a file nor a template ({', '.join(TEMPLATES)}).")
    assert "“p.cnnviz” could not be opened: No such file" in _sentence(capsys, "check", str(path))
    path.write_text("nonsense")
    assert "is not a cnnviz project" in _sentence(capsys, "check", str(path))
    path.write_bytes(b"\xff\xfe\x00")
    assert "it is not text" in _sentence(capsys, "check", str(path))
    assert "could not be opened: it is a folder" in _sentence(capsys, "check", str(tmp_path))
    assert "is neither a project file nor a command" in _sentence(capsys, "chekc")
    for name in ("a" * 300, "a" * 300 + ".cnnviz"):
        assert "“aaaaaaa" in _sentence(capsys, name)
        assert "“aaaaaaa" in _sentence(capsys, "check", name)
    os.mkfifo(tmp_path / "pipe.cnnviz")
    assert "it is a pipe, not an ordinary file" in _sentence(capsys, "check", str(tmp_path / "pipe.cnnviz"))
    assert "is neither a project file" in _sentence(capsys, str(tmp_path / "pipe.cnnviz"))


def test_an_unknown_data_set_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    save(FAST, path)
    path.write_text(path.read_text().replace('"mnist"', '"cats"'))
    assert "There is no data set named “cats”" in _sentence(capsys, "check", str(path))


def test_a_failure_nobody_foresaw_is_a_sentence_and_a_traceback_in_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    import logging

    def broken(_: list[str]) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr(cli, "_run", broken)
    root = logging.getLogger()
    before = list(root.handlers)
    assert "Something unexpected went wrong (RuntimeError: a bug)." in _sentence(capsys)
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()
    assert "Traceback" in (home / "log" / "cnnviz.log").read_text()


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cnnviz {__version__}\n"
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert name in shown
        assert command.summary in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"usage: cnnviz {name}" in capsys.readouterr().out
    assert main([name, "--no-such-option"]) == 2
    assert "error: " in capsys.readouterr().err


def test_a_reader_that_stops_early_is_no_failure() -> None:
    script = f"{sys.executable} -m cnnviz check fast | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
