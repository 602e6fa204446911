"""``cnnviz export-peer``: runs an exported network in a process of its own, see :mod:`cnnviz.export.peer`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.export.formats import FORMATS

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("format", choices=list(FORMATS))
    parser.add_argument("files", type=Path, nargs="+")


def run(arguments: argparse.Namespace) -> int:
    """Answer arrays of images until standard input ends."""
    from cnnviz.export.peer import serve

    serve(arguments.format, arguments.files)
    return 0
