"""Exported folders, run in a process that has nothing of this program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BLOCKED = """import json, runpy, sys
sys.modules["cnnviz"] = None
script, runs = sys.argv[1:]
for arguments in json.loads(runs):
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")
    print(end="\\0")
"""
"""Runs a script several times where ``import cnnviz`` fails, whatever is installed."""


def said_by(folder: Path, *runs: Sequence[object]) -> list[str]:
    """The output of the script ``predict.py`` of a folder for the arguments of each run, all in one process."""
    arguments = json.dumps([list(map(str, run)) for run in runs])
    line = [sys.executable, "-c", BLOCKED, str(folder / "predict.py"), arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = kept | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder.parent, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\0")[:-1]
