"""``cnnviz export``: writes a network with its weights for other programs, and verifies it there."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.runs.rows import library
from cnnviz.cli.source import project_of
from cnnviz.cli.streams import write_note
from cnnviz.export.formats import FORMATS
from cnnviz.export.sources import BEST, FIRST, LAST
from cnnviz.export.subject import said_of_name
from cnnviz.files import is_there, shown
from cnnviz.project.file import SUFFIX
from cnnviz.project.templates import TEMPLATES
from cnnviz.source_files import CODE_SUFFIXES

if TYPE_CHECKING:
    import argparse

    from cnnviz.export.exporting import Exported, Progress
    from cnnviz.export.subject import Subject

LINE = 70
"""The width of the line of progress, in characters."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    text = (
        "a recorded run (its id, a beginning of its id, or its name), a project file, a Python file or notebook with a"
        " network of PyTorch or Keras, or the name of a template"
    )
    parser.add_argument("source", metavar="RUN|FILE|TEMPLATE", help=text)
    parser.add_argument(
        "--to", choices=list(FORMATS), action="append", required=True, help="the format; may be given several times"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="the folder to write into")
    text = "the name of the files; the name of the network if it is left out"
    parser.add_argument("--name", metavar="NAME", help=text)
    text = f"the weights of a run: {FIRST}, {BEST}, {LAST} (default), or the step of a recorded moment"
    parser.add_argument("--moment", metavar="STEP", help=text)
    parser.add_argument("--no-verify", action="store_true", help="do not compare it with the other program")
    parser.add_argument("--replace", action="store_true", help="replace an export that is there already")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Export, and print the results; returns 0, or 1 if another program computes something else."""
    from functools import cache

    from cnnviz.export.exporting import export, images_of

    subject = subject_named(arguments.source, arguments.moment)
    if arguments.name is not None:
        subject = replace(subject, name=arguments.name)
    if subject.stem != subject.name:
        write_note(str(said_of_name(subject.name)))
    images = cache(lambda: images_of(subject))
    done: list[Exported] = []
    for name in dict.fromkeys(arguments.to):
        exported = export(
            FORMATS[name],
            subject,
            arguments.out,
            images,
            _tell,
            replace=arguments.replace,
            verified=not arguments.no_verify,
        )
        _tell(None)
        assert exported is not None
        done.append(exported)
        if not arguments.json:
            console().print(f"{exported.format.title}: “{shown(exported.place)}”. {exported.sentence}", markup=False)
    if arguments.json:
        write_json(
            {"network": subject.name, "weights": str(subject.origin), "exports": [_entry(entry) for entry in done]}
        )
    return 1 if any(entry.failed for entry in done) else 0


def _tell(progress: Progress | None) -> None:
    """Show the progress in the last line of a terminal; None clears the line."""
    if not sys.stderr.isatty():
        return
    line = ""
    if progress is not None:
        done = f"{progress.done:,} of {progress.images:,} images compared" if progress.verifying else "writing"
        line = f"{progress.format.title}: {done}"
    sys.stderr.write(f"\r{line:<{LINE}}\r")
    sys.stderr.flush()


def subject_named(source: str, moment: str | None) -> Subject:
    """The network and weights that the arguments choose; raises CommandError or SaidError."""
    from cnnviz.export.sources import recorded
    from cnnviz.export.subject import initial
    from cnnviz.runs.folder import RunError

    path = Path(source)
    is_file = is_there(path) and path.is_file()
    if path.suffix == SUFFIX or (is_file and path.suffix.lower() not in CODE_SUFFIXES):
        return _of_file(path, moment)
    if source in TEMPLATES or is_file:
        if moment not in (None, FIRST):
            raise CommandError("--moment chooses the weights of a recorded run; a template or source code has none.")
        return initial(project_of(source), path.stem if is_file else source)
    own_library = library()
    try:
        run = own_library.find(source)
    except RunError as error:
        names = ", ".join(TEMPLATES)
        raise CommandError(f"{error} It is neither a file nor a template either ({names}).") from error
    return recorded(own_library.folder(run.id), _moment(moment))


def _of_file(path: Path, moment: str | None) -> Subject:
    """The weights of the run that a project file was left with; without a run, those before training."""
    from cnnviz.export.sources import recorded
    from cnnviz.export.subject import initial
    from cnnviz.project.file import read
    from cnnviz.runs.last_trained import run_of

    saved = read(path)
    named, _, step = run_of(path, saved.run).partition("@")  # id@step, or an id
    with_weights = [run.id for run in library().runs() if run.id == named and run.moments]
    if not with_weights:
        if moment not in (None, FIRST):
            raise CommandError(f"“{shown(path)}” has no recorded run, so --moment has nothing to choose from.")
        return initial(saved.project, path.stem)
    subject = recorded(library().folder(named), _moment(moment or step or None))
    if subject.network != saved.project.network:
        raise CommandError(
            f"The network in “{shown(path)}” is another one than that of its run {named}. Export the run by its id,"
            " or train the network first."
        )
    return replace(subject, name=path.stem)


def _moment(text: str | None) -> str | int:
    if text is None or text in (FIRST, BEST, LAST):
        return text or LAST
    if not text.isdecimal():
        raise CommandError(f"--moment takes {FIRST}, {BEST}, {LAST}, or the number of a step.")
    return int(text)


def _entry(exported: Exported) -> dict[str, Any]:
    """An export as JSON; ``verification`` is None if it was not compared with the other program."""
    return {
        "format": exported.format.name,
        "place": str(exported.place),
        "files": [str(path) for path in exported.files],
        "verified": exported.verified,
        "sentence": str(exported.sentence),
        "verification": None if exported.verification is None else asdict(exported.verification),
    }
