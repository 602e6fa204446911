"""``cnnviz runs list`` and ``cnnviz runs show``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from cnnviz.cli.output import console, write_json
from cnnviz.cli.runs.rows import library, row, share, when
from cnnviz.runs.summary import read_entries
from cnnviz.training.channels import Evaluation

if TYPE_CHECKING:
    import argparse

    from cnnviz.runs.summary import RunSummary


WIDE = 130
"""The least width of a console, in characters, that has room for all columns."""


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument(
        "--trash", action="store_true", help="list deleted runs, which “cnnviz runs restore” brings back"
    )


def run_list(arguments: argparse.Namespace) -> int:
    """List all runs; returns 0."""
    listed = library().trash() if arguments.trash else library()
    runs = listed.runs()
    if arguments.json:
        write_json([row(run, listed.home) for run in runs])
    elif not runs:
        console().print("No run is in the trash." if arguments.trash else "No run has been recorded yet.")
    else:
        output = console()
        output.print(_table(runs, output.width))
    return 0


def add_show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("run", metavar="RUN", help="the run to show")


def run_show(arguments: argparse.Namespace) -> int:
    """Show a run; returns 0."""
    own_library = library()
    run = own_library.find(arguments.run)
    evaluations = [each for each in read_entries(own_library.folder(run.id)).metrics if isinstance(each, Evaluation)]
    if arguments.json:
        entry = row(run, own_library.home) | {
            "moments": [asdict(moment) for moment in run.moments],
            "evaluations": [
                {name: value for name, value in asdict(each).items() if name != "run"} for each in evaluations
            ],
            "threads": run.facts.threads,
            "versions": run.facts.versions,
            "missing": [str(sentence) for sentence in run.missing],
        }
        write_json(entry)
    else:
        _print_run(run, evaluations)
    return 0


def _table(runs: list[RunSummary], width: int) -> Table:
    """A table that fits into a console of ``width`` characters."""
    wide = width >= WIDE
    table = Table()
    table.add_column("Id", no_wrap=True)
    for heading in ("Name", "Network") if wide else ("Name",):
        table.add_column(heading)
    for heading in ("Parameters", "Epochs", "Moments") if wide else ():
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("Steps", "Validation", "Test"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in runs:
        facts, numbers = run.facts, run.numbers
        names = (run.title, facts.network) if wide else (run.title,)
        counts = (facts.parameters, numbers.epochs, len(run.moments)) if wide else ()
        table.add_row(
            *map(escape, (run.id, *names)),
            *(f"{count:,}" for count in (*counts, numbers.steps)),
            share(numbers.validation_accuracy),
            share(numbers.test_accuracy),
        )
    return table


def _inherited(run: RunSummary) -> str:
    """Which layers began with the weights of which run; empty if none did."""
    facts = run.facts
    source = facts.weights_from or "a run that was not recorded"
    return f"{facts.inherited} of {source}, step {facts.weights_step:,}" if facts.inherited else ""


def _print_run(run: RunSummary, evaluations: list[Evaluation]) -> None:
    facts, numbers = run.facts, run.numbers
    speed = "" if run.images_per_second is None else f"; {run.images_per_second:,.0f} images/s"
    lines = {
        "id": run.id,
        "name": run.title,
        "notes": run.notes,
        "network": f"{facts.network}, {facts.parameters:,} parameters",
        "began": when(run),
        "trained": f"{numbers.steps:,} steps, {numbers.epochs:,} epochs in {numbers.seconds:.1f} s{speed}",
        "on": ", ".join(filter(None, (facts.device, facts.precision, f"threads: {facts.threads}", facts.versions))),
        "imported from": facts.source,
        "goes on from": f"{facts.parent}, step {facts.parent_step:,}" if facts.parent else "",
        "begins with": _inherited(run),
        "folder": str(library().folder(run.id)),
        "exact moments": ", ".join(f"{moment.step:,}" for moment in run.moments if moment.exact),
        "weights only": ", ".join(f"{moment.step:,}" for moment in run.moments if not moment.exact),
    }
    output = console()
    for name, text in lines.items():
        if text:
            output.print(f"{name:<14} {text}", markup=False)
    if evaluations:
        table = Table("Split")
        for heading in ("Epoch", "Step", "Loss", "Accuracy"):
            table.add_column(heading, justify="right")
        for each in evaluations:
            table.add_row(each.split, f"{each.epoch:,}", f"{each.step:,}", f"{each.loss:.4f}", share(each.accuracy))
        output.print(table)
    for sentence in run.missing:
        output.print(str(sentence), markup=False)
