"""``cnnviz runs compare``: what differs in the projects of two runs, and their results side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from cnnviz.cli.output import console, write_json
from cnnviz.cli.runs.rows import library, row, share, when
from cnnviz.project.differences import differences
from cnnviz.runs.beginnings import beginning_of, beginnings
from cnnviz.runs.histories.recorded import recorded_history
from cnnviz.runs.live_changes import differing_changes, trained_project

if TYPE_CHECKING:
    import argparse

    from cnnviz.runs.summary import RunSummary


def add_compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("first", metavar="A", help="a run")
    parser.add_argument("second", metavar="B", help="another run")


def run_compare(arguments: argparse.Namespace) -> int:
    """Compare two runs at their last steps; returns 0."""
    own_library = library()
    runs = [own_library.find(name) for name in (arguments.first, arguments.second)]
    folders = [own_library.folder(run.id) for run in runs]
    changes = [recorded_history(folder).changes for folder in folders]
    before, after = (
        trained_project(folder, run.numbers.steps, changed)
        for folder, run, changed in zip(folders, runs, changes, strict=True)
    )
    began = beginnings(*map(beginning_of, folders))
    sentences = [str(sentence) for sentence in (*began, *differences(before, after), *differing_changes(*changes))]
    if arguments.json:
        write_json({"runs": [row(run, own_library.home) for run in runs], "differences": sentences})
        return 0
    output = console()
    output.print(_table(runs))
    for sentence in sentences or ["Both have the same network, recipe and data."]:
        output.print(sentence, markup=False)
    return 0


def _table(runs: list[RunSummary]) -> Table:
    table = Table("", *(escape(run.title) for run in runs))
    for column in table.columns[1:]:
        column.justify = "right"
    values = {
        "id": [run.id for run in runs],
        "network": [run.facts.network for run in runs],
        "began": [when(run) for run in runs],
        "parameters": [f"{run.facts.parameters:,}" for run in runs],
        "steps": [f"{run.numbers.steps:,}" for run in runs],
        "epochs": [f"{run.numbers.epochs:,}" for run in runs],
        "validation accuracy": [share(run.numbers.validation_accuracy) for run in runs],
        "test accuracy": [share(run.numbers.test_accuracy) for run in runs],
        "seconds": [f"{run.numbers.seconds:,.1f}" for run in runs],
        "images/s": ["" if run.images_per_second is None else f"{run.images_per_second:,.0f}" for run in runs],
        "notes": [run.notes for run in runs],
    }
    for name, texts in values.items():
        if any(texts):
            table.add_row(name, *map(escape, texts))
    return table
