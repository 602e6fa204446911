"""Limits on what following a source may cost: steps, nested calls, and the sizes of values."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS = 200_000
"""The most expressions and statements that are followed for one source."""
MOST_CALLS = 60
"""How deep calls of the source's own functions may be nested."""
MOST_NESTED = 90
"""How deep an expression may be nested."""
MOST_ENTRIES = 20_000
"""The most entries of a list, and the most characters of a string."""
MOST_ROUNDS = 100_000
"""The longest range that a loop goes through."""
LOOP_STEPS = 15_000
"""The most steps of a loop that neither makes an object nor computes with a network; a longer loop, such as one that
trains, is not followed."""
STEPS_FOR_EACH = 60
"""The steps that a loop over modules may take for each, such as one that sets their first weights."""


class Effort:
    """Counts what following a source costs; raises PasteError when it is too much."""

    def __init__(self) -> None:
        self.steps = 0
        self.calls = 0
        """The calls that are running."""
        self.nested = 0
        """How deep the present expression is nested."""

    def step(self, count: int = 1) -> None:
        """Count a step, or several."""
        self.steps += count
        if self.steps > MOST_STEPS:
            raise PasteError(Remark("too_much"))

    @contextmanager
    def call(self) -> Iterator[None]:
        """Count a call of a function of the source while it runs; how deep its expressions are nested counts anew."""
        if self.calls >= MOST_CALLS:
            raise PasteError(Remark("too_nested"))
        nested, self.nested = self.nested, 0
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1
            self.nested = nested
