"""A project comes back in the arrangement in which it was left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cnnviz.gui.shell.arrangements import arrangement_of, remember_arrangement
from cnnviz.project.file import save
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application


@pytest.mark.parametrize("arrangement", ["build", "look", "train_view"])
def test_a_project_comes_back_as_it_was_left(application: Application, tmp_path: Path, arrangement: str) -> None:
    path, other = tmp_path / "one.cnnviz", tmp_path / "other.cnnviz"
    for each in (path, other):
        save(TEMPLATES["fast"].project(), each)
    first = application.open_first(path)
    first.arrange(arrangement)
    assert first.close()
    again = application.open_first(path)
    shown = [button.objectName() for button in again.top.arrangements.buttons() if button.isChecked()]
    assert shown == [arrangement]
    unseen = application.open_first(other)
    shown = [button.objectName() for button in unseen.top.arrangements.buttons() if button.isChecked()]
    assert shown == ["train_view"]


def test_a_damaged_list_is_no_list(home: Path, tmp_path: Path) -> None:
    remember_arrangement(tmp_path / "a", "look")
    assert arrangement_of(tmp_path / "a") == "look"
    (file,) = home.rglob("arrangements.json")
    file.write_text(json.dumps({str(tmp_path / "a"): ["look"]}), encoding="utf-8")
    assert arrangement_of(tmp_path / "a") == ""
    file.write_text("[]", encoding="utf-8")
    assert arrangement_of(tmp_path / "a") == ""
    remember_arrangement(tmp_path / "a", "build")
    assert arrangement_of(tmp_path / "a") == "build"
