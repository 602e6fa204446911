"""Numbers as a person writes them, also those that are none."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from cnnviz.numerals import compact, exact, fixed, hundredths, loss, memory, percent, rounded, signed, significant
from cnnviz.sentence import Sentence


def english(template: str, gap: float) -> str:
    return str(Sentence(template, gap=gap))


def test_what_is_not_a_number_has_no_sign() -> None:
    assert [fixed(nan, 1, plus=True), fixed(nan, 1), signed(nan), exact(nan)] == ["NaN", "NaN", "NaN", "not a number"]
    assert [fixed(inf, 1, plus=True), fixed(inf, 1), fixed(-inf, 1, plus=True)] == ["+∞", "∞", "−∞"]
    assert [signed(inf), signed(-inf), exact(-inf)] == ["+∞", "−∞", "−∞"]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (exact(2.1e-06), "2.1 × 10⁻⁶"),
        (exact(-1e-05), "−10⁻⁵"),
        (signed(2.13e-6), "+2.13 × 10⁻⁶"),
        (fixed(-123456.0, 2), "−1.2 × 10⁵"),
        (rounded(1e-5, 6), "10⁻⁵"),
        (rounded(0.002, 6), "0.002"),
        (english("{gap:.2g}", 2.13e-6), "2.1 × 10⁻⁶"),
    ],
)
def test_a_power_of_ten_is_written_in_one_way_everywhere(written: str, wanted: str) -> None:
    assert written == wanted


def test_numbers_keep_their_sign() -> None:
    assert [fixed(1.25, 1, plus=True), fixed(-0.01, 1, plus=True), signed(-15.12)] == ["+1.2", "0.0", "−15.1"]


def test_numbers_read_as_a_person_writes_them() -> None:
    assert [compact(count) for count in (320, 9_999, 18_496, 2_230_272, 999_960)] == [
        "320",
        "9,999",
        "18.5 k",
        "2.23 M",
        "1.00 M",
    ]
    assert signed(-0.312, 2) == "−0.31" and signed(0.312, 2) == "+0.31"
    assert fixed(-15.12, 1, plus=True) == "−15.1" and fixed(4.2, 1, plus=True) == "+4.2"
    assert percent(0.997, 0) == "> 99 %" and percent(0.994, 0) == "99 %" and percent(0.99996, 2) == "> 99.99 %"
    assert hundredths(0.9996) == "> 99.9" and hundredths(1.0, 0) == "100" and hundredths(nan) == "–"
    assert percent(0.99999) == "> 99.9 %" and percent(1.0) == "100.0 %" and percent(0.984) == "98.4 %"
    assert exact(float("nan")) == "not a number"
    value = np.float32(0.1234567)
    assert np.float32(exact(float(value))) == value


def test_a_large_loss_has_no_decimals_that_nobody_reads() -> None:
    losses = [0.25, 9.99996, 12.34567, 4296.11456, 42961.1456, 1.2e5, 3.4e36, -12.5, inf, nan]
    written = ["0.2500", "10.0000", "12.346", "4,296.1", "42,961", "1.2 × 10⁵", "3.4 × 10³⁶", "−12.500", "∞", "NaN"]
    assert [loss(value) for value in losses] == written


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (512, "512"),
        (9_999, "9,999"),
        (29_178, "29.2 k"),
        (999_700, "1.00 M"),
        (61_100_840, "61.1 M"),
        (15_470_264_320, "15.5 G"),
    ],
)
def test_large_numbers_in_three_digits(number: int, text: str) -> None:
    assert compact(number) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999_600, "1 MB"),
        (74_700_000, "74.7 MB"),
        (60_700_000_000, "60.7 GB"),
        (2 * 10**18, "2,000 PB"),
        (-1_540_000, "−1.54 MB"),
    ],
)
def test_bytes_as_a_person_says_them(count: int, text: str) -> None:
    assert memory(count) == text


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (4.423161e-05, "4.423 × 10⁻⁵"),
        (9.99996e-05, "1.000 × 10⁻⁴"),
        (-0.3545755, "−0.3546"),
        (7.1587, "7.159"),
        (0.0, "0"),
        (123456.7, "123457"),
        (0.5, "0.5"),
        (-2e9, "−2.000 × 10⁹"),
        (nan, "not a number"),
    ],
)
def test_a_number_has_at_most_four_significant_digits(value: float, wanted: str) -> None:
    assert significant(value) == wanted
