"""Images with labels for every kind of file that holds arrays, and writers of IDX files."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def made(
    count: int, shape: tuple[int, ...] = (9, 7), classes: int = 3, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Random images, uint8 (N, *shape), and their labels, int64 (N,); each class occurs."""
    chance = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    chance.shuffle(labels)
    return chance.integers(0, 256, (count, *shape), dtype=np.uint8), labels


def write_idx(path: Path, array: NDArray[np.generic]) -> None:
    """An IDX file of an array, gzipped if its name ends so."""
    code = CODES[array.dtype.str[1:]]
    head = bytes((0, 0, code, array.ndim)) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = head + array.astype(array.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
