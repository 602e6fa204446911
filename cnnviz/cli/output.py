"""The output of commands: JSON for programs, tables for people."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

_WIDTH_OF_FILES = 140


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--json``."""
    parser.add_argument("--json", action="store_true", help="write JSON, for machines")


def write_json(value: object) -> None:
    """Write a line of JSON to the standard output, and flush it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def console() -> Console:
    """The console on the standard output; tables keep their width if it is a file or a pipe."""
    # imported here, because JSON output and the window of smoke, whose start is measured, do not need it
    from rich.console import Console

    class Pipe(Console):
        def on_broken_pipe(self) -> None:
            """Leave the error to :func:`cnnviz.cli.main`; rich would exit with 1, which means a negative result
            here."""
            raise BrokenPipeError

    return Pipe(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)
