"""``cnnviz data add`` and ``remove``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.cli.data.chosen import add_form, described, path_of
from cnnviz.cli.data.listing import entry_of
from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.data.choice import NAME
from cnnviz.data.sources import registry

if TYPE_CHECKING:
    import argparse


def add_add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``add``."""
    parser.add_argument("path", metavar="PATH", help="a folder or a file of images")
    parser.add_argument("--name", help="the name (default: that of the folder or file)")
    parser.add_argument("--replace", action="store_true", help="replace what was added under this name before")
    parser.add_argument("--validation", type=int, metavar="N", help="images to set aside for validation")
    add_form(parser)


def run_add(arguments: argparse.Namespace) -> int:
    """Read the images and keep them under a name."""
    if arguments.name is not None and not NAME.fullmatch(arguments.name):
        raise CommandError("--name takes up to 64 lower-case English letters, digits, “-” and “_”.")
    found = described(path_of(arguments.path), arguments, arguments.name or "")
    choice = found.choice
    if arguments.validation is not None:
        if found.description.validation:
            raise CommandError("--validation is for images that have no split for validation; these have one.")
        if not 0 <= arguments.validation < found.description.training:
            raise CommandError(f"--validation takes a whole number from 0, less than {found.description.training:,}.")
        choice = replace(choice, validation=arguments.validation)
    registry.add(choice, replacing=arguments.replace)
    if arguments.json:
        write_json(entry_of(found.description))
    else:
        text = f"Added as {choice.name}: train with “cnnviz train TEMPLATE --data {choice.name}”."
        console().print(text, markup=False)
    return 0


def add_remove_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``remove``."""
    parser.add_argument("name", metavar="NAME", help="the name of an added dataset")


def run_remove(arguments: argparse.Namespace) -> int:
    """Forget a dataset."""
    registry.remove(arguments.name)
    if arguments.json:
        write_json({"removed": arguments.name})
    return 0
