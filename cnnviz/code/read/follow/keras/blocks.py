"""The blocks around the layers that are called: models, and functions that get a tensor."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.keras.tensors import KerasTensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.code.read.follow.machine import Machine

MARK = "\0"
"""Separates the name of a block from a number of its own; at the end it marks a function."""


class Blocks:
    """The models and functions that are running."""

    def __init__(self) -> None:
        self._models: list[tuple[int, str]] = []
        """The models that are running: the number of running functions when each began, and the name of its block."""
        self._functions: dict[int, tuple[object, str]] = {}
        """The frame of a function by its id, and the name of its block; it is kept, so that no other gets its id."""
        self._entered = 0

    @contextmanager
    def block(self, run: Machine, name: str) -> Iterator[None]:
        """A block around the steps that are added meanwhile."""
        self._entered += 1
        self._models.append((len(run.frames), f"{name}{MARK}{self._entered}"))
        try:
            yield
        finally:
            self._models.pop()

    def around(self, run: Machine) -> tuple[str, ...]:
        """The blocks around the next step: models, and functions that were called with a tensor."""
        # at one depth the models that began before a function are around it
        found = [(depth, 0, name) for depth, name in self._models]
        for depth, frame in enumerate(run.frames):
            if isinstance(frame.receiver, KerasTensor) and not frame.function.name.startswith("<"):  # such as <lambda>
                if id(frame) not in self._functions:
                    self._entered += 1
                    self._functions[id(frame)] = frame, f"{frame.function.name}{MARK}{self._entered}{MARK}"
                found.append((depth, 1, self._functions[id(frame)][1]))
        return tuple(name for _, _, name in sorted(found, key=lambda block: block[:2]))
