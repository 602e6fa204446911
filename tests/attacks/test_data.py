"""Damaged files of images and labels are read as what they are, or refused with a sentence."""

from __future__ import annotations

import gzip
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from mutations import attacks, damaged_bytes, watched

from cnnviz.data.errors import DataError
from cnnviz.data.idx import idx_blocks, read_idx

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (6, 5, 4)
PLAIN = bytes((0, 0, 8, 3)) + b"".join(size.to_bytes(4, "big") for size in SHAPE) + bytes(range(prod(SHAPE)))


def test_idx_files(tmp_path: Path) -> None:
    path = tmp_path / "images"
    for number, chance in attacks("idx", 200, 3_000):
        content = bytearray(PLAIN)
        kind = chance.random()
        if kind < 0.3:
            # a header of its own, with as many values as it states where these are few
            sizes = chance.choices(
                (0, 1, 1, 1, 1, 2, 255, 2**32 - 1), k=chance.choice((0, 1, 3, 4, 5, 33, 64, 65, 255))
            )
            content[:] = bytes((0, 0, 8, len(sizes))) + b"".join(size.to_bytes(4, "big") for size in sizes)
            content += bytes(min(10_000, prod(sizes)))
        elif kind < 0.6:
            # the header alone: type, number of axes, sizes
            for _ in range(chance.choice((1, 1, 2, 4))):
                content[chance.randrange(16)] = chance.choice((0, 1, 2, 4, 5, 8, 127, 128, 255))
        else:
            content[:] = damaged_bytes(bytes(content), chance)
        packed = gzip.compress(content) if chance.random() < 0.3 else bytes(content)
        path.write_bytes(damaged_bytes(packed, chance) if chance.random() < 0.2 else packed)
        shape = chance.choice((None, SHAPE))
        with watched(f"idx {number}"):
            try:
                array = read_idx(path, shape)
                assert array.dtype == np.uint8 and array.ndim <= 4 and (shape is None or array.shape == shape)
            except DataError as error:
                assert str(error).endswith(".") and len(str(error)) < 300
            try:
                assert sum(len(block) for block in idx_blocks(path, SHAPE, "0" * 64, 4)) < 0
            except DataError as error:
                assert str(error).endswith(".")
