"""``cnnviz bench --builder``: the response time of edits in the real window with a large network."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.table import Table

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.turns import LONGEST_BENCH_SECONDS
from cnnviz.cli.window import prepare_anywhere
from cnnviz.program import command
from cnnviz.project.templates import TEMPLATES
from cnnviz.settings import HOME

if TYPE_CHECKING:
    import argparse

NETWORK = "densenet-121"
SIZE = (1400, 900)
FRAMES = 48
SCALE = "QT_SCALE_FACTOR"
MOST_EDITS = 1_000_000
FEWEST_LAYERS, MOST_LAYERS = 8, 50_000
"""Limits of the number of layers of the chain."""
RANDOM_EDIT_GOAL_MILLISECONDS = 100.0
"""The goal for the 99th percentile of random edits, in milliseconds."""
FRAME_GOALS_MILLISECONDS = {"100 %": 33.0, "200 %": 60.0}
"""The goals for the 95th percentile of a frame of pan and zoom, by scale, in milliseconds."""
GOALS = {"edit_ms": 50.0, "frame_ms": FRAME_GOALS_MILLISECONDS, "opening_seconds": 1.0}
"""The goals without random edits: until an edit is painted, of a frame, and until a window is open."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--builder",
        action="store_true",
        help="measure instead how long edits, frames and opening take in the window with a large network",
    )
    parser.add_argument(
        "--edits",
        type=int,
        metavar="N",
        help="with --builder: measure so many random edits instead of each kind by itself",
    )
    parser.add_argument(
        "--layers",
        type=int,
        metavar="N",
        help="with --builder: measure instead how long a file with a chain of so many layers takes to open",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random edits (default: 0)")
    parser.add_argument(
        "--template",
        choices=[*TEMPLATES],
        default=NETWORK,
        help=f"the network of --builder, all its blocks unfolded (default: {NETWORK})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure and print, at the scale in QT_SCALE_FACTOR, or if it is not set at 100 % and 200 %."""
    if arguments.edits is not None:
        return _run_random_edits(arguments)
    if arguments.layers is not None:
        return _run_opening(arguments)
    measured = [_in_this_process(arguments)]
    if SCALE not in os.environ:
        measured.append(_at_double_scale(arguments))
    result: dict[str, Any] = {"network": arguments.template, "size": list(SIZE), "goals": GOALS}
    result["scales"] = dict(measured)
    if arguments.json:
        write_json(result)
    else:
        _show(result)
    return 0


def _run_random_edits(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.edits <= MOST_EDITS:
        raise CommandError(f"--edits takes 1 to {MOST_EDITS:,}.")
    with TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[HOME] = folder
        prepare_anywhere()
        from cnnviz.gui.robot.random_edits import run as measure

        try:
            project = TEMPLATES[arguments.template].project()
            figures = asdict(measure(project, SIZE, arguments.edits, arguments.seed))
        except (RuntimeError, TimeoutError) as error:
            raise CommandError(f"The builder could not be measured. {error}") from error
    result = {"network": arguments.template, "size": list(SIZE), "goal": RANDOM_EDIT_GOAL_MILLISECONDS, **figures}
    if arguments.json:
        write_json(result)
        return 0
    table = Table("Random edits, ms", "edits", "p50", "p95", "p99", "longest")
    for column in table.columns[1:]:
        column.justify = "right"
    rows = {
        **figures["kinds"],
        "all": figures["all"],
        "processor time of all": figures["processor"],
        "pause in the moments after": figures["pause"],
    }
    for name, row in rows.items():
        table.add_row(name, f"{row['count']:,}", *(f"{row[share]:g}" for share in ("p50", "p95", "p99", "max")))
    output = console()
    output.print(table)
    output.print(
        f"{arguments.template}, every block unfolded, in a window of {SIZE[0]}×{SIZE[1]}; from the key until it is"
        " painted, without the trials of fixes that follow; 99 of 100 should take less than"
        f" {RANDOM_EDIT_GOAL_MILLISECONDS:g} ms."
    )
    return 0


def _run_opening(arguments: argparse.Namespace) -> int:
    if not FEWEST_LAYERS <= arguments.layers <= MOST_LAYERS:
        raise CommandError(f"--layers takes {FEWEST_LAYERS} to {MOST_LAYERS:,}.")
    with TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[HOME] = folder
        prepare_anywhere()
        from cnnviz.gui.robot.opening_bench import run as measure

        try:
            figures = asdict(measure(arguments.layers, arguments.rounds))
        except (RuntimeError, TimeoutError) as error:
            raise CommandError(f"Opening could not be measured. {error}") from error
    if arguments.json:
        write_json({"goal_seconds": GOALS["opening_seconds"], "rounds": arguments.rounds, **figures})
        return 0
    console().print(
        f"A file with a chain of {figures['layers']:,} layers, from being chosen until its window is painted:"
        f" {figures['seconds']:.2f} s, {figures['processor_seconds']:.2f} s of them of one processor; medians of"
        f" {arguments.rounds}; the goal is {GOALS['opening_seconds']:g} s."
    )
    return 0


def _in_this_process(arguments: argparse.Namespace) -> tuple[str, Any]:
    """The scale of this process and its figures."""
    # the measurement must not change the user's settings, such as recent files and window size
    with TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[HOME] = folder
        prepare_anywhere()
        from cnnviz.gui.robot.builder_bench import run as measure

        try:
            figures = asdict(measure(TEMPLATES[arguments.template].project(), SIZE, arguments.rounds, FRAMES))
        except (RuntimeError, TimeoutError) as error:
            raise CommandError(f"The builder could not be measured. {error}") from error
    return f"{figures.pop('scale'):.0%}".replace("%", " %"), figures


def _at_double_scale(arguments: argparse.Namespace) -> tuple[str, Any]:
    """The scale and figures of another process, whose window is drawn at 200 %."""
    line = command("bench", "--builder", "--json", "--template", arguments.template, "--rounds", f"{arguments.rounds}")
    environment = {**os.environ, SCALE: "2"}
    done = subprocess.run(
        line, capture_output=True, text=True, check=False, timeout=LONGEST_BENCH_SECONDS, env=environment
    )
    if done.returncode:
        raise CommandError(f"The builder could not be measured at 200 %. {done.stderr.strip()}")
    ((scale, figures),) = json.loads(done.stdout.splitlines()[-1])["scales"].items()
    return scale, figures


def _show(result: dict[str, Any]) -> None:
    output = console()
    for scale, figures in result["scales"].items():
        table = Table(f"At {scale}", "fitted", "undone", "1:1", "undone", "goal")
        for column in table.columns[1:]:
            column.justify = "right"
        edits, undo, frames = figures["edits"], figures["undo"], figures["frames"]
        for name in edits["1:1"]:
            cells = [_number(each[view].get(name)) for view in edits for each in (edits, undo)]
            table.add_row(f"{name}, ms", *cells, f"{GOALS['edit_ms']:g}")
        goal = FRAME_GOALS_MILLISECONDS.get(scale)
        for name in frames["1:1"]:
            quantiles = [frames[view].get(name) for view in frames]
            cells = [
                cell
                for each in quantiles
                for cell in ("" if each is None else f"{each['p50']:g} – {each['p95']:g}", "")
            ]
            table.add_row(f"{name}, ms a frame, p50 – p95", *cells, "" if goal is None else f"{goal:g}")
        table.add_row("longest pause after an edit, ms, p95", f"{figures['pause']:g}", "", "", "", "")
        opening = figures["opening"]
        cells = [f"{opening['first']:.2f}", "", f"{opening['later']:.2f}", ""]
        table.add_row("open the window, s, first and later", *cells, f"{GOALS['opening_seconds']:g}")
        output.print(table)
    figures = next(iter(result["scales"].values()))
    width, height = result["size"]
    output.print(
        f"{result['network']} with {figures['nodes']} layers and {figures['wires']} wires, every block unfolded, in a"
        f" window of {width}×{height}; from the key or click until everything is checked and painted, medians."
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
