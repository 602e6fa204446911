"""Commands that take source code in place of a project: it is read, and never executed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cnnviz.cli import main

if TYPE_CHECKING:
    from pathlib import Path

KERAS = """import keras
from keras import layers

open("executed", "w").close()
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(4)])
model.add(layers.Flatten())
model.add(layers.Dense(10, activation="softmax"))
"""
NOTE = "Line 7: the softmax at the end is left out, as the Output contains it."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check_reads_a_python_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "net.py").write_text(KERAS)
    assert main(["check", "net.py", "--json"]) == 0
    shown = capsys.readouterr()
    report = json.loads(shown.out)
    assert [node["kind"] for node in report["nodes"]] == [
        *("Input", "Conv2d", "ReLU", "MaxPool2d", "Flatten", "Dense", "Output")
    ]
    assert (report["trainable"], report["parameters"]) == (True, 40 + 1450)
    assert shown.err == f"{NOTE}\n"
    assert not (folder / "executed").exists()


def test_check_reads_a_notebook_in_another_encoding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [{"cell_type": "code", "source": ["%pip install keras\n", *KERAS.splitlines(keepends=True)]}]
    (folder / "net.ipynb").write_text(json.dumps({"cells": cells}, indent=1), encoding="utf-8-sig")
    (folder / "latin.py").write_bytes(b"# coding: latin-1\n# \xfcber\n" + KERAS.encode())
    for name, line in (("net.ipynb", 13), ("latin.py", 9)):
        assert main(["check", name]) == 0
        shown = capsys.readouterr()
        assert "1,490 parameters" in shown.out
        assert shown.err == NOTE.replace("7", str(line)) + "\n"


def test_train_takes_a_python_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "net.py").write_text(KERAS)
    assert main(["train", "net.py", "--batches", "2", "--no-record", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out.splitlines()[-1])["parameters"] == 1490
    assert shown.err == f"{NOTE}\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"import torch", "“net.py” cannot be read as a network. No network was found"),
        (b"x = (", "“net.py” cannot be read as a network. Line 1: this is not Python ('(' was never closed)."),
        (
            b"nn.Sequential(\n nn.Flatten(n),\n nn.Linear(784, k))",
            "Line 2: Flatten has start_dim=n, which has no counterpart here.\n"
            "Line 3: k cannot be told without running the source.",
        ),
        (b"# \xff", "“net.py” is no text in the encoding that it declares, or in UTF-8."),
        (b"# coding: nothing\n", "“net.py” is no text in the encoding that it declares, or in UTF-8."),
        (b"nn.Sequential(" + b"nn.LSTM(),\n" * 30 + b")", "There are 10 more."),
    ],
    ids=range(6),
)
def test_what_is_no_network_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    (folder / "net.py").write_bytes(content)
    for command in ("check", "train"):
        assert main([command, "net.py", "--json"]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("cnnviz: “net.py” ")
        assert sentence in shown.err


def test_a_folder_is_no_source(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "net.py").mkdir()
    assert main(["check", "net.py"]) == 2
    assert capsys.readouterr().err == "cnnviz: “net.py” cannot be read: it is a folder, not an ordinary file.\n"


TWO = """from keras import layers, Model
i = layers.Input((28, 28, 1))
flat = layers.Flatten()(i)
small = Model(i, layers.Dense(10)(flat))
large = Model(i, layers.Dense(10)(layers.Dense(20)(flat)))
"""


def test_one_of_several_networks_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "two.py").write_text(TWO)
    for options, parameters in (([], 15_910), (["--network", "large"], 15_910), (["--network", "small"], 7850)):
        assert main(["check", "two.py", "--json", *options]) == 0
        shown = capsys.readouterr()
        assert json.loads(shown.out)["parameters"] == parameters
        assert "several networks (small, large)" in shown.err
    for command in ("check", "train"):
        assert main([command, "two.py", "--network", "medium"]) == 2
        assert "has no network “medium” to choose: it has small, large." in capsys.readouterr().err
        assert main([command, "fast", "--network", "small"]) == 2
        assert "--network is for a Python file or a notebook." in capsys.readouterr().err
