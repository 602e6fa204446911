"""``cnnviz runs export`` and ``cnnviz runs import``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.runs.rows import library
from cnnviz.files import shown
from cnnviz.runs import archive
from cnnviz.runs.curves import read_curves
from cnnviz.runs.tables import evaluations_path, write_csv
from cnnviz.runs.tensorboard import write_events

if TYPE_CHECKING:
    import argparse


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("run", metavar="RUN", help="the run to write")
    text = "the archive to write, which “cnnviz runs import” reads on any machine"
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help=text)
    text = "only this moment, not all; may be given several times"
    parser.add_argument("--step", metavar="N", type=int, action="append", help=text)
    text = "write a row for each step to this file, and one for each evaluation to NAME-evaluations.csv beside it"
    parser.add_argument("--csv", metavar="FILE", type=Path, help=text)
    text = "write event files for TensorBoard into this folder, in one folder for each split"
    parser.add_argument("--tensorboard", metavar="DIR", type=Path, help=text)


def run_export(arguments: argparse.Namespace) -> int:
    """Write a run; returns 0."""
    own_library = library()
    run = own_library.find(arguments.run)
    folder = own_library.folder(run.id)
    if not (arguments.file or arguments.csv or arguments.tensorboard):
        raise CommandError("Name the archive to be written, or use --csv or --tensorboard.")
    if arguments.step is not None and arguments.file is None:
        raise CommandError("--step chooses the moments of an archive; name the archive, too.")
    written: list[Path] = []
    curves = read_curves(folder) if arguments.csv or arguments.tensorboard else None
    if arguments.file is not None:
        archive.write(folder, arguments.file, arguments.step)
        written.append(arguments.file)
    if curves is not None and arguments.csv is not None:
        write_csv(curves, arguments.csv)
        written += [arguments.csv, evaluations_path(arguments.csv)]
    if curves is not None and arguments.tensorboard is not None:
        written += write_events(curves, arguments.tensorboard, run.facts.created)
    missing = [str(sentence) for sentence in (() if curves is None else curves.missing)]
    if arguments.json:
        write_json({"run": run.id, "written": [str(path) for path in written], "missing": missing})
        return 0
    output = console()
    for line in (*(f"“{shown(path)}” is written." for path in written), *missing):
        output.print(line, markup=False)
    return 0


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    text = "archives, written by “cnnviz runs export” or by the window"
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help=text)


def run_import(arguments: argparse.Namespace) -> int:
    """Add the runs of archives; returns 0. The first one that cannot be read ends the command."""
    own_library = library()
    added = []
    try:
        for path in arguments.files:
            added.append(archive.read(path, own_library.home))
            if not arguments.json:
                console().print(f"“{shown(path)}” is the run {added[-1]} now.", markup=False)
    finally:
        if arguments.json:
            write_json({"runs": added})
    return 0
