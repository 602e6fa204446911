"""Numbers as people type them, with decimal points and commas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.gui.widgets.typed_numbers import real_number, real_numbers, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" +3 ", 3),
        ("−7", -7),
        ("65,536", 65536),
        ("1 000 000", 1_000_000),
        ("12,8", None),
        ("1,00", None),
        ("1,0000", None),
        ("1,000 000", None),
        ("1.5", None),
        ("1e3", None),
        ("", None),
        ("many", None),
    ],
)
def test_a_comma_in_a_whole_number_stands_between_groups_of_three_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("−0,5", -0.5),
        (",5", 0.5),
        ("1,000", 1.0),
        ("1e-3", 0.001),
        ("1,5e-3", 0.0015),
        ("10⁻⁵", 1e-5),
        ("−10⁻⁵", -1e-5),
        ("3 × 10⁻⁵", 3e-5),
        ("2,5×10²", 250.0),
        ("510⁻⁵", None),
        ("10⁻", None),
        ("1,2.3", None),
        ("1,2,3", None),
        ("", None),
        ("x", None),
    ],
)
def test_a_comma_in_a_real_number_is_a_decimal_comma(text: str, number: float | None) -> None:
    assert real_number(text) == number


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0,5", (0.5,)),
        ("0,5; 0,25", (0.5, 0.25)),
        ("0,5;0,25", (0.5, 0.25)),
        ("0,5 0,25", (0.5, 0.25)),
        ("0,5, 0,25", (0.5, 0.25)),
        ("0.5, 0.25", (0.5, 0.25)),
        ("0.5,0.25", (0.5, 0.25)),
        ("1,2,3", (1.0, 2.0, 3.0)),
        ("-1,-2", (-1.0, -2.0)),
        ("10⁻⁵; 3 × 10⁻⁵", (1e-5, 3e-5)),
        ("1,", None),
        ("0.5; x", None),
        ("", None),
    ],
)
def test_a_list_is_read_with_points_and_with_commas(text: str, numbers: tuple[float, ...] | None) -> None:
    assert real_numbers(text) == numbers


NUMBERS = st.floats(-1000, 1000).map(lambda value: float(f"{value:.6g}"))


@given(st.lists(NUMBERS, min_size=1, max_size=4), st.sampled_from(["; ", ";", " ", ", "]), st.booleans())
def test_what_is_written_is_read_again(values: list[float], between: str, comma: bool) -> None:
    texts = [f"{value:.10g}" for value in values]
    if comma:
        texts = [text.replace(".", ",") for text in texts]
    assert real_numbers(between.join(texts)) == tuple(values)
    assert all(real_number(text) == value for text, value in zip(texts, values, strict=True))
    assert whole_number(f"{int(values[0]):,}") == int(values[0])
