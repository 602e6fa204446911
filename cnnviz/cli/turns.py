"""``cnnviz turns``: runs one of the compared programs in a separate process, for :class:`cnnviz.program.Turns`.

It loads everything, makes its first steps, and prints device, precision and threads as a line of JSON. Then it reads
numbers of seconds, one per line. For each it trains for about that time, and answers with the images per second.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli import rivals
from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import write_json
from cnnviz.project.templates import TEMPLATES
from cnnviz.project.wide import wide_project
from cnnviz.runs.limits import Limits
from cnnviz.runs.recorder import Recorder
from cnnviz.training.channels import State, Status
from cnnviz.training.session import Session

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    import torch

    from cnnviz.project.recipe import Precision

NETWORK = "pytorch-tutorial"
WIDE = "25 million parameters"
WIDE_PARAMETERS, WIDE_WARM_STEPS = 25_000_000, 10
WARM_STEPS = 100
"""Steps of each program before measuring."""
MOST_SECONDS = 600.0
"""How long to wait for the training at most, such as until its data are loaded."""
LONGEST_BENCH_SECONDS = 3600.0
"""A process that measures for longer is ended."""
POLL_SECONDS = 0.01
"""The time between two checks whether a moment has been written."""


@dataclass(frozen=True)
class Facts:
    """Device, precision and threads of a program."""

    threads: int
    precision: str
    device: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("program", choices=("ours", "bare", "script"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--network", default=NETWORK, choices=(NETWORK, WIDE))
    parser.add_argument("--record", type=Path, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    """Serve the lines of the standard input."""
    with ExitStack() as stack:
        facts, turn = _program(arguments, stack)
        write_json(asdict(facts))
        for line in sys.stdin:
            sys.stdout.write(f"{turn(float(line))}\n")
            sys.stdout.flush()
    return 0


def _program(arguments: argparse.Namespace, stack: ExitStack) -> tuple[Facts, Callable[[float], float]]:
    if arguments.program == "ours":
        ours = Ours(
            arguments.precision, arguments.device, arguments.threads, arguments.network == WIDE, arguments.record
        )
        stack.callback(ours.close)
        status = ours.ready()
        return Facts(status.threads, status.precision, status.device), ours.turn
    import torch

    from cnnviz.training.device import place, set_tf32

    precision: Precision = "float32" if arguments.program == "script" else arguments.precision
    placement = place(arguments.device, precision, arguments.threads)
    torch.set_num_threads(placement.threads)
    if arguments.program == "bare":
        set_tf32(True, True)
        steps = rivals.bare(placement.device, placement.precision == "bfloat16")
    else:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cnnviz-bench-"))
        steps = rivals.script(placement.device, Path(folder))
    facts = Facts(placement.threads, placement.precision, placement.describe())
    return facts, stepped(steps, placement.device)


class Ours:
    """A training session without inspection, of a ``wide`` network or of :data:`NETWORK`; with ``runs`` it is recorded
    into this folder."""

    def __init__(
        self, precision: Precision, device: str, threads: int | None, wide: bool = False, runs: Path | None = None
    ) -> None:
        project = wide_project(WIDE_PARAMETERS) if wide else TEMPLATES[NETWORK].project()
        self._warm_steps = WIDE_WARM_STEPS if wide else WARM_STEPS
        recipe = replace(project.recipe, precision=precision, epochs=100_000)
        self._session = Session(replace(project, recipe=recipe), device, threads)
        self._news = threading.Condition()
        self._session.listen(self._notify)
        self._recorder = None if runs is None else Recorder(self._session, lambda: "bench", runs, Limits())
        if self._recorder is not None:
            self._recorder.start()
        self._steps = 0
        self._speed = 0.0

    def ready(self) -> Status:
        """Load everything and warm up; returns the status."""
        self._session.start()
        self._wait(lambda: self._session.status.ready)
        self._batches(self._warm_steps)
        self._speed = self._batches(self._warm_steps)
        return self._session.status

    def turn(self, seconds: float) -> float:
        """Train for about ``seconds``; returns images per second of training time, without validations."""
        self._speed = self._batches(max(1, round(seconds * self._speed / rivals.BATCH)))
        return self._speed

    def close(self) -> None:
        """End its threads."""
        self._session.close()
        if self._recorder is not None:
            self._recorder.close()

    def _batches(self, count: int) -> float:
        before = self._session.trained()
        self._steps += count
        self._session.batches(count)
        self._wait(lambda: self._session.status.state is State.PAUSED and self._session.status.step >= self._steps)
        images, seconds = (now - earlier for now, earlier in zip(self._session.trained(), before, strict=True))
        if (recorder := self._recorder) is not None:
            # the session has a single run, 1; writing the moment of this pause must not slow the next program down
            pause = threading.Event()
            while self._steps not in recorder.moments(1) and recorder.trouble is None:
                pause.wait(POLL_SECONDS)
            if recorder.trouble is not None:
                raise CommandError(str(recorder.trouble))
        return images / seconds

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._news:
            ended = self._news.wait_for(lambda: condition() or self._session.trouble(), MOST_SECONDS)
        if trouble := self._session.trouble():
            raise CommandError(trouble)
        if not ended:
            raise CommandError("The training does not go on.")

    def _notify(self) -> None:
        with self._news:
            self._news.notify_all()


def stepped(steps: Iterator[None], device: torch.device) -> Callable[[float], float]:
    """A function that trains for some seconds with a generator of steps, already warmed up."""
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
