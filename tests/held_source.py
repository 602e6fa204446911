"""A source that reads no more images than it is allowed to, so that a test can look at what happens meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.sources.source import Block, Contents, Fault, Form, Trouble, identity_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

FORM = Form(1, 28, 28)


class HeldSource:
    """Images of ten classes, uint8 (N, 1, 28, 28); each reading of one needs a permit of ``allowed``.

    ``broken`` are the rows that are damaged. ``read_rows`` are the rows that were read, in order.
    """

    kind = "held"
    slow, scattered = False, True

    def __init__(self, path: Path, count: int = 400, broken: Collection[int] = (), fails_at: int | None = None) -> None:
        chance = np.random.default_rng(3)
        labels = np.arange(count) % 10
        self.images: NDArray[np.uint8] = chance.integers(0, 128, (count, 1, 28, 28)).astype(np.uint8)
        self.images[:, :, :14] += (labels * 12).astype(np.uint8)[:, None, None, None]
        self.path, self.broken, self.fails_at = path, broken, fails_at
        classes = tuple("0123456789")
        identity = identity_of("held", [count, sorted(broken)])
        self.contents = Contents("held", classes, {"train": labels}, FORM, identity)
        self.allowed = threading.Semaphore(0)
        self.read_rows: list[int] = []

    def allow(self, count: int = 100_000) -> None:
        """Let so many images be read."""
        self.allowed.release(count)

    def read(self, split: str, first: int, stop: int, form: Form) -> Block:
        """Wait for permits, then read."""
        for row in range(first, stop):
            self.allowed.acquire()
            if row == self.fails_at:
                raise OSError(28, "No space left on device")
            self.read_rows.append(row)
        good = np.array([row not in self.broken for row in range(first, stop)])
        images = self.images[first:stop] * good[:, None, None, None].astype(np.uint8)
        faults = tuple(Fault(str(row), Trouble.UNREADABLE) for row in range(first, stop) if row in self.broken)
        return Block(images, good, faults)
