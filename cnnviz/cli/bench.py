"""``cnnviz bench``: how fast a training is beside other programs that train the same network.

Everything runs in turns, several rounds in one run, so that a machine that drifts or is shared does not decide: what
counts are the ratios, each the median over the rounds of ours by the other's in the same round.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from cnnviz.cli import rivals
from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import add_json, console, write_json
from cnnviz.project.recipe import Precision
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import BatchMetrics, RunFailed, State
from cnnviz.training.session import Session

NETWORK = "pytorch-tutorial"
WARM_STEPS = 100
"""Steps of each program that are not counted."""
PATIENCE = 600.0

Turn = Callable[[float], float]
"""Trains for about so many seconds; returns images a second."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each has its turn (default: 5)")
    parser.add_argument("--seconds", type=float, default=4.0, metavar="S", help="length of a turn (default: 4)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of torch (default: one for each core)")
    parser.add_argument(
        "--keras-python",
        metavar="PYTHON",
        help="an interpreter that has keras and tensorflow, where this one does not (default: this one)",
    )
    parser.add_argument("--no-window", action="store_true", help="leave out the training inside the real window")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 0 where all programs came to their end."""
    if not 1 <= arguments.rounds <= 1000 or not 0.1 <= arguments.seconds <= 3600:
        raise CommandError("--rounds takes 1 to 1000 and --seconds 0.1 to 3600.")
    if arguments.threads is not None and not 1 <= arguments.threads <= 1024:
        raise CommandError("--threads takes a whole number from 1 to 1024.")
    with ExitStack() as stack:
        result = _measure(arguments, stack)
    if not arguments.no_window:
        result = _with_window(result, arguments)
    if arguments.json:
        write_json(result)
    else:
        _show(result)
    return 0


def _measure(arguments: argparse.Namespace, stack: ExitStack) -> dict[str, Any]:
    import torch

    ours = _Ours("auto", arguments)
    stack.callback(ours.close)
    status = ours.ready()
    device = torch.device("cpu" if status.device == "CPU" else "cuda")
    torch.set_num_threads(status.threads)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cnnviz-bench-")))
    turns: dict[str, Turn] = {
        "ours": ours.turn,
        "bare": _stepped(rivals.bare(device, status.precision == "bfloat16"), device),
        "script": _stepped(rivals.script(device, folder), device),
    }
    if status.precision != "float32":
        plain = _Ours("float32", arguments)
        stack.callback(plain.close)
        plain.ready()
        turns |= {"ours float32": plain.turn, "bare float32": _stepped(rivals.bare(device, False), device)}
    absent = {}
    python = rivals.keras_python(arguments.keras_python)
    if device.type != "cpu":
        absent["keras"] = "Keras is measured on the CPU alone."
    elif python is None:
        absent["keras"] = "Keras and TensorFlow are not installed here; --keras-python names an interpreter with them."
    else:
        keras = rivals.Keras(python, folder, status.threads)
        stack.callback(keras.close)
        turns["keras"] = _keras(keras)
    rounds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(arguments.rounds):
        for name, turn in turns.items():
            rounds[name].append(turn(arguments.seconds))
    facts = {
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "threads": status.threads,
        "precision": status.precision,
        "device": status.device,
        "network": NETWORK,
        "batch_size": rivals.BATCH,
        "not_measured": absent,
    }
    return {**summary(rounds), **facts}


def summary(rounds: Mapping[str, list[float]]) -> dict[str, Any]:
    """Medians of images a second, and of ours by each other program's of the same round, float32 apart."""

    def ratios(ours: str, others: Mapping[str, str]) -> dict[str, float]:
        return {
            name: round(median(a / b for a, b in zip(rounds[ours], rounds[key], strict=True)), 3)
            for name, key in others.items()
            if key in rounds
        }

    result: dict[str, Any] = {
        "images_per_second": {name: round(median(one)) for name, one in rounds.items()},
        "ratio": ratios("ours", {name: name for name in ("script", "keras", "bare")}),
    }
    if "ours float32" in rounds:
        alike = {"script": "script", "keras": "keras", "bare": "bare float32"}
        result["ratio_float32"] = ratios("ours float32", alike)
    return result


class _Ours:
    """A session that nobody watches."""

    def __init__(self, precision: Precision, arguments: argparse.Namespace) -> None:
        project = TEMPLATES[NETWORK].project()
        recipe = replace(project.recipe, precision=precision, epochs=100_000)
        self._session = Session(replace(project, recipe=recipe), arguments.device, arguments.threads)
        self._news = threading.Condition()
        self._session.listen(self._notify)
        self._steps = 0
        self._speed = 0.0

    def ready(self) -> Any:
        """Load everything and warm up; the status."""
        self._session.start()
        self._wait(lambda: self._session.status.ready)
        self._batches(WARM_STEPS)
        self._speed = self._batches(WARM_STEPS)
        return self._session.status

    def turn(self, seconds: float) -> float:
        """Training time alone counts, without validations."""
        self._speed = self._batches(max(1, round(seconds * self._speed / rivals.BATCH)))
        return self._speed

    def close(self) -> None:
        """End its thread."""
        self._session.close()

    def _batches(self, count: int) -> float:
        before = self._trained()
        self._steps += count
        self._session.batches(count)
        self._wait(lambda: self._session.status.state is State.PAUSED and self._session.status.step >= self._steps)
        images, seconds = (now - then for now, then in zip(self._trained(), before, strict=True))
        return images / seconds

    def _trained(self) -> tuple[float, float]:
        """Images and seconds of training up to now."""
        times = [one.seconds for one in self._session.metrics.read()[0] if isinstance(one, BatchMetrics)]
        return float(self._session.status.images), times[-1] if times else 0.0

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._news:
            ended = self._news.wait_for(lambda: condition() or self._session.status.state is State.FAILED, PATIENCE)
        failures = [one for one in self._session.events.read()[0] if isinstance(one, RunFailed)]
        if failures:
            raise CommandError(failures[-1].sentence)
        if not ended:
            raise CommandError("The training does not go on.")

    def _notify(self) -> None:
        with self._news:
            self._news.notify_all()


def _stepped(steps: Iterator[None], device: Any) -> Turn:
    """Turns of a generator that makes a step at a time."""
    import torch

    def finish() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    for _ in range(WARM_STEPS):
        next(steps)

    def turn(seconds: float) -> float:
        finish()
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            next(steps)
            done += 1
        finish()
        return done * rivals.BATCH / (time.perf_counter() - began)

    return turn


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
    """The same training inside the real window beside the same without it, in turns, in a process of their own."""
    with tempfile.TemporaryDirectory(prefix="cnnviz-bench-") as folder:
        command = [sys.executable, "-m", "cnnviz", "tour", "--json", "--out", folder]
        command += ["--seconds", f"{max(1.0, arguments.rounds * arguments.seconds):g}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3600)
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
        table.add_row(name, f"{speed:,}", *("" if one is None else f"{one:.2f}" for one in ratios))
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
