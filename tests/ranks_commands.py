"""Runs command lines of cnnviz one after the other, as one of several processes that torchrun or a test has started.

Argument: a JSON list of command lines. After each a line of JSON says its exit code. Unlike in the program, moments are
recorded exactly from the first one on, so that a short training can be ended and gone on with.
"""

from __future__ import annotations

import json
import sys

from cnnviz.cli import main
from cnnviz.runs import rhythm


def run(lines: list[list[str]]) -> int:
    """Run them; returns the last exit code."""
    rhythm.FIRST_EXACT_SECONDS = 0.0
    code = 0
    for line in lines:
        code = main(line)
        sys.stdout.write(json.dumps({"code": code}) + "\n")
        sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(run(json.loads(sys.argv[1])))
