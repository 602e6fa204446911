"""``cnnviz bench --processes``: the speed of a training by several processes, and what the exchange between them costs.

Each training is started by ``torchrun`` as a user would start it. All of them have their turn in each round.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

from rich.table import Table

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.rivals import BATCH
from cnnviz.cli.turns import LONGEST_BENCH_SECONDS, NETWORK
from cnnviz.program import is_standalone

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

MOST_PROCESSES = 64
STEPS_PER_SECOND = 100
"""So many batches are trained for each second of ``--seconds``; a processor of today makes about as many."""


@dataclass(frozen=True)
class Setup:
    """A training by ``processes`` with ``threads`` of torch each."""

    processes: int
    threads: int


@dataclass(frozen=True)
class Speed:
    """Medians over the rounds: images per second of all processes, and their ratio to the first setup.

    ``exchanging`` is the share of the time, in [0, 1], that the leading process spends exchanging gradients and waiting
    for the others.
    """

    processes: int
    threads: int
    images_per_second: float
    ratio: float
    exchanging: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    text = "measure instead the training by so many processes, such as 1,2; each takes its share of the cores"
    parser.add_argument("--processes", metavar="N,N", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    if is_standalone():
        raise CommandError("--processes needs torchrun, which comes with a Python installation of this program.")
    speeds: dict[Setup, list[tuple[float, float]]] = {each: [] for each in setups(arguments.processes, _cores())}
    for _ in range(arguments.rounds):
        for setup, turns in speeds.items():
            turns.append(_measure(setup, arguments))
    result = summary(speeds)
    if arguments.json:
        rows = [asdict(row) for row in result]
        write_json({"network": NETWORK, "rounds": arguments.rounds, "cores": _cores(), "setups": rows})
        return 0
    table = Table("Processes", "threads each", "images/s", "ratio", "exchanging")
    for column in table.columns:
        column.justify = "right"
    for row in result:
        shares = f"{row.ratio:.2f}", f"{row.exchanging:.0%}" if row.processes > 1 else ""
        table.add_row(f"{row.processes}", f"{row.threads}", f"{row.images_per_second:,.0f}", *shares)
    output = console()
    output.print(table)
    output.print(f"{NETWORK} on {_cores()} cores of this machine; medians of {arguments.rounds} rounds.")
    return 0


def setups(processes: str, cores: int) -> list[Setup]:
    """The trainings to measure: each number of processes with a thread each, and with all cores shared among them.

    The first one has the first number that is given, and all cores; the others are compared with it. Raises
    CommandError.
    """
    try:
        counts = [int(count) for count in processes.split(",")]
    except ValueError:
        counts = [0]
    if not all(1 <= count <= MOST_PROCESSES for count in counts):
        raise CommandError(
            f"--processes takes numbers from 1 to {MOST_PROCESSES} with commas between them, such as 1,2."
        )
    found = [Setup(count, threads) for count in counts for threads in (max(1, cores // count), 1)]
    return list(dict.fromkeys(found))


def summary(speeds: dict[Setup, list[tuple[float, float]]]) -> list[Speed]:
    """The medians of (images per second, share of exchanging) of each setup in all rounds."""
    first = next(iter(speeds.values()))
    return [
        Speed(
            setup.processes,
            setup.threads,
            round(median(speed for speed, _ in turns), 1),
            round(median(speed / base for (speed, _), (base, _) in zip(turns, first, strict=True)), 3),
            round(median(share for _, share in turns), 3),
        )
        for setup, turns in speeds.items()
    ]


def _measure(setup: Setup, arguments: argparse.Namespace) -> tuple[float, float]:
    """Images per second, and the share of the time that is spent exchanging."""
    batches = max(1, round(arguments.seconds * STEPS_PER_SECOND))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", f"{setup.processes}", "-m", "cnnviz", "train", NETWORK, "--json", "--no-record"),
            *("--batches", f"{batches}", "--threads", f"{setup.threads}", "--device", arguments.device),
        ],
        env={**os.environ, "OMP_NUM_THREADS": f"{setup.threads}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_BENCH_SECONDS,
    )
    result = _last(done.stdout.splitlines())
    if done.returncode or result is None:
        raise CommandError(f"The training by {setup.processes} processes could not be measured. {done.stderr.strip()}")
    seconds = result["steps"] * BATCH / result["images_per_second"]
    return result["images_per_second"], result.get("exchange_seconds", 0.0) / seconds


def _last(lines: Sequence[str]) -> dict[str, float] | None:
    """The object of JSON in the last line; None without lines."""
    entry: dict[str, float] | None = json.loads(lines[-1]) if lines else None
    return entry


def _cores() -> int:
    # not at the top of the file: torch is slow to import
    from cnnviz.training.device import physical_cores

    return physical_cores()
