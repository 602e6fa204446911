"""Dataclass fields with metadata: how they are entered, which values are allowed, and a help text.

Parameters of layers, settings of a recipe and the split of a dataset are such fields. Files, forms and sentences
are made from the metadata.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["integer", "number", "switch", "choice", "pair", "padding", "sides", "shape", "numbers"]

PROPER_NAMES: Mapping[str, str] = MappingProxyType(
    {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad"}
)
"""Displayed names of choices that are proper names."""


@dataclass(frozen=True)
class Parameter:
    """The metadata of a field: its form of input, its limits, and a help text.

    ``low`` and ``high`` are inclusive and hold for every entry of a pair, shape or list of numbers.
    """

    form: Form
    help: str
    low: float = 0
    high: float = 0
    unit: str = ""
    choices: tuple[str, ...] = ()
    name: str = ""

    @property
    def title(self) -> Sentence:
        """The label of the field."""
        return title(self.name)

    @property
    def expected(self) -> Sentence:
        """The allowed values, as a part of a sentence."""
        limits = {"low": self.low, "high": self.high}
        match self.form:
            case "integer":
                return Sentence("a whole number from {low:g} to {high:,.10g}", **limits)
            case "number":
                return Sentence("a number from {low:g} to {high:,.10g}", **limits)
            case "switch":
                return Sentence("true or false")
            case "choice":
                return Sentence("one of {choices}", choices=self.choices)
            case "pair":
                return Sentence("two whole numbers from {low:g} to {high:,.10g}", **limits)
            case "padding":
                return Sentence("“same” or two whole numbers from {low:g} to {high:,.10g}", **limits)
            case "sides":
                return Sentence("four whole numbers (left, right, top, bottom) from {low:g} to {high:,.10g}", **limits)
            case "shape":
                return Sentence("three whole numbers (channels, height, width) from {low:g} to {high:,.10g}", **limits)
            case "numbers":
                return Sentence("one or more numbers from {low:g} to {high:,.10g}", **limits)

    def normalized(self, value: object) -> object | None:
        """``value`` in its stored form; None if it is not allowed."""
        low, high = self.low, self.high
        match self.form:
            case "integer":
                return _whole(value, low, high)
            case "number":
                return _real(value, low, high)
            case "switch":
                return value if isinstance(value, bool) else None
            case "choice":
                return value if value in self.choices else None
            case "padding" if value == "same":
                return value
            case "pair" | "padding":
                entries = (value, value) if isinstance(value, int) else value
                return _all(entries, _whole, low, high, {2})
            case "sides":
                entries = (value,) * 4 if isinstance(value, int) else value
                return _all(entries, _whole, low, high, {4})
            case "shape":
                return _all(value, _whole, low, high, {3})
            case "numbers":
                entries = (value,) if isinstance(value, int | float) else value
                return _all(entries, _real, low, high, None)
        return None


def title(name: str) -> Sentence:
    """The label of a field: its name in words."""
    return Sentence(name.replace("_", " "))


@cache
def parameters_of(kind: type) -> tuple[Parameter, ...]:
    """The parameters of a dataclass, in the order of its fields; other fields are left out."""
    return tuple(
        dataclasses.replace(entry.metadata["parameter"], name=entry.name)
        for entry in dataclasses.fields(kind)
        if "parameter" in entry.metadata
    )


def integer(default: int, low: int, high: int, help: str, unit: str = "") -> Any:
    """A parameter that is a whole number from ``low`` to ``high``."""
    return field(default=default, metadata={"parameter": Parameter("integer", help, low, high, unit)})


def number(default: float, low: float, high: float, help: str, unit: str = "") -> Any:
    """A parameter that is a real number from ``low`` to ``high``."""
    return field(default=default, metadata={"parameter": Parameter("number", help, low, high, unit)})


def switch(default: bool, help: str) -> Any:
    """A parameter that is True or False."""
    return field(default=default, metadata={"parameter": Parameter("switch", help)})


def pair(default: tuple[int, int], low: int, high: int, help: str, unit: str = "") -> Any:
    """A parameter with whole numbers for height and width; a single number means both."""
    return field(default=default, metadata={"parameter": Parameter("pair", help, low, high, unit)})


def padding(default: tuple[int, int] | Literal["same"], high: int, help: str) -> Any:
    """A parameter that is a pair, or “same”: the zero padding that keeps height and width at stride 1."""
    return field(default=default, metadata={"parameter": Parameter("padding", help, 0, high, "pixels")})


def sides(default: tuple[int, int, int, int], high: int, help: str) -> Any:
    """A parameter with whole numbers for left, right, top, bottom, in torch's order; a single number means all."""
    return field(default=default, metadata={"parameter": Parameter("sides", help, 0, high, "pixels")})


def shape(default: tuple[int, ...], high: int, help: str) -> Any:
    """A parameter that is a shape: channels, height and width."""
    return field(default=default, metadata={"parameter": Parameter("shape", help, 1, high)})


def choice(default: str, choices: tuple[str, ...], help: str) -> Any:
    """A parameter that is one of ``choices``."""
    return field(default=default, metadata={"parameter": Parameter("choice", help, choices=choices)})


def numbers(default: tuple[float, ...], low: float, high: float, help: str) -> Any:
    """A parameter with a number for all channels, or a number for each channel."""
    return field(default=default, metadata={"parameter": Parameter("numbers", help, low, high)})


def _whole(value: object, low: float, high: float) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value <= high else None


def _real(value: object, low: float, high: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if low <= value <= high else None


def _all(value: object, parse: Any, low: float, high: float, lengths: set[int] | None) -> tuple[Any, ...] | None:
    if not isinstance(value, tuple | list) or not value or (lengths and len(value) not in lengths):
        return None
    entries = tuple([parse(entry, low, high) for entry in value])
    return None if None in entries else entries
