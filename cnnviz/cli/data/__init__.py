"""``cnnviz data``: the images to train with. Each action is a function in one of the files beside this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.actions import add_actions, run_action

if TYPE_CHECKING:
    import argparse

ACTIONS = {
    "list": ("listing", "list the datasets that come with the program or were added"),
    "show": ("listing", "show classes, sizes, mean and damaged files of a dataset, a folder or a file"),
    "add": ("adding", "keep a folder or a file of images under a name"),
    "fetch": ("fetching", "download a public dataset, or take its files from a folder"),
    "remove": ("adding", "forget a dataset that was added; its images stay where they are"),
}
"""Each action with its module and its summary."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_actions(parser, __name__, ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Carry out an action; returns 0."""
    return run_action(arguments, __name__, ACTIONS)
