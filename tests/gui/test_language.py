"""A translation beside the English texts is loaded for the user's language, with its plurals and its numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator

from cnnviz.gui import language, localized
from cnnviz.gui.document.sentences import error_sentence, layers, span
from cnnviz.network.graph import GraphError
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

TRANSLATED = {
    "{count} layers": ("{count} warstwa", "{count} warstwy", "{count} warstw"),
    "There is no layer named “{id}”.": ("Nie ma warstwy „{id}”.",),
    "{hours:.2g} h": ("{hours:.2g} godz.",),
}
"""Polish has three forms: for 1, for 2 to 4 (and 22 to 24), and for others."""


def message(text: str, forms: tuple[str, ...]) -> str:
    numerus = ' numerus="yes"' if len(forms) > 1 else ""
    inside = "".join(f"<numerusform>{form}</numerusform>" for form in forms) if numerus else forms[0]
    return f"<message{numerus}><source>{escape(text)}</source><translation>{inside}</translation></message>"


@pytest.fixture
def polish(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    """Whether a translation into Polish is loaded."""
    path = tmp_path / "cnnviz_pl.ts"
    inside = "".join(message(text, forms) for text, forms in TRANSLATED.items())
    path.write_text(
        f'<!DOCTYPE TS><TS version="2.1" language="pl"><context><name>sentences</name>{inside}</context></TS>',
        encoding="utf-8",
    )
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([tool, path], check=True, capture_output=True, timeout=60)
    monkeypatch.setattr(language, "resource", lambda _: tmp_path)
    owner = QObject()
    yield language.install(owner, QLocale("pl_PL"))
    for translator in owner.findChildren(QTranslator):
        QCoreApplication.removeTranslator(translator)
    language.set_locale(QLocale("en_US"))


def test_texts_plurals_and_numbers_are_those_of_the_language(polish: bool) -> None:
    assert polish
    assert [layers(count) for count in (1, 3, 5, 22, 12_345)] == [
        "1 warstwa", "3 warstwy", "5 warstw", "22 warstwy", "12\u00a0345 warstw",
    ]  # fmt: skip
    assert error_sentence(GraphError("unknown_node", id="conv1")) == "Nie ma warstwy „conv1”."
    assert span(5400) == "1,5 godz."
    assert localized.fixed(1.25, 2) == "1,25"
    # what is not translated stays English
    assert language.text(Sentence("{count} wires", count=2)) == "2 wires"


def test_a_number_in_a_name_stays(polish: bool) -> None:
    assert language.text(Sentence("“{name}”: {size}", name="net-1.5", size=1.5)) == "“net-1.5”: 1,5"


@pytest.mark.parametrize("locale", ["C", "en_GB", "de_DE"])
def test_without_a_translation_texts_and_numbers_are_english(qtbot: QtBot, locale: str, tmp_path: Path) -> None:
    assert not language.install(QObject(), QLocale(locale))
    assert (layers(1), layers(54_410), localized.fixed(1.25, 2)) == ("1 layer", "54,410 layers", "1.25")
