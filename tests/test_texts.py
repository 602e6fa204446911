"""The file for translators holds every text of the program, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cnnviz.network.layers import KINDS
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.parameters import parameters_of
from cnnviz.project.recipe import Recipe

if TYPE_CHECKING:
    from types import ModuleType

PACKAGING = Path(__file__).parents[1] / "packaging"


@pytest.fixture(scope="module")
def collector() -> Any:
    sys.path.insert(0, str(PACKAGING))
    import collect_texts

    sys.path.remove(str(PACKAGING))
    return collect_texts


def test_the_file_is_up_to_date(collector: ModuleType) -> None:
    there = collector.ENGLISH.read_text(encoding="utf-8")
    assert there == collector.written(collector.collect()), "run: python packaging/collect_texts.py"


def test_it_holds_the_texts_of_tables(collector: ModuleType) -> None:
    texts = {message.text for message in collector.collect()}
    for kind in (*KINDS.values(), Recipe):
        for parameter in parameters_of(kind):
            assert {parameter.help, str(parameter.title)} <= texts
    assert {kind.template for kind in PROBLEM_KINDS.values()} <= texts
    assert {kind.summary for kind in KINDS.values()} <= texts


SOURCE = """
class Panel:
    def show(self, many):
        self.tr("a" if many else "b")
        counted("{count} cs", "1 c", 3)
        painter.translate(3, 4)
        say(translate("x", "d"), Sentence("{text}", text=1), Sentence("e " "f"))
"""


def test_literals_are_found_where_they_are_said(
    collector: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "PACKAGE", tmp_path)
    path = tmp_path / "panel.py"
    assert [(one.context, one.text, one.counted, one.one) for one in collector.in_source(path, SOURCE)] == [
        ("Panel", "a", False, ""),
        ("Panel", "b", False, ""),
        ("sentences", "{count} cs", True, "1 c"),
        ("x", "d", False, ""),
        ("sentences", "{text}", False, ""),
        ("sentences", "e f", False, ""),
    ]
    with pytest.raises(collector.UncollectedTextError, match=r"panel\.py, line 1"):
        list(collector.in_source(path, "raise DataError(Sentence(f'{name} is cut off'))"))


def test_what_is_translated_stays_when_texts_are_collected_again(collector: ModuleType, tmp_path: Path) -> None:
    old, new, count = (
        collector.Message("A", text, bool(one), one) for text, one in (("old <1>", ""), ("new", ""), ("{count}s", "1"))
    )
    done = {("A", "old <1>"): ("alt <1>",), ("A", "{count}s"): ("eins", "viele"), ("A", "gone"): ("weg",)}
    path = tmp_path / "cnnviz_de.ts"
    path.write_text(collector.written([old, new, count], "de", done), encoding="utf-8")
    assert collector.read(path) == {key: value for key, value in done.items() if key[1] != "gone"}
    assert path.read_text(encoding="utf-8").count('type="unfinished"') == 1
