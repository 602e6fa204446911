"""Sentences for the user as values: an English template, and the values of its fields.

Every error, event, refusal and remark that reaches a person carries a :class:`Sentence`. ``str()`` of it is English,
for logs and the command line; the window translates the template first and fills it in afterwards
(:mod:`cnnviz.gui.language`). Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING, Any

from cnnviz.numerals import Figure, spell, with_powers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, init=False, repr=False)
class Sentence:
    """An English ``template`` such as ``“{name}” has {count} axes.``, and the ``values`` of its fields.

    A value is a text, a number, a :class:`~cnnviz.numerals.Figure`, a shape, another sentence, or a tuple of these. A
    number is written as :func:`cnnviz.numerals.spell` writes it, or as the format of its field says. A sentence whose
    words depend on a count is made by :func:`plural`; ``one`` is its template for a count of 1, else empty.
    """

    template: str
    values: Mapping[str, object]
    one: str

    def __init__(self, template: str, /, **values: object) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "one", "")

    def __hash__(self) -> int:
        # the values of the fields need not be hashable
        return hash((self.template, self.one))

    def __str__(self) -> str:
        return self.written(ENGLISH)

    def __repr__(self) -> str:
        return f"Sentence({str(self)!r})"

    @property
    def count(self) -> int | None:
        """The whole number in the field ``{count}``, which decides between singular and plural; None without one."""
        count = self.values.get("count")
        return count if isinstance(count, int) and "{count}" in self.template else None

    def written(self, language: Language) -> str:
        """The text in a language."""
        return _Filler(language).vformat(language.template(self), (), self.values)


def plural(many: str, one: str, count: int, /, **values: object) -> Sentence:
    """A sentence with the English template ``one`` for a count of 1, and ``many`` for others.

    Other languages have other forms: their translators find ``many``, whose field is ``{count}``.
    """
    sentence = Sentence(many, count=count, **values)
    object.__setattr__(sentence, "one", one)
    return sentence


@dataclass(frozen=True)
class Language:
    """How sentences become text: ``template`` returns the template of a sentence in this language, ``number`` rewrites
    a number that is in English form."""

    template: Callable[[Sentence], str]
    number: Callable[[str], str]


class SaidError(Exception):
    """An error that is told to the user: ``sentence`` says what happened, to what, and what to do.

    ``str()`` is the sentence in English.
    """

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def said(error: BaseException) -> Sentence:
    """The sentence of an error; for an error without a sentence, its text unchanged."""
    return error.sentence if isinstance(error, SaidError) else unchanged(str(error))


def unchanged(text: str) -> Sentence:
    """A text that is the same in every language, such as a message of the system or of a library."""
    return Sentence("{text}", text=text)


@lru_cache(maxsize=4096)
def has_words(template: str) -> bool:
    """Whether there is something to translate: a letter outside the fields."""
    return any(character.isalpha() for text, *_ in Formatter().parse(template) for character in text)


def english(sentence: Sentence) -> str:
    """The English template of a sentence."""
    return sentence.one if sentence.one and sentence.count == 1 else sentence.template


ENGLISH = Language(english, str)
"""The language of logs, files and the command line."""


class _Filler(Formatter):
    """Fills a template in; sentences among the values are written in the same language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Sentence):
            return value.written(self._language)
        if isinstance(value, Figure):
            return self._language.number(value)
        if isinstance(value, str):
            return value
        if isinstance(value, tuple) and not all(isinstance(part, int) for part in value):
            return ", ".join(self.format_field(part, format_spec) for part in value)
        return self._language.number(with_powers(format(value, format_spec)) if format_spec else spell(value))
