"""Thousands of repaints while training runs: nothing dies, and memory stays flat.

An ordinary run makes half of them; ``CNNVIZ_ATTACKS=full`` makes 3,000.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import repaints
from mutations import COUNT

REPAINTS = 3000 if os.environ.get(COUNT) == "full" else 1500
WARM = 600
MOST_GROWTH = 60e6
"""Bytes. Curves and the reserves of the allocators grow a little; an image leaked at each repaint would be more."""


def test_repaints_while_training() -> None:
    program = [sys.executable, "-W", "error", repaints.__file__, f"{REPAINTS}", f"{WARM}"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["state"] in ("RUNNING", "FINISHED")
    assert found["drawn"] > 10
    assert found["growth_bytes"] < MOST_GROWTH
    assert found["ended"] == [True]
