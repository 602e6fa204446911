"""Exported folders, run in a process that has nothing of this program."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCKED = """import runpy, sys
sys.modules["cnnviz"] = None
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script where ``import cnnviz`` fails, whatever is installed."""


def said_by(folder: Path, *arguments: object) -> str:
    """The output of the script ``predict.py`` of a folder."""
    line = [sys.executable, "-c", BLOCKED, str(folder / "predict.py"), *map(str, arguments)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = kept | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder.parent, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
