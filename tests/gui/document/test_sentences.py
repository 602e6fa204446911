"""Sentences of the window."""

from __future__ import annotations

import pytest

from cnnviz.gui.document.sentences import about, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(9.4, "9 s"), (150, "2 min"), (3 * 3600, "3 h"), (5400, "1.5 h"), (47 * 3600, "47 h"), (1e6, "12 days")],
)
def test_times_as_a_person_says_them(seconds: float, text: str) -> None:
    assert span(seconds) == text
    assert about(seconds) == f"about {text}"
