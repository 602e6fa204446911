"""``cnnviz bench --recording``: what recording a run costs, for a small network and a large one.

Two processes train the same network, one of them with a recorder, in turns. A large network is recorded rarely, so that
many turns have no moment but the one at their end. Therefore means are compared, not medians.
"""

from __future__ import annotations

from contextlib import ExitStack
from statistics import mean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.turns import NETWORK, WIDE
from cnnviz.program import Turns

if TYPE_CHECKING:
    import argparse

LONGER = 10
"""The turns of the large network are this many times longer: it is recorded about twice a minute, and each turn ends
with an exact moment that a training without pauses would not have."""
GOAL = 0.98
"""The share of the speed without a recorder that is to be left."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    text = "measure instead what recording costs, also for a network of 25 million parameters"
    parser.add_argument("--recording", action="store_true", help=text)


def run(arguments: argparse.Namespace, threads: int | None) -> int:
    """Measure and print."""
    found = {network: _measure(network, arguments, threads) for network in (NETWORK, WIDE)}
    if arguments.json:
        chosen = {"rounds": arguments.rounds, "seconds": arguments.seconds, "goal": GOAL}
        write_json({"recording_keeps": found, **chosen})
        return 0
    for network, each in found.items():
        console().print(
            f"{network}: recorded, training keeps {each['ratio']:.1%} of its speed, {each['recorded']:,} of"
            f" {each['alone']:,} images/s."
        )
    return 0


def _measure(network: str, arguments: argparse.Namespace, threads: int | None) -> dict[str, Any]:
    line = ["ours", "--device", arguments.device, "--network", network]
    if threads is not None:
        line += ["--threads", f"{threads}"]
    speeds: dict[str, list[float]] = {"alone": [], "recorded": []}
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True))
        turns = {}
        for name, options in (("alone", []), ("recorded", ["--record", folder])):
            try:
                turns[name] = Turns([*line, *options])
            except OSError as error:
                raise CommandError(f"The training could not be measured. {error}") from error
            stack.callback(turns[name].close)
        seconds = arguments.seconds * (LONGER if network == WIDE else 1)
        for number in range(arguments.rounds):
            # each of them is first in every other round
            for name in ("alone", "recorded") if number % 2 else ("recorded", "alone"):
                speeds[name].append(turns[name].turn(seconds))
    return {**{name: round(mean(each)) for name, each in speeds.items()}, "ratio": ratio(speeds)}


def ratio(speeds: dict[str, list[float]]) -> float:
    """The mean over the rounds of the recorded speed, relative to that of the speed alone."""
    return round(mean(speeds["recorded"]) / mean(speeds["alone"]), 4)
