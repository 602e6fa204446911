"""``cnnviz bench``: the speed of a training compared with other programs that train the same network.

Each program runs in a separate process. They run in turns, in several rounds, so that drifts of the machine or other
load cancel out. The results are ratios: medians over the rounds of our speed divided by the other program's in the same
round. "ours" is a training as this program does it, "bare" a loop written by hand, "script" the tutorial's program.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.table import Table

from cnnviz.cli import bench_builder, bench_data, bench_processes, bench_recording, bench_runs, bench_studies, rivals
from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.cli.threads import add_threads, threads_of
from cnnviz.cli.turns import LONGEST_BENCH_SECONDS, NETWORK, WARM_STEPS
from cnnviz.program import Turns, command

if TYPE_CHECKING:
    import argparse

Turn = Callable[[float], float]
"""Trains for about the given seconds; returns images per second."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each has its turn (default: 5)")
    parser.add_argument("--seconds", type=float, default=4.0, metavar="S", help="length of a turn (default: 4)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    add_threads(parser)
    parser.add_argument(
        "--keras-python",
        metavar="PYTHON",
        help="an interpreter that has keras and tensorflow, where this one does not (default: this one)",
    )
    parser.add_argument("--no-window", action="store_true", help="leave out the training inside the real window")
    bench_builder.add_arguments(parser)
    bench_runs.add_arguments(parser)
    bench_recording.add_arguments(parser)
    bench_data.add_arguments(parser)
    bench_processes.add_arguments(parser)
    bench_studies.add_arguments(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; returns 0. Raises CommandError if a program could not be measured."""
    if not 1 <= arguments.rounds <= 1000 or not 0.1 <= arguments.seconds <= 3600:
        raise CommandError("--rounds takes 1 to 1000 and --seconds 0.1 to 3600.")
    threads = threads_of(arguments)
    if arguments.builder:
        return bench_builder.run(arguments)
    if arguments.runs is not None:
        return bench_runs.run(arguments)
    if arguments.data is not None:
        return bench_data.run(arguments)
    if arguments.recording:
        return bench_recording.run(arguments, threads)
    if arguments.studies is not None:
        return bench_studies.run(arguments)
    if arguments.processes is not None:
        return bench_processes.run(arguments)
    with ExitStack() as stack:
        result = _measure(arguments, threads, stack)
    if not arguments.no_window:
        result = _with_window(result, arguments)
    if arguments.json:
        write_json(result)
    else:
        _show(result)
    return 0


def _measure(arguments: argparse.Namespace, threads: int | None, stack: ExitStack) -> dict[str, Any]:
    def turns_of(program: str, *options: str) -> Turns:
        words = [program, "--device", arguments.device, *options]
        if threads is not None:
            words += ["--threads", f"{threads}"]
        try:
            turns = Turns(words)
        except OSError as error:
            raise CommandError(f"“{program}” could not be measured. {error}") from error
        stack.callback(turns.close)
        return turns

    ours = turns_of("ours")
    facts = json.loads(ours.facts)
    programs = {"ours": ours, "bare": turns_of("bare", "--precision", facts["precision"]), "script": turns_of("script")}
    if facts["precision"] != "float32":
        programs |= {f"{name} float32": turns_of(name, "--precision", "float32") for name in ("ours", "bare")}
    turns: dict[str, Turn] = {name: program.turn for name, program in programs.items()}
    absent = {}
    python = rivals.keras_python(arguments.keras_python)
    if facts["device"] != "CPU":
        absent["keras"] = "Keras is measured on the CPU alone."
    elif python is None:
        absent["keras"] = "Keras and TensorFlow are not installed here; --keras-python names an interpreter with them."
    else:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cnnviz-bench-")))
        keras = rivals.Keras(python, folder, facts["threads"])
        stack.callback(keras.close)
        turns["keras"] = _keras(keras)
    rounds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(arguments.rounds):
        for name, turn in turns.items():
            rounds[name].append(turn(arguments.seconds))
    chosen = {
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "network": NETWORK,
        "batch_size": rivals.BATCH,
        "not_measured": absent,
    }
    return {**summary(rounds), **chosen, **facts}


def summary(rounds: Mapping[str, list[float]]) -> dict[str, Any]:
    """Medians of images per second, and of the ratios of our speed to each other program's in the same round.

    Ratios in float32 are listed separately.
    """

    def ratios(ours: str, others: Mapping[str, str]) -> dict[str, float]:
        return {
            name: round(median(a / b for a, b in zip(rounds[ours], rounds[key], strict=True)), 3)
            for name, key in others.items()
            if key in rounds
        }

    result: dict[str, Any] = {
        "images_per_second": {name: round(median(each)) for name, each in rounds.items()},
        "ratio": ratios("ours", {name: name for name in ("script", "keras", "bare")}),
    }
    if "ours float32" in rounds:
        rivals_in_float32 = {"script": "script", "keras": "keras", "bare": "bare float32"}
        result["ratio_float32"] = ratios("ours float32", rivals_in_float32)
    return result


def _keras(keras: rivals.Keras) -> Turn:
    keras.steps(WARM_STEPS)
    speed = [_timed(keras, WARM_STEPS)]

    def turn(seconds: float) -> float:
        speed[0] = _timed(keras, max(1, round(seconds * speed[0] / rivals.BATCH)))
        return speed[0]

    return turn


def _timed(keras: rivals.Keras, steps: int) -> float:
    images, seconds = keras.steps(steps)
    return images / seconds


def _with_window(result: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    """Add the speed of the training inside the real window relative to that without it, measured in turns."""
    with tempfile.TemporaryDirectory(prefix="cnnviz-bench-") as folder:
        seconds = f"{max(1.0, arguments.rounds * arguments.seconds):g}"
        line = command("tour", "--json", "--out", folder, "--seconds", seconds)
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=LONGEST_BENCH_SECONDS)
    if done.returncode:
        raise CommandError(f"The window could not be measured. {done.stderr.strip()}")
    speed = json.loads(done.stdout.splitlines()[-1])["images_per_second"]
    images = {**result["images_per_second"], "window": speed["window"]}
    ratio = {**result["ratio"], "window": round(1 / speed["ratio"], 3)}
    return {**result, "images_per_second": images, "ratio": ratio, "window_keeps": speed["ratio"]}


def _show(result: dict[str, Any]) -> None:
    table = Table("Program", "images/s", "ours / it", "float32: ours / it")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, speed in result["images_per_second"].items():
        ratios = [result.get(key, {}).get(name) for key in ("ratio", "ratio_float32")]
        table.add_row(name, f"{speed:,}", *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios))
    output = console()
    output.print(table)
    if "window_keeps" in result:
        output.print(
            f"Inside the window, with all panels live, training keeps {result['window_keeps']:.0%} of its speed."
        )
    for sentence in result["not_measured"].values():
        output.print(sentence)
    output.print(
        f"{result['network']} at batch size {result['batch_size']}, {result['device']}, {result['precision']},"
        f" threads: {result['threads']}; medians of {result['rounds']} rounds of {result['seconds']:g} s."
    )
