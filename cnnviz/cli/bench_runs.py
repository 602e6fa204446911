"""``cnnviz bench --runs N``: how long a library of so many recorded runs takes to be listed, and curves to be read."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import asdict
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.window import prepare_anywhere
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.curves import read_curves
from cnnviz.runs.folder import MOMENTS, SUMMARY
from cnnviz.runs.index import INDEX
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Facts
from cnnviz.runs.writer import RunWriter
from cnnviz.settings import HOME
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import RunFinished

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

POINTS, MOMENTS_OF_RUN, OVERLAID = 10_000, 40, 10
STEPS_PER_SECOND = 200
BLOCK = 10
"""Steps between two readings of the device, which happen 20 times a second."""
EPOCH_STEPS = 1000
GOALS = {"table_ms": 300.0, "overlay_ms": 200.0, "rebuilt_seconds": 10.0}
MOST_RUNS = 100_000
FACTS = Facts("fast", created=1.0, parameters=1000, device="CPU", precision="float32", threads=1)
MOST_BYTES = 10**9
"""What a run may take of the disk, which these do not reach."""
_LONG_AGO = 1_000_000_000.0
"""A time of files at which nothing is being written any more."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    text = f"measure instead how long N recorded runs take to be listed, and {OVERLAID} curves to be overlaid"
    parser.add_argument("--runs", type=int, metavar="N", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    if not OVERLAID < arguments.runs <= MOST_RUNS:
        raise CommandError(f"--runs takes {OVERLAID + 1} to {MOST_RUNS:,}.")
    with TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[HOME] = folder
        try:
            make_library(runs_folder(), arguments.runs)
            result = {} if arguments.no_window else _in_window(arguments.rounds)
            result |= measure(runs_folder(), arguments.rounds)
        except OSError as error:
            raise CommandError(f"The runs could not be written. {error}") from error
    if arguments.json:
        write_json({"runs": arguments.runs, "points": POINTS, "moments": MOMENTS_OF_RUN, "goals": GOALS, **result})
        return 0
    console().print(
        f"{arguments.runs:,} recorded runs of {POINTS:,} steps and {MOMENTS_OF_RUN} moments are listed in"
        f" {result['listed_ms']:.0f} ms, their index is made again in {result['rebuilt_seconds']:.1f} s"
        f" ({result['recounted_seconds']:.1f} s where the summaries are missing too), and the curves of {OVERLAID} are"
        f" read in {result['curves_ms']:.0f} ms; medians of {arguments.rounds}."
    )
    if "table_ms" in result:
        console().print(
            f"In the window the table is painted after {result['table_ms']:.0f} ms"
            f" ({result['table_processor_ms']:.0f} ms of a processor), {OVERLAID} overlaid curves after"
            f" {result['overlay_ms']:.0f} ms ({result['overlay_processor_ms']:.0f} ms)."
        )
    goals = (GOALS["table_ms"], GOALS["overlay_ms"], GOALS["rebuilt_seconds"])
    console().print("The goals are {:g} ms for the table, {:g} ms for the curves, {:g} s for the index.".format(*goals))
    return 0


def _in_window(rounds: int) -> dict[str, Any]:
    """Milliseconds until the table and the curves are painted in the real window."""
    prepare_anywhere()
    from cnnviz.gui.robot.library_bench import run as measure_window

    try:
        return asdict(measure_window(rounds, OVERLAID))
    except (RuntimeError, TimeoutError) as error:
        raise CommandError(f"The window could not be measured. {error}") from error


def make_library(home: Path, runs: int) -> None:
    """Write ``runs`` runs, which differ in name only."""
    chance = np.random.default_rng(0)
    first = home / "run-00000"
    writer = RunWriter(first, TEMPLATES["fast"].project(), FACTS, MOST_BYTES)
    for step in range(1, POINTS + 1, BLOCK):
        losses, accuracies = chance.random((2, BLOCK), np.float32)
        writer.add([BatchMetrics(1, step, losses, accuracies, step / STEPS_PER_SECOND)], [])
        if step % EPOCH_STEPS == 1:
            writer.add(
                [Evaluation(1, "validation", step // EPOCH_STEPS + 1, step, 0.1, 0.9, step / STEPS_PER_SECOND)], []
            )
    writer.add([], [RunFinished(1, POINTS)])
    writer.flush()
    writer.close()
    for number in range(MOMENTS_OF_RUN):
        # the list looks at names and sizes only
        for suffix in (".safetensors", ".json"):
            (first / MOMENTS / f"{number * POINTS // MOMENTS_OF_RUN:012}{suffix}").write_bytes(b"{}")
    for path in (*first.rglob("*"), first):
        os.utime(path, (_LONG_AGO, _LONG_AGO))
    for number in range(1, runs):
        # links are written more quickly than copies; the times of folders are copied
        shutil.copytree(first, home / f"run-{number:05}", copy_function=os.link)


def measure(home: Path, rounds: int) -> dict[str, Any]:
    """Medians: seconds to make the index again, with and without summaries, and milliseconds to list and to read."""
    library = Library(home)
    folders = [home / f"run-{number:05}" for number in range(OVERLAID)]
    times: dict[str, list[float]] = {"rebuilt": [], "listed": [], "curves": []}
    for _ in range(rounds):
        (home / INDEX).unlink(missing_ok=True)
        times["rebuilt"].append(_timed(library.runs))
        times["listed"].append(_timed(library.runs))
        times["curves"].append(_timed(lambda: [read_curves(folder) for folder in folders]))
    for path in home.glob(f"*/{SUMMARY}"):
        path.unlink()
    (home / INDEX).unlink(missing_ok=True)
    return {
        "rebuilt_seconds": round(median(times["rebuilt"]), 3),
        "recounted_seconds": round(_timed(library.runs), 3),
        "listed_ms": round(1000 * median(times["listed"]), 1),
        "curves_ms": round(1000 * median(times["curves"]), 1),
    }


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
