"""``cnnviz runs``: the recorded runs. Each action is a function in one of the files beside this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.actions import add_actions, run_action

if TYPE_CHECKING:
    import argparse

ACTIONS = {
    "list": ("listing", "list all recorded runs, the newest first"),
    "show": ("listing", "show what is known of a run, and its moments"),
    "export": ("files", "write a run to an archive, its numbers as CSV, or event files for TensorBoard"),
    "import": ("files", "add the runs of archives"),
    "delete": ("trash", "move runs to the trash, where they stay for 30 days"),
    "restore": ("trash", "bring deleted runs back"),
    "resume": ("resuming", "go on from a moment of a run, in a new run"),
    "compare": ("comparing", "show what differs in two runs"),
}
"""Each action with its module and its summary."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = "A run is named by its id, by a beginning of its id, or by its name."
    add_actions(parser, __name__, ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Carry out an action; returns 0."""
    return run_action(arguments, __name__, ACTIONS)
