"""``cnnviz runs delete`` and ``cnnviz runs restore``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.output import console, write_json
from cnnviz.cli.runs.rows import library

if TYPE_CHECKING:
    import argparse


def add_delete_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("runs", metavar="RUN", nargs="+", help="the runs to delete")


def run_delete(arguments: argparse.Namespace) -> int:
    """Move runs to the trash; returns 0. Nothing is deleted if one of them is not found."""
    own_library = library()
    runs = [own_library.find(name) for name in arguments.runs]
    for run in runs:
        own_library.delete(run.id)
        if not arguments.json:
            console().print(
                f"“{run.title}” is in the trash; “cnnviz runs restore {run.id}” brings it back.", markup=False
            )
    if arguments.json:
        write_json({"deleted": [run.id for run in runs]})
    return 0


def add_restore_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("runs", metavar="RUN", nargs="+", help="the runs to bring back")


def run_restore(arguments: argparse.Namespace) -> int:
    """Bring runs back; returns 0. Nothing is brought back if one of them is not found."""
    own_library = library()
    runs = [own_library.trash().find(name) for name in arguments.runs]
    for run in runs:
        own_library.restore(run.id)
        if not arguments.json:
            console().print(f"“{run.title}” is back.", markup=False)
    if arguments.json:
        write_json({"restored": [run.id for run in runs]})
    return 0
