"""Damaged and hostile files of weights: a sentence or a load, no hang, and no memory that the file does not justify."""

from __future__ import annotations

import pickletools
import tracemalloc
import zipfile
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
import torch
from mutations import attacks, damaged_bytes, damaged_json, watched
from safetensors.torch import save
from torch import nn

from cnnviz.imports.weights.filling import filled
from cnnviz.imports.weights.matching import match
from cnnviz.imports.weights.opening import open_weights
from cnnviz.imports.weights.stored import WeightsError
from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, GlobalAvgPool2d, Input, Output
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

PROJECT = Project(
    chain(
        ("input", Input()),
        ("conv1", Conv2d(4)),
        ("norm1", BatchNorm2d()),
        ("pool", GlobalAvgPool2d()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
)
MOST_GROWTH = 200
"""How many times the size of its file reading may take: an instruction of one byte may make a list of some 60 bytes."""
SLACK = 2**21


@pytest.fixture(scope="module")
def contents() -> tuple[bytes, bytes]:
    """A state dict that torch has saved, inside a checkpoint; and the same as safetensors."""
    network = nn.Sequential()
    network.add_module("conv1", nn.Conv2d(1, 4, 3))
    network.add_module("norm1", nn.BatchNorm2d(4))
    network.add_module("fc1", nn.Linear(4, 10))
    saved = BytesIO()
    torch.save({"epoch": 3, "model": network.state_dict()}, saved)
    return saved.getvalue(), save(network.state_dict())


def _damaged_torch(content: bytes, chance: Random) -> bytes:
    """The archive with damaged bytes, or with a damaged list of tensors in a sound archive."""
    if chance.random() < 0.4:
        return damaged_bytes(content, chance)
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("data.pkl"):
                part = _damaged_pickle(part, chance)
            elif chance.random() < 0.1:
                part = damaged_bytes(part, chance)
            if chance.random() < 0.97:
                new.writestr(name, part)
    return made.getvalue()


def _damaged_pickle(content: bytes, chance: Random) -> bytes:
    """Instructions left out, doubled, exchanged or replaced by others."""
    if chance.random() < 0.3:
        return damaged_bytes(content, chance)
    places = [place for _, _, place in pickletools.genops(content)]
    parts = [content[start:end] for start, end in zip(places, [*places[1:], len(content)], strict=True)]
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        match chance.randrange(5):
            case 0:
                del parts[at]
            case 1:
                parts.insert(at, parts[other] * chance.choice((1, 2, 1000)))
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case 3:
                parts[at] = chance.choice(HOSTILE)
            case _:
                parts.insert(at, chance.choice(HOSTILE))
    return b"".join(parts)


HOSTILE = (
    b"cposix\nsystem\n", b"c__main__\nNet\n", b"R", b"b", b"0", b"2", b"(", b"t", b"1", b"e", b"u", b"s", b"Q",
    b"N", b")", b"J\xff\xff\xff\x7f", b"J\x00\x00\x00\x80", b"\x8a\x09" + b"\x00" * 8 + b"\x7f", b"G\x7f\xf8" +
    b"\x00" * 6, b"r\xff\xff\xff\x7f", b"j\x00\x00\x00\x40", b"\x8d" + b"\xff" * 7 + b"\x7f",
    b"X\xff\xff\xff\xff", b"2\x86" * 5_000, b"(" * 50_000, b"]\x85" * 50_000, b"\x82\x01", b"\x95" + b"\xff" * 8,
    b"}" * 1000, b"\x93", b"\x81",
)  # fmt: skip
"""Instructions that no file of weights has, or not there."""


def _damaged_safetensors(content: bytes, chance: Random) -> bytes:
    length = int.from_bytes(content[:8], "little")
    if chance.random() < 0.4:
        return damaged_bytes(content, chance)
    head = damaged_json(content[8 : 8 + length].decode(), chance)
    return len(head).to_bytes(8, "little") + head + content[8 + length :]


@contextmanager
def _little_memory(size: int) -> Iterator[None]:
    """Fails if more memory is taken than a file of ``size`` bytes justifies."""
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    yield
    assert tracemalloc.get_traced_memory()[1] - before < MOST_GROWTH * size + SLACK


@pytest.fixture
def traced() -> Iterator[None]:
    """Memory is counted."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("one_torch_thread", "traced")
@pytest.mark.parametrize("kind", ["torch", "safetensors"])
def test_weights(tmp_path: Path, contents: tuple[bytes, bytes], kind: str) -> None:
    path = tmp_path / "weights.pth"
    loaded = refused = 0
    for number, chance in attacks(f"weights {kind}", 150, 5_000):
        damage = _damaged_torch(contents[0], chance) if kind == "torch" else _damaged_safetensors(contents[1], chance)
        path.write_bytes(damage)
        with watched(f"weights {kind} {number}"), _little_memory(len(damage)):
            try:
                file = open_weights(path)
                plan = match(file.tensors, PROJECT.network)
                filled(PROJECT, file, plan)
                loaded += 1
            except WeightsError as error:
                refused += 1
                assert str(error).endswith(".")
                assert len(str(error)) < 500, str(error)
    assert loaded
    assert refused
