"""Undo and redo of values that replace each other. No Qt."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Steps(Generic[T]):
    """Keeps what was there before each step, ``most`` steps back."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._done: list[T] = []
        self._undone: list[T] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back last."""
        return bool(self._undone)

    def note(self, before: T) -> None:
        """A step was made from ``before``."""
        self._done = [*self._done, before][-self._most :]
        self._undone = []

    def undo(self, now: T) -> T:
        """The value before the last step; ``now`` where there is none."""
        return self._move(self._done, self._undone, now)

    def redo(self, now: T) -> T:
        """The value before the last step was taken back; ``now`` where none was."""
        return self._move(self._undone, self._done, now)

    def _move(self, source: list[T], target: list[T], now: T) -> T:
        if not source:
            return now
        target.append(now)
        return source.pop()
