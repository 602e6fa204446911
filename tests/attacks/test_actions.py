"""Whatever a user does in a window and asks of a training, in any order: no error, no warning of Qt, memory flat.

An ordinary run does some of it. ``CNNVIZ_ATTACKS=full`` does all that the README promises, in some ten minutes.
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
MOST_GROWTH = 60e6
"""Bytes. An image kept with each of the actions after the first thousand would be more, as would a network."""
NO_CACHE = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "0"}
"""oneDNN keeps the last 1,024 kernels that it has made, one for each shape of a layer and of a batch. The shapes that
are trained here are so many that these kernels, and the holes that they leave in the heap, come to over 100 MB."""


@pytest.mark.timeout(5400)
@pytest.mark.parametrize(
    ("program", "ordinary", "full", "settled"),
    [("random_window.py", 120, 4_000, 2), ("random_commands.py", 300, 3_500, 10)],
)
def test_random_actions(program: str, ordinary: int, full: int, settled: int) -> None:
    """``settled``: after so many looks at the memory, a thousand actions, what is made only once has been made."""
    count = full if os.environ.get(COUNT) == "full" else ordinary
    paths = os.pathsep.join([str(HERE.parent), *sys.path])
    command = [sys.executable, str(HERE / program), str(count), "1"]
    # the window records its runs, so that recorded moments are looked at too
    environment = os.environ | {"PYTHONPATH": paths, "CNNVIZ_RECORD": "1"} | NO_CACHE
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    curve = found["curve"][settled:]
    assert len(curve) < 2 * settled or min(curve[-settled:]) - min(curve[:settled]) < MOST_GROWTH
