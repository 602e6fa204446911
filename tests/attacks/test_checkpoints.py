"""Damaged checkpoints are refused with a sentence, or go on like any other training."""

from __future__ import annotations

import hashlib
import json
from math import prod
from typing import TYPE_CHECKING

import pytest
import torch
from mutations import attacks, damaged_bytes, damaged_json, watched
from safetensors.torch import load_file, save
from torch import Tensor
from training_kit import advance, data, project, state_of

from cnnviz.training import checkpoint
from cnnviz.training.checkpoint_entry import CheckpointError
from cnnviz.training.device import DeviceError
from cnnviz.training.failure import NotANumber

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

DTYPES = (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool)
MOST_BATCHES = 2**24
"""Values in a batch and its weights: what is larger than that is read, and not trained here."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    """The state and the tensors of trainings of a few steps, with each optimizer."""
    made = {}
    for optimizer in ("sgd", "adam", "rmsprop", "adagrad"):
        folder = tmp_path_factory.mktemp("kept")
        one = project(dropout=0.5, optimizer=optimizer, momentum=0.5, epochs=9)
        state = state_of(one)
        advance(state, data(), 7)
        checkpoint.save(state, one, folder)
        (path,) = folder.glob("*.safetensors")
        made[optimizer] = ((folder / "state.json").read_text(), path.read_bytes())
    return made


@pytest.mark.usefixtures("one_torch_thread")
def test_checkpoints(tmp_path: Path, kept: dict[str, tuple[str, bytes]]) -> None:
    went_on = 0
    for number, chance in attacks("checkpoint", 60, 3_000):
        text, content = kept[chance.choice(list(kept))]
        match chance.randrange(4):
            case 0:
                content = damaged_bytes(content, chance)
            case 1 | 2:
                content = _other_tensors(content, tmp_path, chance)
        state = text.encode()
        if chance.random() < 0.6:
            state = damaged_json(text, chance)
        if chance.random() < 0.85:
            state = _resealed(state, content)
        for old in tmp_path.iterdir():
            old.unlink()
        (tmp_path / f"tensors-{hashlib.sha256(content).hexdigest()[:16]}.safetensors").write_bytes(content)
        (tmp_path / "state.json").write_bytes(state)
        with watched(f"checkpoint {number}"):
            try:
                read, training = checkpoint.load(tmp_path)
            except (CheckpointError, DeviceError) as error:
                assert str(error).endswith(".") and len(str(error)) < 400, str(error)
                continue
        if prod((read.recipe.batch_size, *(sum(one.numel() for one in training.module.parameters()),))) > MOST_BATCHES:
            continue
        with watched(f"checkpoint {number}, going on"):
            try:
                advance(training, data(), 1)
                went_on += 1
            except (NotANumber, StopIteration):
                # what is no number any more is told; a training may be at its end
                pass
    assert went_on


def _other_tensors(content: bytes, folder: Path, chance: Random) -> bytes:
    """A sound file with other tensors."""
    (folder / "stored").write_bytes(content)
    tensors = load_file(folder / "stored")
    for _ in range(chance.choice((1, 1, 2))):
        name = chance.choice(list(tensors))
        tensors = _change(tensors, name, chance)
    return save({name: one.contiguous().clone() for name, one in tensors.items()})


def _change(tensors: dict[str, Tensor], name: str, chance: Random) -> dict[str, Tensor]:
    made, one = dict(tensors), tensors[name]
    match chance.randrange(8):
        case 0:
            del made[name]
        case 1:
            made[name] = one.to(chance.choice(DTYPES))
        case 2:
            made[name] = one.flatten()[: chance.randrange(one.numel() + 1)]
        case 3:
            made[name] = torch.full_like(one, chance.choice((-3, 0, 1, 200)))
        case 4 if one.is_floating_point():
            made[name] = torch.full_like(one, chance.choice((float("nan"), float("inf"), -float("inf"), 1e38)))
        case 5:
            made[chance.choice((f"{name}x", f"optimizer/99/{name}", "dropout/x", "best/x", "x", ""))] = one
        case 6:
            made[name] = tensors[chance.choice(list(tensors))]
        case _:
            made[name] = one[None]
    return made


def _resealed(state: bytes, content: bytes) -> bytes:
    """The same state with the checksums that belong to it, where it can still be read."""
    try:
        raw = json.loads(state)
        body = raw["state"]
        digest = hashlib.sha256(content).hexdigest()
        if "sha256" in body and "tensors" in body:
            body["sha256"], body["tensors"] = digest, f"tensors-{digest[:16]}.safetensors"
        raw["sha256"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        return json.dumps(raw).encode()
    except (ValueError, LookupError, TypeError, RecursionError):
        return state
