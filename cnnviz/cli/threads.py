"""The option ``--threads``, of the commands that train, measure or check kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.project.recipe import SETTINGS

if TYPE_CHECKING:
    import argparse


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the option; :func:`threads_of` reads its value."""
    parser.add_argument("--threads", type=int, metavar="N", help="threads of torch (default: one for each core)")


def threads_of(arguments: argparse.Namespace) -> int | None:
    """The number of threads, None if not given; raises CommandError for a number that a recipe does not allow.

    More threads than cores are slow, but allow to repeat results from larger machines; with tens of thousands torch
    crashes.
    """
    threads: int | None = arguments.threads
    allowed = SETTINGS["threads"].parameter
    if threads is not None and allowed.normalized(threads) is None:
        raise CommandError(f"--threads takes {allowed.expected}.")
    return threads
