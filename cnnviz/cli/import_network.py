"""``cnnviz import`` of an ONNX file, which holds a network and its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.data.fitting import with_data
from cnnviz.cli.errors import CommandError
from cnnviz.cli.imported import NOT_WRITTEN, sentences_about, write_imported
from cnnviz.cli.output import console, write_json
from cnnviz.files import shown
from cnnviz.imports.onnx.reading import network_of
from cnnviz.network.check import check
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    import argparse


def run_network(arguments: argparse.Namespace) -> int:
    """Print what the file holds, and write the network if asked; returns 0."""
    if arguments.source is not None or arguments.fit:
        raise CommandError("An ONNX file brings its own network; leave out --into and --fit.")
    imported = network_of(arguments.file)
    project = with_data(imported.project, arguments)
    report = check(project.network, facts_for(project))
    run = ""
    if arguments.out is not None:
        about = f"Imported from {shown(arguments.file.name)}."
        run = write_imported(arguments.out, project, imported.weights, arguments.file.stem, arguments.file, about)
    if arguments.json:
        write_json(
            {
                "file": str(arguments.file),
                "format": "ONNX",
                "layers": len(project.network.nodes),
                "parameters": report.parameters,
                "classes": list(imported.classes),
                "notes": [str(note) for note in imported.notes],
                "problems": [problem.sentence() for problem in report.errors],
                "out": None if arguments.out is None else str(arguments.out),
                "run": run or None,
            }
        )
        return 0
    lines = [f"“{shown(arguments.file.name)}” holds a network of {len(project.network.nodes):,} layers with"
             f" {report.parameters:,} parameters."]  # fmt: skip
    lines += [str(note) for note in imported.notes]
    lines += [f"It cannot be trained yet. {problem.sentence()}" for problem in report.errors[:1]]
    lines += [NOT_WRITTEN] if arguments.out is None else sentences_about(arguments.out, run)
    for line in lines:
        console().print(line, markup=False)
    return 0
