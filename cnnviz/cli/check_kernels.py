"""``cnnviz check-kernels``: compares random convolutions and poolings on this processor with float64.

They are computed in other processes, so that a crash is a finding like a wrong number.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.threads import add_threads, threads_of
from cnnviz.program import command

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

SHOWN = 20
"""The most findings that are printed as text."""


@dataclass(frozen=True)
class Finding:
    """The errors of a trial in a number format, ``wrong``; the format is "both" if the process crashed."""

    number: int
    format: str
    wrong: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--count", type=int, default=2000, help="so many layers, each in float32 and bfloat16 (2000)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first; each number is one layer (0)")
    parser.add_argument("--bare", action="store_true", help="PyTorch's own modules instead of those of cnnviz")
    add_threads(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compute and compare; returns 0 if nothing is wrong, else 1."""
    if arguments.count < 1 or arguments.first < 0:
        raise CommandError("--count takes a whole number from 1, --first one from 0.")
    threads = threads_of(arguments) or 1
    end = arguments.first + arguments.count
    findings = list(_findings(arguments.first, end, threads, bare=arguments.bare))
    if arguments.json:
        entries = [
            {"number": finding.number, "format": finding.format, "wrong": list(finding.wrong)} for finding in findings
        ]
        write_json({"layers": arguments.count, "bare": arguments.bare, "threads": threads, "findings": entries})
    else:
        _print_findings(findings, arguments.count)
    return 1 if findings else 0


def _findings(first: int, end: int, threads: int, *, bare: bool) -> Iterator[Finding]:
    """The findings of the trials [first, end); after a crash another process continues.

    The process writes the number of a trial before it begins, so the last number is that of the crash.
    """
    options = ["--threads", str(threads), *(["--bare"] if bare else [])]
    while first < end:
        command_line = command("kernel-trials", str(first), str(end), *options)
        done = subprocess.run(command_line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        last = first - 1
        for line in done.stdout.splitlines():
            entry = json.loads(line)
            last = entry["number"]
            if "wrong" in entry:
                yield Finding(last, entry["format"], tuple(entry["wrong"]))
        if done.returncode == 0:
            return
        if last < first:
            raise CommandError("The process that computes could not be started.")
        yield Finding(last, "both", ("crash",))
        first = last + 1


def _print_findings(findings: list[Finding], count: int) -> None:
    from cnnviz.cli.kernel_trial import draw

    out = console()
    for finding in findings[:SHOWN]:
        out.print(
            f"{finding.number}, {finding.format}: {', '.join(finding.wrong)}: {draw(finding.number)}", markup=False
        )
    kinds = Counter(f"{finding.format} {' and '.join(finding.wrong)}" for finding in findings)
    for kind, times in kinds.most_common():
        out.print(f"{times:>6} × {kind}", markup=False)
    layers = "1 layer" if count == 1 else f"{count:,} layers"
    result = f"{len({finding.number for finding in findings}):,} are wrong" if findings else "nothing is wrong"
    out.print(f"{layers} in float32 and bfloat16, forward and gradients, beside float64: {result}.")
