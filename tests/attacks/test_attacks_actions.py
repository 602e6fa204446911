"""Whatever a user does in a window and asks of a training, in any order: no error, no warning of Qt, memory flat.

An ordinary run does some of it. ``CNNVIZ_ATTACKS=full`` does all that the README promises, which takes half an hour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mutations import COUNT

HERE = Path(__file__).parent
SETTLED = 10
"""What is made for the first time is made after so many hundreds."""
MOST_GROWTH = 60e6
"""Bytes. An image kept with each of the actions after the first thousand would be more, as would a network."""


@pytest.mark.timeout(5400)
@pytest.mark.parametrize(
    ("program", "ordinary", "full"), [("random_window.py", 120, 4_000), ("random_commands.py", 300, 3_500)]
)
def test_random_actions(program: str, ordinary: int, full: int) -> None:
    count = full if os.environ.get(COUNT) == "full" else ordinary
    paths = os.pathsep.join([str(HERE.parent), *sys.path])
    command = [sys.executable, str(HERE / program), str(count), "1"]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    curve = found["curve"][SETTLED:]
    assert len(curve) < 2 * SETTLED or min(curve[-SETTLED:]) - min(curve[:SETTLED]) < MOST_GROWTH
