"""``cnnviz bench --studies``: what the studies of the window cost a training that runs beside them."""

from __future__ import annotations

import os
from dataclasses import asdict
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.table import Table

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.window import prepare_anywhere
from cnnviz.settings import HOME

if TYPE_CHECKING:
    import argparse

LEAST = 0.85
"""The least share of its speed that a training is to keep beside a study."""
LEAST_BESIDE_POINTS, UPDATES = 0.95, 2.0
"""The share that it is to keep beside the map of points, and how often a second points of the map are to be renewed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    text = "measure instead what studies cost the training beside them: all of them, or those named"
    parser.add_argument("--studies", nargs="*", metavar="NAME", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    prepare_anywhere()
    from cnnviz.gui.robot.studies_bench import STUDIES
    from cnnviz.gui.robot.studies_bench import run as measure

    names = arguments.studies or list(STUDIES)
    if unknown := [name for name in names if name not in STUDIES]:
        raise CommandError(f"There is no study “{unknown[0]}”; there are {', '.join(STUDIES)}.")
    with TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[HOME] = folder
        try:
            figures = measure(arguments.rounds, arguments.seconds, names)
        except (RuntimeError, TimeoutError) as error:
            raise CommandError(f"The window could not be measured. {error}") from error
    goals = {name: LEAST_BESIDE_POINTS if name == "points" else LEAST for name in names}
    if arguments.json:
        chosen = {"rounds": arguments.rounds, "seconds": arguments.seconds, "goals": goals}
        write_json({**asdict(figures), "goal_updates_per_second": UPDATES, **chosen})
        return 0
    table = Table("Study", "training keeps", "in half of the turns", "goal")
    for name in names:
        # least and most are the quartiles
        middle_half = f"{figures.least[name]:.0%} to {figures.most[name]:.0%}"
        table.add_row(name, f"{figures.keeps[name]:.1%}", middle_half, f"{goals[name]:.0%}")
    output = console()
    output.print(table)
    if "points" in names:
        rate, whole = f"{figures.updates_per_second:.1f} times a second", f"{figures.renewal_seconds:.1f} s"
        output.print(f"The map of points is updated {rate} (goal {UPDATES:g}), all of its points within {whole}.")
    output.print(
        f"Medians of {arguments.rounds} turns of {arguments.seconds:g} s beside each study, made again and again."
    )
    return 0
