"""Sentences are values: a template and what it is filled in with, in English unless somebody translates it."""

from __future__ import annotations

import pickle

import pytest

from cnnviz.network.graph import GraphError
from cnnviz.network.layers import Conv2d, ParameterError
from cnnviz.numerals import Figure
from cnnviz.sentence import ENGLISH, Language, SaidError, Sentence, has_words, plural, said, unchanged

BACKWARDS = Language(lambda sentence: {"of {a}": "{a} fo"}.get(sentence.template, sentence.template), lambda _: "#")


def test_a_sentence_writes_its_values_as_a_person_would() -> None:
    values = {"name": "a_b", "count": 1600, "shape": (3, 4), "rate": 0.5, "parts": ("x", (1, 2), Sentence("y"))}
    sentence = Sentence("{name}: {count}, {shape}, {rate}, {limit:,.10g}, {parts}", limit=1e6, **values)
    assert str(sentence) == "a_b: 1,600, 3×4, 0.5, 1,000,000, x, 1×2, y"
    assert sentence == pickle.loads(pickle.dumps(sentence))
    assert sentence != Sentence(sentence.template)


def test_a_text_with_braces_is_put_in_as_it_is() -> None:
    assert str(Sentence("“{name}”", name="{count} {")) == "“{count} {”"
    assert str(unchanged("{count} {")) == "{count} {"


@pytest.mark.parametrize(("count", "text"), [(0, "0 layers"), (1, "1 layer"), (2, "2 layers"), (1200, "1,200 layers")])
def test_a_count_chooses_singular_or_plural(count: int, text: str) -> None:
    assert str(plural("{count} layers", "1 layer", count)) == text


def test_a_language_translates_what_is_inside_as_well_but_no_names() -> None:
    inner = Sentence("of {a}", a="of {a}")
    assert Sentence("{x} and {n}", x=inner, n=3).written(BACKWARDS) == "of {a} fo and #"
    assert Sentence("{size}", size=Figure("1.05 GB")).written(BACKWARDS) == "#"
    assert Sentence("{size}", size="1.05 GB").written(BACKWARDS) == "1.05 GB"


def test_an_error_is_its_sentence() -> None:
    error = SaidError(Sentence("There is no “{name}”.", name="x"))
    assert str(error) == "There is no “x”." == str(said(error))
    assert str(said(OSError("disk {full}"))) == "disk {full}"
    with pytest.raises(ParameterError) as refused:
        Conv2d(kernel_size=(-3, 3))
    assert str(refused.value) == "Conv2d: kernel_size must be two whole numbers from 1 to 1,024, not (-3, 3)."
    assert refused.value.sentence.values["kind"] == "Conv2d"
    assert GraphError("bad_id", id="%").sentence.template.startswith("“{id}” cannot be")


@pytest.mark.parametrize(("template", "words"), [("{text}", False), ("{a}, {b:,.10g} × 1", False), ("{a} of", True)])
def test_what_has_no_words_is_not_translated(template: str, words: bool) -> None:
    assert has_words(template) is words
    assert ENGLISH.template(Sentence(template)) == template
