"""The bench: ratios are medians over rounds, every rival trains, and machines get one line."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
import torch

from cnnviz.cli import bench, bench_recording, main, rivals
from cnnviz.cli.errors import CommandError
from cnnviz.cli.torchvision_import import import_torchvision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warm_python import WarmPython


def test_rare_moments_count_in_what_recording_leaves() -> None:
    assert bench_recording.ratio({"alone": [10.0, 10.0, 10.0, 10.0], "recorded": [10.0, 10.0, 10.0, 9.0]}) == 0.975


def test_ratios_are_of_the_same_round() -> None:
    rounds = {"ours": [10.0, 20.0, 40.0], "script": [5.0, 5.0, 40.0], "bare": [10.0, 20.0, 80.0]}
    result = bench.summary(rounds)
    assert result["images_per_second"] == {"ours": 20, "script": 5, "bare": 20}
    assert result["ratio"] == {"script": 2.0, "bare": 1.0}
    assert "ratio_float32" not in result
    more = {**rounds, "ours float32": [5.0, 5.0, 5.0], "bare float32": [4.0, 5.0, 10.0]}
    assert bench.summary(more)["ratio_float32"] == {"script": 1.0, "bare": 1.0}


@pytest.mark.parametrize("name", ["script", "bare", "bare bfloat16"])
def test_every_rival_learns(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses: list[float] = []
    measured = torch.nn.functional.cross_entropy

    def noted(*arguments: Any, **options: Any) -> torch.Tensor:
        loss = measured(*arguments, **options)
        losses.append(loss.item())
        return loss

    torch.manual_seed(0)
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", noted)
    steps: Iterator[None]
    steps = rivals.script(torch.device("cpu"), tmp_path) if name == "script" else rivals.bare(
        torch.device("cpu"), "bfloat16" in name
    )  # fmt: skip
    assert sum(1 for _ in islice(steps, 60)) == 60
    assert sum(losses[-10:]) < 0.998 * sum(losses[:10])


FEW_WARM_STEPS = """
import sys
from cnnviz.cli import main, turns
turns.WARM_STEPS = 5
sys.exit(main(sys.argv[1:]))
"""


def test_the_command_measures_everything_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], warm_python: WarmPython
) -> None:
    """Each measurement starts five processes, so that there is one, told to machines and to people."""
    monkeypatch.setattr("cnnviz.program._beginning", lambda: [*warm_python.line, "-c", FEW_WARM_STEPS])
    monkeypatch.setattr(rivals, "keras_python", lambda _: None)
    assert main(["bench", "--json", "--no-window", "--rounds", "2", "--seconds", "0.1", "--threads", "1"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["rounds"], said["threads"], said["device"], said["batch_size"]) == (2, 1, "CPU", 64)
    assert {"ours", "bare", "script"} <= said["images_per_second"].keys()
    assert {"bare", "script"} <= said["ratio"].keys()
    assert all(speed > 0 for speed in said["images_per_second"].values())
    bench._show(said)
    shown = capsys.readouterr().out
    assert "script" in shown and "Keras and TensorFlow are not installed here" in shown


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--seconds", "-1"], ["--threads", "0"], ["--device", "x"]])
def test_what_cannot_be_measured_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--no-window", *arguments]) == 2
    assert capsys.readouterr().err.startswith("cnnviz: ")


def test_torchvision_is_imported_whatever_it_was_built_for() -> None:
    code = "from cnnviz.cli.torchvision_import import import_torchvision as get; print(get().__name__, get() is get())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["torchvision", "True"]
    assert import_torchvision().datasets.MNIST.__name__ == "MNIST"


def test_keras_answers_in_images_and_seconds_of_steps(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text(
        "#!/bin/sh\n"
        'echo "a line of some library"; echo "{\\"keras\\": \\"3\\"}"\n'
        'while read count; do echo "{\\"images\\": $((count * 64)), \\"seconds\\": 0.5}"; done\n'
    )
    program.chmod(0o755)
    keras = rivals.Keras(str(program), tmp_path, 1)
    assert keras.versions == {"keras": "3"}
    assert keras.steps(10) == (640, 0.5)
    assert bench._timed(keras, 3) == 384.0
    keras.close()
    assert keras._process.poll() is not None


@pytest.mark.parametrize(
    ("python", "words"), [(sys.executable, "could not be measured"), ("/nowhere/python", "could not be started")]
)
def test_an_interpreter_without_keras_is_a_sentence(python: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=words):
        rivals.Keras(python, tmp_path, 1)
