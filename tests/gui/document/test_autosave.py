"""Edits are written aside while they are made; whatever ends the process, hardly one is lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer

from cnnviz import files
from cnnviz.gui.robot.person import Person
from cnnviz.project import recovery
from cnnviz.project.file import from_json
from cnnviz.project.recovery import SUFFIX, recoverable
from cnnviz.settings import HOME, Folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

KILLS = 50 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 2
LOST_SECONDS = 1.0
SCRIPT = """
import sys, time
from dataclasses import replace
from PySide6.QtCore import QTimer
from cnnviz.cli.window import open_window
from cnnviz.gui.app import Application
from cnnviz.project.templates import TEMPLATES

opened = Application.open_first

def open_first(self, path):
    window = self.open_window(TEMPLATES[sys.argv[1]].project())
    timer = QTimer(window)

    def edit():
        recipe = window.editor.project.recipe
        window.editor.apply("Seed", replace(window.editor.project, recipe=replace(recipe, seed=recipe.seed + 1)))
        print(recipe.seed + 1, time.monotonic(), flush=True)
        if recipe.seed + 1 == int(sys.argv[2]):
            timer.stop()

    timer.timeout.connect(edit)
    window.painted.connect(lambda: timer.start(40))
    return window

Application.open_first = open_first
sys.exit(open_window(None))
"""


def _folder(home: Path) -> Path:
    return Folders(*[home / name for name in ("config", "data", "cache", "log")]).recovery


def _copy(home: Path) -> int:
    """The seed in the only copy; -1 without one."""
    for file in _folder(home).glob(f"*{SUFFIX}"):
        seed: int = from_json(json.loads(file.read_text())["project"]).recipe.seed
        return seed
    return -1


@contextmanager
def _editing(home: Path, template: str, edits: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, template, str(edits)],
        env={**os.environ, HOME: str(home), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def _edit(window: MainWindow) -> int:
    recipe = window.editor.project.recipe
    project = replace(window.editor.project, recipe=replace(recipe, seed=recipe.seed + 1))
    window.editor.apply("Seed", project)
    return recipe.seed + 1


def test_an_edit_is_written_aside_by_itself_and_an_undo_of_it_leaves_nothing(
    window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers: list[str] = []

    def write_and_note(path: Path, content: str) -> None:
        writers.append(threading.current_thread().name)
        files.write_atomically(path, content)

    monkeypatch.setattr(recovery, "write_atomically", write_and_note)
    person = Person(window)
    seed = _edit(window)
    person.until(lambda: _copy(home) == seed, "the copy")
    assert writers == ["cnnviz-autosave"]
    window.editor.undo()
    person.until(lambda: _copy(home) == -1, "the end of the copy")


def test_edits_without_a_pause_are_written_too(window: MainWindow, home: Path) -> None:
    timer = QTimer(window)
    timer.timeout.connect(lambda: _edit(window))
    timer.start(20)
    Person(window).until(lambda: _copy(home) > 0, "a copy between the edits")
    assert timer.isActive()
    timer.stop()


def test_a_copy_that_cannot_be_written_is_said_once(application: Application, window: MainWindow, home: Path) -> None:
    said: list[str] = []
    window.document.failed.connect(said.append)
    _folder(home).parent.mkdir(exist_ok=True)
    _folder(home).touch()
    for _ in range(3):
        _edit(window)
        assert not window.document.autosave()
    Person(window).until(lambda: said, "the sentence")
    assert len(said) == 1 and said[0].startswith("The project could not be autosaved: ")


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_kill_loses_an_edit_or_a_second_at_most(tmp_path: Path, seed: int) -> None:
    with _editing(tmp_path, "densenet-121" if seed % 2 else "fast", 10**6) as process:
        assert process.stdout is not None
        times = dict([_read(process.stdout.readline())])
        with suppress(subprocess.TimeoutExpired):
            process.wait(random.Random(seed).uniform(0.0, 4.0))
        process.kill()
        times |= dict(_read(line) for line in process.stdout)
    last = max(times)
    kept = max((found.project.recipe.seed for found in recoverable(_folder(tmp_path))), default=0)
    lost = [number for number in times if number > kept]
    # the ordinary run leaves time to a machine that is busy otherwise
    patience = LOST_SECONDS if KILLS > 2 else 10 * LOST_SECONDS
    assert len(lost) <= 1 or times[last] - times[min(lost)] <= patience


def test_what_stands_on_screen_is_offered_after_a_kill(tmp_path: Path) -> None:
    with _editing(tmp_path, "fast", 5) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        while process.poll() is None and _copy(tmp_path) != 5:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    (found,) = recoverable(_folder(tmp_path))
    assert found.project.recipe.seed == 5


def _read(line: str) -> tuple[int, float]:
    number, seconds = line.split()
    return int(number), float(seconds)
