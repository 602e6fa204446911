"""Undo and redo of an immutable value. No Qt."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Steps(Generic[T]):
    """The values before the last ``most`` steps. The present value is kept by the caller."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._done: list[T] = []
        self._undone: list[T] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._undone)

    def note(self, before: T) -> None:
        """Add a step; ``before`` is the value before it. Steps that were undone can no longer be redone."""
        self._done = [*self._done, before][-self._most :]
        self._undone = []

    def undo(self, now: T) -> T:
        """The value before the last step; ``now``, the present value, if there is no step."""
        return self._move(self._done, self._undone, now)

    def redo(self, now: T) -> T:
        """The value before the last undo; ``now``, the present value, if nothing was undone."""
        return self._move(self._undone, self._done, now)

    def _move(self, source: list[T], target: list[T], now: T) -> T:
        if not source:
            return now
        target.append(now)
        return source.pop()
