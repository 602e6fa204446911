"""``cnnviz data``: the images to train with. Each action is a function in one of the files beside this."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnviz.cli.output import add_json

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
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (_, summary) in ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        getattr(_module(name), f"add_{name}_arguments")(action)
        add_json(action)


def run(arguments: argparse.Namespace) -> int:
    """Carry out an action; returns 0."""
    code: int = getattr(_module(arguments.action), f"run_{arguments.action}")(arguments)
    return code


def _module(action: str) -> Any:
    return import_module(f"{__name__}.{ACTIONS[action][0]}")
