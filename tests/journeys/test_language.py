"""The window in a language that shows what is not translated: whatever a person reads has passed the translation."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warm_python import WarmPython

TESTS = Path(__file__).parents[1]


def test_every_text_of_the_window_can_be_translated(warm_python: WarmPython) -> None:
    # a short path: a longer one is shortened where it is shown
    with TemporaryDirectory(prefix="w") as folder:
        told = _read_in(Path(folder), warm_python.line)
    assert told["plain"] == []
    # it has seen panels, menus, dialogs, problems, notices and what is painted
    assert told["seen"] > 1500


def _read_in(folder: Path, python: list[str]) -> dict[str, Any]:
    """What ``marked_window.py`` says."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    environment = {**os.environ, "PYTHONPATH": path, "CNNVIZ_HOME": str(folder / "home")}
    command = [*python, str(TESTS / "marked_window.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
