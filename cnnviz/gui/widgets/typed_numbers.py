"""Parsing numbers as people type them. No Qt.

A comma is a decimal comma, as in ``0,5``, except between groups of three digits of a whole number, as in ``65,536``,
and between the numbers of a list.
"""

from __future__ import annotations

import re

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([,\s])\d{3})(?:\1\d{3})*")
"""A whole number with its digits in groups of three."""
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_BETWEEN = re.compile(r"\s*;\s*|,\s+|\s+")
_MINUS = "\u2212"
_POWER = re.compile(r"(?<![\d.,])(?:(?P<factor>[\d.,]*\d)\s*×\s*)?10(?P<power>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
"""A power of ten as the program writes it, with the factor before it."""
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def whole_number(text: str) -> int | None:
    """The whole number in a text; None if it is not a whole number."""
    text = text.strip().replace(_MINUS, "-")
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[,\s]", "", text)
    try:
        return int(text)
    except ValueError:
        return None


def real_number(text: str) -> float | None:
    """The number, with decimal point or comma, in a text; None if it is not a number."""
    try:
        return float(_without_powers(text).strip().replace(_MINUS, "-").replace(",", "."))
    except ValueError:
        return None


def real_numbers(text: str) -> tuple[float, ...] | None:
    """The numbers in a text, separated by semicolons, spaces or commas; None if it is not a list of numbers.

    A comma between two digits is a decimal comma, unless the text has decimal points as well, or more than one such
    comma in a row: ``0,5`` is one number, ``0.1,0.2`` are two and ``1,2,3`` are three.
    """
    pieces: list[str] = []
    text = _without_powers(text)
    for part in _BETWEEN.split(text.strip()):
        if "." not in text and len(_DECIMAL_COMMA.findall(part)) == 1:
            pieces.append(_DECIMAL_COMMA.sub(".", part))
        else:
            pieces += part.split(",")
    values = [real_number(piece) for piece in pieces]
    numbers = tuple(value for value in values if value is not None)
    return numbers if len(numbers) == len(values) else None


def _without_powers(text: str) -> str:
    """``3 × 10⁻⁵`` as ``3e-5``."""
    return _POWER.sub(lambda match: f"{match['factor'] or 1}e{match['power'].translate(_LOWERED)}", text)
