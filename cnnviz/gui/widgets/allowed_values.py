"""Sentences about the values that a parameter may have."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.gui.language import text
from cnnviz.gui.localized import localized, rounded
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.parameters import Form, Parameter


DIGITS = 10
"""The most digits of a real limit."""
EXPECTED: Mapping[Form, str] = MappingProxyType(
    {
        "integer": "A whole number from {low} to {high}.",
        "number": "A number from {low} to {high}.",
        "switch": "On or off.",
        "choice": "One of {choices}.",
        "pair": "Two whole numbers from {low} to {high}.",
        "padding": "“same” or two whole numbers from {low} to {high}.",
        "sides": "Four whole numbers from {low} to {high}.",
        "shape": "Three whole numbers from {low} to {high}.",
        "numbers": "One or more numbers from {low} to {high}, separated by semicolons.",
    }
)
"""Templates of the sentences about allowed values, by the form of a parameter."""


def expected(parameter: Parameter) -> str:
    """A sentence about the allowed values of a parameter."""
    # no thousands separators in real numbers: there a typed comma is a decimal comma
    low, high = (
        rounded(limit, DIGITS) if parameter.form in ("number", "numbers") else localized(f"{limit:,}")
        for limit in (parameter.low, parameter.high)
    )
    if parameter.unit:
        high += f" {text(Sentence(parameter.unit))}"
    return text(Sentence(EXPECTED[parameter.form], low=low, high=high, choices=parameter.choices))
