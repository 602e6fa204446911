"""How commands write: JSON for machines, tables for people."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

_WIDTH_OF_FILES = 140


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option ``--json``."""
    parser.add_argument("--json", action="store_true", help="write JSON, for machines")


def write_json(value: object) -> None:
    """One line of JSON on the standard output, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def console() -> Console:
    """The standard output for people; tables are not squeezed where it is a file or a pipe."""
    # not at the top: machines do not wait for it, nor does the window of smoke, whose first paint is measured
    from rich.console import Console

    class Pipe(Console):
        def on_broken_pipe(self) -> None:
            """Left to :func:`cnnviz.cli.main`; rich would exit with 1, which means a negative result here."""
            raise BrokenPipeError

    return Pipe(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)
