"""Damaged projects, in files, in autosaved copies and on the clipboard, are read or refused with a sentence."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from mutations import attacks, damaged_json, watched

from cnnviz.data.errors import DataError
from cnnviz.network.check import check
from cnnviz.project.file import ProjectFileError, fragment_from_json, from_json, load, to_json
from cnnviz.project.project import Project
from cnnviz.project.recovery import recoverable
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_SENTENCE = 400
SOURCES = [to_json(TEMPLATES[name].project()) for name in ("fast", "attention", "resnet-18-28", "keras-tutorial")]


def _is_sentence(text: str) -> bool:
    return text.endswith(".") and len(text) <= LONGEST_SENTENCE and "\n" not in text and text.encode() != b""


def _is_sound(project: Project) -> None:
    """What the window does with a project that was read."""
    assert from_json(to_json(project)) == project
    try:
        report = check(project.network, facts_of_data(project))
    except DataError as error:
        assert _is_sentence(str(error))
        return
    for problem in report.problems:
        problem.sentence().encode()


def test_project_files(tmp_path: Path) -> None:
    path = tmp_path / "p.cnnviz"
    for number, chance in attacks("project", 300, 20_000):
        path.write_bytes(damaged_json(SOURCES[0 if chance.random() < 0.7 else chance.randrange(len(SOURCES))], chance))
        with watched(f"project {number}"):
            try:
                project = load(path)
            except ProjectFileError as error:
                assert _is_sentence(str(error)), str(error)
                continue
            _is_sound(project)


def test_autosaved_copies(tmp_path: Path) -> None:
    for number, chance in attacks("recovery", 100, 3_000):
        entry = {
            "pid": chance.choice((1, 999_999_999, os.getpid())),
            "started": 1.7e9,
            "saved": 1.7e9,
            "path": chance.choice((None, "/home/me/net.cnnviz")),
            "project": SOURCES[0],
        }
        (tmp_path / "a-1.recovery").write_bytes(damaged_json(json.dumps(entry), chance))
        with watched(f"recovery {number}"):
            for one in recoverable(tmp_path):
                _is_sound(one.project)
                # damage may name a device, but no file that saving would replace
                assert one.path is None or not one.path.is_file()
        for file in tmp_path.iterdir():
            file.unlink()


def test_clipboards() -> None:
    for number, chance in attacks("clipboard", 50, 3_000):
        text = damaged_json(SOURCES[0], chance).decode("utf-8", "replace")
        with watched(f"clipboard {number}"):
            try:
                fragment = fragment_from_json(text)
            except ProjectFileError as error:
                assert _is_sentence(str(error)), str(error)
                continue
            _is_sound(Project(fragment.network, fragment.layout))


@pytest.mark.parametrize("text", SOURCES, ids=str)
def test_what_is_not_damaged_is_read(text: str) -> None:
    _is_sound(from_json(text))
