"""The argument FILE or TEMPLATE of commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.files import is_there, shown
from cnnviz.project.file import SUFFIX, load
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    import argparse

    from cnnviz.project.project import Project


def add_source(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add the positional argument ``source``; it is None if it is ``optional`` and missing."""
    text = "a project file, or the name of one of the templates that “cnnviz templates” lists"
    parser.add_argument("source", metavar="FILE|TEMPLATE", nargs="?" if optional else None, help=text)


def project_of(source: str) -> Project:
    """The project of a template or file; raises CommandError or ProjectFileError with a sentence."""
    if source in TEMPLATES:
        return TEMPLATES[source].project()
    path = Path(source)
    if path.suffix != SUFFIX and not is_there(path):
        raise CommandError(f"“{shown(source)}” is neither a file nor a template ({', '.join(TEMPLATES)}).")
    return load(path)
