"""Numbers the way a person writes them: thousands separated, a true minus sign, large counts shortened."""

from __future__ import annotations

import math
from functools import lru_cache

_ROUNDED_TO_1000 = 999.5
"""Three digits of a number from here on are 1000, so that it is written in the next unit."""


class Figure(str):
    """A number in English form, with its unit if it has one: ``1.05 GB``."""

    __slots__ = ()


def spell(value: object) -> str:
    """Format a value for people: ``64×5×5``, ``3×3``, ``1,600``, ``a, b``."""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        if all(isinstance(part, int) for part in value):
            return "×".join(str(part) for part in value)
        return ", ".join(spell(part) for part in value)
    return str(value)


@lru_cache(maxsize=4096)
def grouped(count: int) -> Figure:
    """A whole number with thousands separators: ``204,928``."""
    return Figure(f"{count:,}")


@lru_cache(maxsize=4096)
def compact(count: int) -> Figure:
    """A count with three digits: ``320``, ``18.5 k``, ``1.00 M``; below ten thousand with all digits."""
    if count < 10_000:
        return grouped(count)
    size = float(count)
    for unit in ("", "k", "M", "G", "T"):
        if size < _ROUNDED_TO_1000 or unit == "T":
            break
        size /= 1000
    # from 99.95 and 9.995 on, three digits would be rounded to 100.0 and 10.00
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2
    return Figure(f"{size:.{decimals}f} {unit}")


@lru_cache(maxsize=4096)
def memory(count: int) -> Figure:
    """Bytes with three digits, in powers of ten: ``784 B``, ``3.21 MB``; a negative difference is ``−1.5 MB``."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if abs(size) < _ROUNDED_TO_1000 or unit == "PB":
            break
        size /= 1000
    return Figure(_minus(f"{size:.3g} {unit}" if abs(size) < _ROUNDED_TO_1000 else f"{size:,.0f} {unit}"))


def duration(seconds: float) -> Figure:
    """A short time with three digits: ``83.1 µs``, ``1.24 ms``, ``2.05 s``."""
    # from here on three digits in the smaller unit would be 1000
    if seconds >= 0.9995:
        return Figure(f"{seconds:.3g} s")
    if seconds >= 0.9995e-3:
        return Figure(f"{1e3 * seconds:.3g} ms")
    return Figure(f"{1e6 * seconds:.3g} µs")


def signed(value: float, digits: int = 3) -> Figure:
    """A number with its sign and ``digits`` significant digits: ``+0.31``, ``−15.1``."""
    if not math.isfinite(value):
        return Figure(_no_number(value, plus=True))
    return Figure(_minus(with_powers(f"{value:+.{digits}g}")))


def fixed(value: float, decimals: int, plus: bool = False) -> Figure:
    """A number with a fixed count of decimals, with ``plus`` also with a plus sign; in powers of ten from 100,000 on.

    A number that is rounded to 0 has no sign, nor has NaN.
    """
    if not math.isfinite(value):
        return Figure(_no_number(value, plus))
    if abs(value) >= 1e5:
        return Figure(_minus(with_powers(f"{value:{'+' if plus else ''}.1e}")))
    if (text := f"{value:.{decimals}f}").strip("-0.") == "":
        return Figure(text.lstrip("-"))
    return Figure(_minus(f"{value:{'+' if plus else ''}.{decimals}f}"))


def loss(value: float) -> Figure:
    """A loss with four decimals, from 10 on with five digits: ``0.2503``, ``12.346``, ``42,961``."""
    if not math.isfinite(value) or not 10 <= abs(value) < 1e5:
        return fixed(value, 4)
    return Figure(_minus(f"{value:,.{4 - math.floor(math.log10(abs(value)))}f}"))


def exact(value: float) -> Figure:
    """A float32 with up to 7 significant digits, which is about its precision."""
    if not math.isfinite(value):
        return Figure("not a number" if math.isnan(value) else _no_number(value))
    return Figure(_minus(with_powers(f"{value:.7g}")))


def in_power(value: float, exponent: int, decimals: int, plus: bool = False) -> Figure:
    """A finite number as a multiple of a power of ten: ``−1.40 × 10⁻⁴``; 0 has no power."""
    factor = fixed(value / 10.0**exponent, decimals, plus)
    if factor.strip("0.") == "":
        return Figure("0")
    return Figure(f"{factor} × {_power(exponent)}")


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def with_powers(text: str) -> str:
    """A number as Python writes it, with its power of ten as people write it: ``2.1e-06`` becomes ``2.1 × 10⁻⁶``,
    ``1e-05`` becomes ``10⁻⁵``."""
    factor, found, exponent = text.partition("e")
    if not found:
        return text
    power = _power(int(exponent))
    return f"{factor[:-1]}{power}" if factor.lstrip("+-") == "1" else f"{factor} × {power}"


def rounded(value: float, digits: int) -> Figure:
    """A number with at most ``digits`` significant digits: ``0.002``, ``3 × 10⁻⁵``."""
    if not math.isfinite(value):
        return Figure(_no_number(value))
    return Figure(_minus(with_powers(f"{value:.{digits}g}")))


WHOLE_SIZES = range(-4, 6)
"""Numbers of these powers of ten are written without a power, with all digits before the point."""


def significant(value: float, digits: int = 4) -> Figure:
    """A number with at most ``digits`` significant digits: ``7.159``, ``4.423 × 10⁻⁵``."""
    if value == 0 or not math.isfinite(value):
        return exact(value)
    size = math.floor(math.log10(abs(value)))
    if size in WHOLE_SIZES:
        written = f"{value:.{max(0, digits - 1 - size)}f}"
        return Figure(_minus(written.rstrip("0").rstrip(".") if "." in written else written))
    return Figure(_minus(with_powers(f"{value:.{digits - 1}e}")))


def percent(share: float, decimals: int = 1) -> Figure:
    """A share in [0, 1] as ``99.9 %``; see :func:`hundredths`."""
    return Figure(f"{hundredths(share, decimals)} %")


def hundredths(share: float, decimals: int = 1) -> Figure:
    """A share in [0, 1] in percent, without the sign: a share below 1 is never rounded to 100, but ``> 99.9``."""
    if math.isnan(share):
        return Figure("–")
    written = f"{100 * share:.{decimals}f}"
    if share < 1 and written == f"{100:.{decimals}f}":
        return Figure(f"> {100 - 10**-decimals:.{decimals}f}")
    return Figure(written)


def _no_number(value: float, plus: bool = False) -> str:
    """``NaN``, or infinity with its sign."""
    if math.isnan(value):
        return "NaN"
    return "−∞" if value < 0 else "+∞" if plus else "∞"


def _power(exponent: int) -> str:
    return f"10{str(exponent).translate(_RAISED)}"


def _minus(text: str) -> str:
    return text.replace("-", "−")
