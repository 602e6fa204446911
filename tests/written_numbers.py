"""Reading numbers as a person reads them on screen."""

from __future__ import annotations

from decimal import Decimal

from cnnviz.equations import NEARLY

_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read(text: str) -> Decimal:
    """The number that a text shows, exactly."""
    factor, _, power = text.removeprefix(NEARLY).strip().replace("−", "-").replace(",", "").partition(" × 10")
    return Decimal(factor).scaleb(int(power.translate(_LOWERED) or 0))


def half_a_digit(text: str) -> Decimal:
    """Half of what the last digit of a text counts."""
    factor, _, power = text.partition(" × 10")
    decimals = len(factor.partition(".")[2])
    return Decimal("0.5000001").scaleb(int(power.translate(_LOWERED) or 0) - decimals)
