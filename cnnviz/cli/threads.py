"""The option ``--threads``, of all commands that compute with torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.project.recipe import SETTINGS

if TYPE_CHECKING:
    import argparse


def add_threads(parser: argparse.ArgumentParser) -> None:
    """The option itself; what it was given is to be read by :func:`threads_of`."""
    parser.add_argument("--threads", type=int, metavar="N", help="threads of torch (default: one for each core)")


def threads_of(arguments: argparse.Namespace) -> int | None:
    """So many threads, None where nothing was said; raises CommandError out of the range that a recipe has.

    More threads than cores are slow, but what was computed with them can be repeated; with tens of thousands torch
    crashes.
    """
    threads: int | None = arguments.threads
    allowed = SETTINGS["threads"].parameter
    if threads is not None and allowed.normalized(threads) is None:
        raise CommandError(f"--threads takes {allowed.expected}.")
    return threads
