"""``cnnviz runs resume``: continues training from a moment of a recorded run, as a new run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cnnviz.cli import train
from cnnviz.cli.keeping import add_save, branch
from cnnviz.cli.ranks import add_ranks, joined_ranks
from cnnviz.cli.runs.rows import library
from cnnviz.cli.streams import write_note
from cnnviz.runs.continuing import recorded_start

if TYPE_CHECKING:
    import argparse


def add_resume_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("run", metavar="RUN", help="the run to go on with; it stays as it is")
    text = "from the moment at this step (default: the last from which training goes on exactly)"
    parser.add_argument("--step", type=int, metavar="N", help=text)
    train.add_length(parser)
    train.add_device(parser)
    add_save(parser)
    train.add_no_record(parser)
    add_ranks(parser)


def run_resume(arguments: argparse.Namespace) -> int:
    """Train and print the result; returns 0 if the training reached its end."""
    own_library = library()
    run = own_library.find(arguments.run)
    start = recorded_start(own_library.folder(run.id), arguments.step)
    step = start.origin.step
    if not start.origin.exact:
        write_note(f"At step {step:,} only the weights were recorded; the optimizer starts new.")

    with joined_ranks(arguments) as ranks:
        begin = partial(branch, start=start, arguments=arguments)
        return train.train(arguments, start.project, run.facts.network, begin=begin, ranks=ranks)
