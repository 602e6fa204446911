"""``cnnviz kernel-trials``: some of the trials of :mod:`cnnviz.cli.check_kernels`, in a process that may crash.

It writes a line of JSON with the number before each trial, and another line for each number format in which the trial
is wrong. With ``--bare`` PyTorch's own modules are tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli.output import write_json
from cnnviz.cli.threads import add_threads, threads_of

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("first", type=int)
    parser.add_argument("end", type=int)
    parser.add_argument("--bare", action="store_true")
    add_threads(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the trials."""
    import torch

    from cnnviz.cli.kernel_trial import TOLERANCES, draw, wrong

    torch.set_num_threads(threads_of(arguments) or 1)
    for number in range(arguments.first, arguments.end):
        trial = draw(number)
        write_json({"number": number})
        for number_format in TOLERANCES:
            try:
                errors = wrong(trial, number_format, number, bare=arguments.bare)
            except RuntimeError as error:
                write_json({"number": number, "format": number_format, "wrong": [f"{error}"[:200]]})
                continue
            if errors:
                write_json({"number": number, "format": number_format, "wrong": sorted(errors)})
    return 0
