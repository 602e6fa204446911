"""``cnnviz export-pt2``: traces the network of an exported folder in a process of its own, see
:mod:`cnnviz.export.pt2`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path)
    parser.add_argument("path", type=Path)


def run(arguments: argparse.Namespace) -> int:
    """Trace the network and write it; returns 0."""
    from cnnviz.export.pt2 import trace

    trace(arguments.folder, arguments.path)
    return 0
