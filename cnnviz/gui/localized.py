"""The functions of :mod:`cnnviz.numerals` in the language of the window. Not for files and input fields."""

from __future__ import annotations

import math
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from cnnviz import numerals
from cnnviz.gui.language import localized, text
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")

__all__ = [
    "compact", "duration", "exact", "fixed", "grouped", "hundredths", "in_power", "localized", "loss", "memory",
    "percent", "rounded", "signed", "spell",
]  # fmt: skip


def _in_window(write: Callable[P, str]) -> Callable[P, str]:
    @wraps(write)
    def written(*arguments: P.args, **named: P.kwargs) -> str:
        return localized(write(*arguments, **named))

    return written


grouped = _in_window(numerals.grouped)
compact = _in_window(numerals.compact)
memory = _in_window(numerals.memory)
duration = _in_window(numerals.duration)
signed = _in_window(numerals.signed)
fixed = _in_window(numerals.fixed)
hundredths = _in_window(numerals.hundredths)
in_power = _in_window(numerals.in_power)
loss = _in_window(numerals.loss)
percent = _in_window(numerals.percent)


def exact(value: float) -> str:
    """See :func:`cnnviz.numerals.exact`."""
    return text(Sentence("not a number")) if math.isnan(value) else localized(numerals.exact(value))


def spell(value: object) -> str:
    """See :func:`cnnviz.numerals.spell`; a text stays as it is."""
    return value if isinstance(value, str) else localized(numerals.spell(value))


def rounded(value: float, digits: int = 6) -> str:
    """See :func:`cnnviz.numerals.rounded`."""
    return localized(numerals.rounded(value, digits))
