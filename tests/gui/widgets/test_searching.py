from __future__ import annotations

import pytest

from cnnviz.gui.widgets.searching import DESCRIBED, INSIDE, rank

TEXT = "Halves height and width: keeps the largest of each 2x2 block."


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", 0),
        ("max", 0),
        ("MAX", 0),
        ("pooling", 1),
        ("ool", INSIDE),
        ("width", DESCRIBED),
        ("wid", DESCRIBED),
        ("2x2", DESCRIBED),
        ("idth", None),
        ("max width", DESCRIBED),
        ("max idth", None),
        ("(", None),
    ],
)
def test_names_come_first_and_of_descriptions_only_beginnings_of_words_count(typed: str, expected: int | None) -> None:
    assert rank(typed, "Max pooling", TEXT) == expected


def test_a_word_with_a_hyphen_or_an_underscore_has_two_beginnings() -> None:
    assert rank("size", "kernel_size", "") == rank("wise", "depth-wise", "") == 1
