"""Equations of rounded numbers that hold as they are read.

A reader who computes with the written numbers gets the written result. For that the numbers get more digits; if a few
more do not help, the sign of the equation is :data:`NEARLY`, not =.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeVar

from cnnviz.numerals import WHOLE_SIZES, Figure, fixed, in_power, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

NEARLY = "≈"
"""The sign before a result that the written numbers give only nearly, because they are rounded."""
MORE = 3
"""The most additional digits."""
SMALL, LARGE = 1e-3, 1e5
"""Numbers of an equation are written in powers of ten if the largest is below SMALL or at least LARGE."""
MOST_DECIMALS = 5
"""The most decimals before digits are added."""
_SLACK = 0.5 * (1 + 1e-6)
"""The largest error of a rounded number, in units of its last digit, and a little for float32."""

S = TypeVar("S", bound="Style")


class Style(Protocol):
    """A way to round and write numbers."""

    def write(self, value: float, plus: bool = False) -> Figure:
        """The text of a number, with ``plus`` also with a plus sign."""
        ...

    def read(self, value: float) -> float:
        """The number that the text of ``value`` says."""
        ...

    def finer(self) -> Self:
        """This style with a digit more."""
        ...

    def agrees(self, computed: float, value: float) -> bool:
        """Whether ``computed``, rounded to the last digit of the text of ``value``, is that text."""
        ...


@dataclass(frozen=True)
class Decimals:
    """Numbers with ``count`` decimals, all as multiples of the same ``power`` of ten."""

    count: int
    power: int = 0

    def write(self, value: float, plus: bool = False) -> Figure:
        """See :meth:`Style.write`."""
        if self.power and math.isfinite(value):
            return in_power(value, self.power, self.count, plus)
        return fixed(value, self.count, plus)

    def read(self, value: float) -> float:
        """See :meth:`Style.read`."""
        if not math.isfinite(value):
            return value
        return round(value / 10.0**self.power, self.count) * 10.0**self.power

    def finer(self) -> Decimals:
        """See :meth:`Style.finer`."""
        return Decimals(self.count + 1, self.power)

    def agrees(self, computed: float, value: float) -> bool:
        """See :meth:`Style.agrees`."""
        return _near(computed, self.read(value), self.power - self.count)


@dataclass(frozen=True)
class Digits:
    """Numbers with ``count`` significant digits."""

    count: int = 4

    def write(self, value: float, plus: bool = False) -> Figure:
        """See :meth:`Style.write`."""
        written = significant(value, self.count)
        return Figure(f"+{written}") if plus and value > 0 else written

    def read(self, value: float) -> float:
        """See :meth:`Style.read`."""
        return round(value, -place) if (place := self._place(value)) is not None else value

    def finer(self) -> Digits:
        """See :meth:`Style.finer`."""
        return Digits(self.count + 1)

    def agrees(self, computed: float, value: float) -> bool:
        """See :meth:`Style.agrees`."""
        return _near(computed, self.read(value), self._place(value) or 0)

    def _place(self, value: float) -> int | None:
        """The power of ten that the last digit of a number counts; None if the number is 0 or not finite."""
        if not value or not math.isfinite(value):
            return None
        size = math.floor(math.log10(abs(value)))
        if size in WHOLE_SIZES:
            # all digits before the point are written
            return min(0, size - self.count + 1)
        # the number may be rounded up to the next power of ten
        return int(f"{value:.{self.count - 1}e}".partition("e")[2]) - self.count + 1


@lru_cache(maxsize=1024)
def decimals(limit: float, digits: int = 3) -> int:
    """The decimals for values up to ``limit``: ``digits`` digits of the largest value, but at most five decimals."""
    if not math.isfinite(limit) or limit <= 0:
        return 2
    return int(min(MOST_DECIMALS, max(0, digits - 1 - math.floor(math.log10(limit)))))


@lru_cache(maxsize=1024)
def decimals_for(limit: float, largest: float = 0.0) -> Decimals:
    """Three digits of numbers up to ``limit``, for an equation in which numbers up to ``largest`` stand too.

    The largest of all numbers decides on the power of ten.
    """
    most = max(limit, largest) if math.isfinite(largest) else limit
    if math.isfinite(most) and (0 < most < SMALL or most >= LARGE):
        return Decimals(2, math.floor(math.log10(most)))
    # numbers below a thousandth of the largest get no more decimals than that thousandth
    return Decimals(decimals(max(limit, most / 1000) if limit else most))


def settled(style: S, holds: Callable[[S], bool], more: int = MORE) -> tuple[S, bool]:
    """``style``, with as many digits more as it takes until the equation ``holds``, and whether it does then."""
    tried = style
    for _ in range(more + 1):
        if holds(tried):
            return tried, True
        tried = tried.finer()
    return style, False


@dataclass(frozen=True)
class WrittenSum:
    """A sum as text. ``terms`` and ``rest`` give ``subtotal``, and with ``bias`` they give ``total``.

    ``rest`` stands for all terms without a text of their own. ``complete`` tells whether the terms give the subtotal as
    they are written, and ``holds`` whether subtotal and bias give the total.
    """

    style: Decimals
    terms: tuple[Figure, ...]
    rest: Figure | None
    subtotal: str
    bias: Figure | None
    total: str
    complete: bool
    holds: bool

    @property
    def sign(self) -> str:
        """The sign between terms and result."""
        return equals(self.complete and self.holds)


def written_sum(
    terms: Sequence[float],
    subtotal: float,
    total: float,
    style: Decimals,
    *,
    bias: float | None = None,
    more_terms: bool = False,
    plus: bool = True,
) -> WrittenSum:
    """Write ``terms`` that sum to ``subtotal``, which with ``bias`` makes ``total``.

    All have the same decimals, and with ``plus`` also a plus sign. With ``more_terms`` there are others; their sum is
    written as what ``terms`` leave of the subtotal.
    """
    has_few_terms = len(terms) <= FEW_TERMS

    def completes(tried: Decimals) -> bool:
        return more_terms or tried.agrees(sum(map(tried.read, terms)), subtotal)

    def gives_total(tried: Decimals) -> bool:
        return tried.agrees(tried.read(subtotal) + (0.0 if bias is None else tried.read(bias)), total)

    used, _ = settled(style, lambda tried: gives_total(tried) and (not has_few_terms or completes(tried)))
    complete, holds = completes(used), gives_total(used)
    rest = used.read(subtotal) - sum(map(used.read, terms)) if more_terms else 0.0
    return WrittenSum(
        used,
        tuple(used.write(term, plus) for term in terms),
        used.write(rest, plus) if more_terms else None,
        nearly(used.write(subtotal, plus), complete),
        None if bias is None else used.write(bias, plus),
        nearly(used.write(total, plus), holds),
        complete,
        holds,
    )


FEW_TERMS = 10
"""Digits are added for the sake of up to so many terms; with more the roundings rarely cancel."""


def equals(holds: bool) -> str:
    """The sign before a result: = if the written numbers give it, else :data:`NEARLY`."""
    return "=" if holds else NEARLY


def nearly(written: str, holds: bool) -> str:
    """A result, with :data:`NEARLY` before it unless the equation ``holds``."""
    return written if holds else f"{NEARLY} {written}"


def added(parts: Sequence[str]) -> str:
    """``0.775 + 0.594 − 0.2 + …``: numbers that have their signs, written as a sum."""
    written = parts[0].removeprefix("+") if parts else "0"
    for part in parts[1:]:
        sign, digits = ("−", part[1:]) if part.startswith("−") else ("+", part.removeprefix("+"))
        written += f" {sign} {digits}"
    return written


def _near(computed: float, written: float, place: int) -> bool:
    """Whether ``computed`` rounds to ``written``, whose last digit counts powers ``place`` of ten.

    Numbers that are not finite are written as what they are, so nothing is rounded.
    """
    if not (math.isfinite(computed) and math.isfinite(written)):
        return True
    return abs(computed - written) <= _SLACK * 10.0**place
