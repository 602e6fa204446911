"""What is quoted in a sentence is short, on one line, and cannot change how the sentence is shown."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.quoting import LONGEST, described, quoted, shortened


@given(st.text(st.characters(codec=None), max_size=200))
def test_it_is_one_short_printed_line(text: str) -> None:
    once = quoted(text)
    assert len(once) <= LONGEST
    assert all(one.isprintable() or one in "\u200c\u200d" for one in once)
    assert quoted(once) == once
    once.encode()


@pytest.mark.parametrize("text", ["", "conv1", "Größe 3×3", "ネットワーク", "👩\u200d🔬", "a" * LONGEST])
def test_ordinary_text_stays(text: str) -> None:
    assert quoted(text) == text


def test_what_is_long_keeps_its_beginning_and_its_end() -> None:
    assert quoted("a" * 1_000_000 + "/network.cnnviz") == "a" * 39 + "…" + "aaaaa/network.cnnviz"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("\u202eevil\u2066", "\ufffdevil\ufffd"),
        ("\ud800", "\ufffd"),
        (os.fsdecode(b"caf\xe9"), "caf\ufffd"),
    ],
)
def test_characters_that_change_how_text_is_shown(text: str, shown: str) -> None:
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("same", "'same'"), (3, "3"), (None, "None"), ([1, 2], "[1, 2]"), (float("nan"), "nan"), ({"a": 1}, "{'a': 1}")],
)
def test_values_are_written_as_python_does(value: object, shown: str) -> None:
    assert described(value) == shown


@pytest.mark.parametrize(
    "value",
    [10**4000, ["x" * 10**6] * 10, {"k" * 10**6: 1}, "x" * 10**6, [[[[[[[[[]]]]]]]]], list(range(10**6))],
)
def test_large_values_are_short(value: object) -> None:
    assert len(described(value)) <= LONGEST


def test_a_number_that_python_does_not_write() -> None:
    assert described(10**5000) == "a huge number"


def test_texts_and_numbers_of_a_sentence_are_shortened() -> None:
    assert shortened({"id": "x" * 100, "port": 3}) == {"id": quoted("x" * 100), "port": 3}
    assert shortened({"port": 10**4300}) == {"port": "a huge number"}
