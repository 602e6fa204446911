"""The argument FILE or TEMPLATE of commands: a project, a template, or source code of a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.cli.streams import write_note
from cnnviz.files import is_there, shown
from cnnviz.project.file import SUFFIX, load
from cnnviz.project.templates import TEMPLATES
from cnnviz.source_files import CODE_SUFFIXES, text_of

if TYPE_CHECKING:
    import argparse

    from cnnviz.project.project import Project

MOST_REMARKS = 20
"""The most sentences that are shown about a source."""


def add_source(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add the positional argument ``source``; it is None if it is ``optional`` and missing."""
    source_help = (
        "a project file, the name of one of the templates that “cnnviz templates” lists, or a Python file or notebook"
        " with a network of PyTorch or Keras, which is read and never executed"
    )
    parser.add_argument("source", metavar="FILE|TEMPLATE", nargs="?" if optional else None, help=source_help)
    network_help = "the network to take, if a Python file or notebook has several"
    parser.add_argument("--network", metavar="NAME", help=network_help)


def project_of(source: str, network: str | None = None) -> Project:
    """The project of a template or file; raises CommandError or SaidError.

    ``network`` is the name of a network in source code that has several. What is read differently in source code is
    written to the standard error output.
    """
    path = Path(source)
    is_code = source not in TEMPLATES and path.suffix.lower() in CODE_SUFFIXES
    if network is not None and not is_code:
        raise CommandError("--network is for a Python file or a notebook.")
    if source in TEMPLATES:
        return TEMPLATES[source].project()
    if path.suffix != SUFFIX and not is_there(path):
        raise CommandError(f"“{shown(source)}” is neither a file nor a template ({', '.join(TEMPLATES)}).")
    return _read(path, network) if is_code else load(path)


def _read(path: Path, network: str | None) -> Project:
    """The project of source code, with the dataset and the recipe of a new project."""
    # imported here, because most commands read no source
    from cnnviz.code.read.paste import paste
    from cnnviz.code.read.remarks import PasteError
    from cnnviz.project.edits import use_network
    from cnnviz.project.project import Project
    from cnnviz.training.facts import facts_of_data

    project = Project()
    try:
        pasted = paste(text_of(path), facts_of_data(project).image, network)
    except PasteError as error:
        sentences = [remark.sentence() for remark in error.remarks]
        if len(sentences) > MOST_REMARKS:
            more = f"There are {len(sentences) - MOST_REMARKS:,} more."
            sentences = [*sentences[:MOST_REMARKS], more]
        raise CommandError(f"“{shown(path)}” cannot be read as a network. " + "\n".join(sentences)) from error
    if network is not None and network != pasted.choice:
        names = ", ".join(pasted.choices) or "a single one"
        raise CommandError(f"“{shown(path)}” has no network “{shown(network)}” to choose: it has {names}.")
    for note in pasted.notes:
        write_note(note.sentence())
    return use_network(project, pasted.network, pasted.blocks)
