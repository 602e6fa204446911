"""Numbers as a person writes them, also those that are none."""

from __future__ import annotations

from math import inf, nan

from cnnviz.gui.widgets.numerals import exact, fixed, signed


def test_what_is_not_a_number_has_no_sign() -> None:
    assert [fixed(nan, 1, plus=True), fixed(nan, 1), signed(nan), exact(nan)] == ["NaN", "NaN", "NaN", "not a number"]
    assert [fixed(inf, 1, plus=True), fixed(inf, 1), fixed(-inf, 1, plus=True)] == ["+∞", "∞", "−∞"]
    assert [signed(inf), signed(-inf), exact(-inf)] == ["+∞", "−∞", "−∞"]


def test_numbers_keep_their_sign() -> None:
    assert [fixed(1.25, 1, plus=True), fixed(-0.01, 1, plus=True), signed(-15.12)] == ["+1.2", "0.0", "−15.1"]
