"""Sentences of the window."""

from __future__ import annotations

import pytest

from cnnviz.gui.document.sentences import about, epochs, layers, parameters, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(9.4, "9 s"), (150, "2 min"), (3 * 3600, "3 h"), (5400, "1.5 h"), (47 * 3600, "47 h"), (1e6, "12 days")],
)
def test_times_as_a_person_says_them(seconds: float, text: str) -> None:
    assert span(seconds) == text
    assert about(seconds) == f"about {text}"


@pytest.mark.parametrize(
    ("count", "number", "ending"), [(0, "0", "s"), (1, "1", ""), (5, "5", "s"), (1234, "1,234", "s")]
)
def test_a_noun_fits_its_count(count: int, number: str, ending: str) -> None:
    for counted, noun in ((layers, "layer"), (parameters, "parameter"), (epochs, "epoch")):
        assert counted(count) == f"{number} {noun}{ending}"
