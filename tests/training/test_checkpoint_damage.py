"""Checkpoints that are damaged, forged or out of reach are refused in a sentence."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from training_kit import advance, data, project, state_of

from cnnviz.training.checkpoint import load, save
from cnnviz.training.checkpoint_entry import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_what_is_damaged_is_said(tmp_path: Path) -> None:
    one = project()
    folder = tmp_path / "run"
    with pytest.raises(CheckpointError, match=r"could not be opened"):
        load(folder)
    save(state_of(one), one, folder)
    good = (folder / "state.json").read_text(encoding="utf-8")
    (stored,) = folder.glob("*.safetensors")
    content = stored.read_bytes()

    def refused(text: str, words: str) -> None:
        (folder / "state.json").write_text(text, encoding="utf-8")
        with pytest.raises(CheckpointError, match=words):
            load(folder)

    refused("{", "is not a checkpoint")
    refused("[]", "is not a checkpoint")
    raw = json.loads(good)
    refused(json.dumps({**raw, "state": {**raw["state"], "epoch": 3}}), "has changed since")
    refused(json.dumps({**raw, "state": {**raw["state"], "tensors": "../x"}}), "is damaged")
    refused(json.dumps({**raw, "state": {**raw["state"], "version": 99}}), "newer cnnviz")
    (folder / "state.json").write_text(good, encoding="utf-8")
    for at in (0, len(content) // 2, len(content) - 1):
        stored.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(CheckpointError, match="damaged"):
            load(folder)
    stored.unlink()
    with pytest.raises(CheckpointError, match="could not be opened"):
        load(folder)


def _resealed(folder: Path, entry: dict[str, Any], stored: dict[str, torch.Tensor]) -> None:
    """Write a checkpoint whose checksums are right, whatever is in it."""
    for old in folder.glob("*.safetensors"):
        old.unlink()
    save_file(stored, folder / "new")
    digest = hashlib.sha256((folder / "new").read_bytes()).hexdigest()
    (folder / "new").rename(folder / f"tensors-{digest[:16]}.safetensors")
    state = {**entry, "tensors": f"tensors-{digest[:16]}.safetensors", "sha256": digest}
    seal = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
    (folder / "state.json").write_text(json.dumps({"state": state, "sha256": seal}))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The entry and the tensors of a training of a few steps."""
    folder = tmp_path_factory.mktemp("sound")
    one = project(dropout=0.5, optimizer="adam")
    state = state_of(one)
    advance(state, data(), 7)
    save(state, one, folder)
    (path,) = folder.glob("*.safetensors")
    return json.loads((folder / "state.json").read_text())["state"], load_file(path)


def test_checkpoints_know_an_early_end_and_those_of_the_first_version_have_none(
    tmp_path: Path, sound: tuple[dict[str, Any], dict[str, torch.Tensor]]
) -> None:
    entry, stored = sound
    _resealed(tmp_path, {**entry, "planned": 20}, stored)
    assert load(tmp_path)[1].planned == 20
    _resealed(tmp_path, {name: one for name, one in entry.items() if name != "planned"} | {"version": 1}, stored)
    assert load(tmp_path)[1].planned == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("device", ""), ("device", "hip"), ("device", "privateuseone"), ("device", "cpu:0"), ("device", "\ud800"),
        ("step", -1), ("step", 10**30), ("epoch", True), ("threads", 0), ("best_accuracy", 7.0),
        ("best_loss", float("inf")), ("lowered", -1.0), ("lowered", float("nan")), ("project", "{}"),
        ("tensors", "tensors-0.safetensors"), ("memory_format", "x" * 10**6),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_though_its_checksums_are_right(
    tmp_path: Path, sound: tuple[dict[str, Any], dict[str, torch.Tensor]], name: str, value: object
) -> None:
    entry, stored = sound
    _resealed(tmp_path, entry, stored)
    load(tmp_path)
    _resealed(tmp_path, {**entry, name: value}, stored)
    if name == "tensors":
        raw = json.loads((tmp_path / "state.json").read_text())["state"]
        seal = hashlib.sha256(json.dumps({**raw, name: value}, sort_keys=True).encode()).hexdigest()
        (tmp_path / "state.json").write_text(json.dumps({"state": {**raw, name: value}, "sha256": seal}))
    with pytest.raises(CheckpointError) as caught:
        load(tmp_path)
    assert len(str(caught.value)) < 300


CHANGES: dict[str, Callable[[dict[str, torch.Tensor]], None]] = {
    "a moment is missing": lambda tensors: tensors.__delitem__("optimizer/0/exp_avg"),
    "a count is missing": lambda tensors: tensors.__delitem__("optimizer/0/step"),
    "one too many": lambda tensors: tensors.update({"optimizer/0/momentum": torch.zeros(())}),
    "of no parameter": lambda tensors: tensors.update({"optimizer/99/step": torch.zeros(())}),
    "a number written otherwise": lambda tensors: tensors.update({"optimizer/00/step": torch.zeros(())}),
    "another dtype": lambda tensors: tensors.update(
        {"optimizer/0/exp_avg": tensors["optimizer/0/exp_avg"].to(torch.float64)}
    ),
    "whole numbers": lambda tensors: tensors.update({"optimizer/0/step": torch.tensor(3)}),
    "a negative count": lambda tensors: tensors.update({"optimizer/0/step": torch.tensor(-3.0)}),
    "half a step": lambda tensors: tensors.update({"optimizer/0/step": torch.tensor(2.5)}),
    "no number": lambda tensors: tensors.update({"optimizer/0/step": torch.tensor(float("nan"))}),
    "many counts": lambda tensors: tensors.update({"optimizer/0/step": torch.zeros(2)}),
    "weights of another dtype": lambda tensors: tensors.update(
        {"module/conv1.weight": tensors["module/conv1.weight"].to(torch.bfloat16)}
    ),
    "a part of the best weights": lambda tensors: tensors.__delitem__("best/conv1.weight"),
    "a short state of chance": lambda tensors: tensors.update({"dropout/drop1": torch.zeros(3, dtype=torch.uint8)}),
    "a state of chance of zeros": lambda tensors: tensors.update(
        {"dropout/drop1": torch.zeros_like(tensors["dropout/drop1"])}
    ),
    "chance for another layer": lambda tensors: tensors.update({"dropout/conv1": tensors["dropout/drop1"].clone()}),
    "of another kind": lambda tensors: tensors.update({"other/x": torch.zeros(3)}),
    "far too large": lambda tensors: tensors.update({"other/x": torch.zeros(2**22)}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_tensors_that_do_not_belong_are_refused_though_their_checksums_are_right(
    tmp_path: Path, sound: tuple[dict[str, Any], dict[str, torch.Tensor]], what: str
) -> None:
    entry, stored = sound
    changed = dict(stored)
    CHANGES[what](changed)
    _resealed(tmp_path, entry, changed)
    with pytest.raises(CheckpointError):
        load(tmp_path)


def test_momentum_of_some_parameters_alone_is_refused(tmp_path: Path) -> None:
    one = project(momentum=0.9)
    state = state_of(one)
    advance(state, data(), 2)
    save(state, one, tmp_path)
    (path,) = tmp_path.glob("*.safetensors")
    stored = load_file(path)
    del stored["optimizer/0/momentum_buffer"]
    _resealed(tmp_path, json.loads((tmp_path / "state.json").read_text())["state"], stored)
    with pytest.raises(CheckpointError, match="remembers less than it should"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["state.json", "tensors"])
def test_a_pipe_is_not_waited_for(
    tmp_path: Path, sound: tuple[dict[str, Any], dict[str, torch.Tensor]], name: str
) -> None:
    _resealed(tmp_path, *sound)
    (path,) = tmp_path.glob(f"{name}*")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CheckpointError, match="it is a pipe, not an ordinary file"):
        load(tmp_path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    one = project()
    (tmp_path / "run").write_text("a file is in the way")
    with pytest.raises(CheckpointError, match="could not be saved"):
        save(state_of(one), one, tmp_path / "run")
