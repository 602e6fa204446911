"""Equations of rounded numbers hold as a reader reads them, or their sign is ≈."""

from __future__ import annotations

from decimal import Decimal
from math import floor, inf, log10, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from written_numbers import read

from cnnviz.equations import NEARLY, Decimals, Digits, added, decimals_for, settled, written_sum

numbers = st.floats(-1e6, 1e6, width=32) | st.floats(-1e-4, 1e-4) | st.floats(-10, 10)


@given(st.lists(numbers, min_size=1, max_size=12), numbers | st.none(), st.integers(1, 12))
@example([-1.054], -0.194, 12)
@example([0.0], -0.10512, 12)
@example([1.2e-6, -3.4e-6], -0.105, 12)
def test_a_written_sum_adds_up_or_says_that_it_is_rounded(terms: list[float], bias: float | None, rows: int) -> None:
    subtotal = sum(terms)
    shown, rest = terms[:rows], len(terms) > rows
    total = subtotal + (bias or 0.0)
    style = decimals_for(max(map(abs, terms)), max(map(abs, (subtotal, total, bias or 0.0))))
    made = written_sum(shown, subtotal, total, style, bias=bias, more_terms=rest)
    parts = [*made.terms, *([made.rest] if made.rest is not None else [])]
    if NEARLY not in made.subtotal:
        assert sum(map(read, parts)) == read(made.subtotal)
    else:
        assert not rest
    if NEARLY not in made.total:
        assert read(made.subtotal) + (read(made.bias) if made.bias is not None else 0) == read(made.total)
    if made.sign == "=":
        assert sum(map(read, [*parts, *([made.bias] if made.bias is not None else [])])) == read(made.total)
    for written, value in zip(made.terms, shown, strict=True):
        assert abs(read(written) - Decimal(value)) <= Decimal(10) ** (made.style.power - made.style.count)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=2))
def test_two_numbers_nearly_always_add_up_with_a_few_digits_more(terms: list[float]) -> None:
    made = written_sum(terms[:1], terms[0], sum(terms), decimals_for(100.0), bias=terms[1])
    assert made.style.count <= decimals_for(100.0).count + 3
    assert made.holds or made.style == decimals_for(100.0)


def test_the_sum_of_a_window_on_black_has_the_power_of_its_bias() -> None:
    made = written_sum([0.0], 0.0, -0.1, decimals_for(0.0, 0.1), bias=-0.1)
    assert (made.terms, made.bias, made.total, made.sign) == (("0.000",), "−0.100", "−0.100", "=")


def test_a_sum_that_rounding_would_contradict_gets_a_digit_more() -> None:
    made = written_sum([-1.054], -1.054, -1.248, decimals_for(1.054, 1.248), bias=-0.194)
    assert added([*made.terms, str(made.bias)]) == "−1.054 − 0.194" and made.total == "−1.248"


def test_the_rest_is_what_the_terms_leave() -> None:
    made = written_sum([0.3334, 0.3334], 1.0, 1.0, Decimals(2), more_terms=True)
    assert (made.terms, made.rest, made.subtotal) == (("+0.33", "+0.33"), "+0.34", "+1.00")


@pytest.mark.parametrize("size", [1e-7, 1e5, 3e12])
def test_small_and_large_numbers_have_one_power_of_ten(size: float) -> None:
    made = written_sum([size, 2 * size], 3 * size, 3 * size, decimals_for(2 * size, 3 * size))
    powers = {text.partition(" × ")[2] for text in (*made.terms, made.total)}
    assert len(powers) == 1 and powers != {""} and "e" not in made.total


@given(st.floats(-9e4, 9e4) | st.floats(-1e-4, 1e-4), st.integers(0, 5), st.integers(0, 3))
@example(11.0, 0, 0)
@example(99999.6, 0, 0)
def test_a_style_reads_what_it_writes(value: float, count: int, above: int) -> None:
    power = floor(log10(abs(value))) + above if abs(value) > 1e-30 else 0
    for style in (Decimals(count, power), Decimals(count), Digits(count + 1)):
        assert style.read(value) == pytest.approx(float(read(style.write(value))), rel=1e-12, abs=1e-300)


def test_a_product_is_checked_to_the_last_digit_of_its_result() -> None:
    style, holds = settled(Digits(2), lambda tried: tried.agrees(tried.read(0.5321) * tried.read(-0.1154), -0.0614))
    assert holds and style == Digits(4)
    assert not Digits(2).agrees(0.53 * -0.12, -0.0614)
    # it is written as 1.000 × 10⁻⁴
    assert Digits().agrees(1.0003e-4, 9.99996e-5) and not Digits().agrees(1.0008e-4, 9.99996e-5)


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_numbers_that_are_none_are_written_as_what_they_are(value: float) -> None:
    made = written_sum([1.0, value], value, value, decimals_for(1.0, 1.0), bias=0.5)
    assert made.sign == "=" and made.total in ("NaN", "+∞", "−∞")


def test_ten_shares_add_up_to_one_as_they_are_read() -> None:
    shares = [0.1102, 0.1095, 0.1076, 0.1015, 0.0996, 0.0960, 0.0943, 0.0940, 0.0998, 0.0875]
    made = written_sum(shares, 1.0, 1.0, Decimals(2), more_terms=False, plus=False)
    assert made.sign == "=" and sum(map(read, made.terms)) == 1
