"""Sentences of the window."""

from __future__ import annotations

import pytest

from cnnviz.gui.document.sentences import about, epochs, layers, parameters, span
from cnnviz.training.estimate import Estimate


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(9.4, "9 s"), (150, "2 min"), (3 * 3600, "3 h"), (5400, "1.5 h"), (47 * 3600, "47 h"), (1e6, "12 days")],
)
def test_times_as_a_person_says_them(seconds: float, text: str) -> None:
    assert span(seconds) == text
    assert about(Estimate(seconds, seconds)) == f"about {text}"


@pytest.mark.parametrize(
    ("least", "most", "text"),
    [
        (40, 70, "about 53 s"),
        (10, 69, "10–69 s"),
        (2.4, 20, "2.4–20 s"),
        (30, 240, "0.5–4 min"),
        (3600, 4 * 3600, "1–4 h"),
        (12 * 3600, 60 * 3600, "0.5–2.5 days"),
        (90, 600, "1.5–10 min"),
    ],
)
def test_a_time_that_is_not_certain_is_a_range(least: float, most: float, text: str) -> None:
    assert about(Estimate(least, most)) == text


@pytest.mark.parametrize(
    ("count", "number", "ending"), [(0, "0", "s"), (1, "1", ""), (5, "5", "s"), (1234, "1,234", "s")]
)
def test_a_noun_fits_its_count(count: int, number: str, ending: str) -> None:
    for counted, noun in ((layers, "layer"), (parameters, "parameter"), (epochs, "epoch")):
        assert counted(count) == f"{number} {noun}{ending}"
