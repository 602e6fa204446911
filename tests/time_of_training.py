"""How long training takes, told beforehand and measured in turns with it.

``python tests/time_of_training.py [--rounds N] [--threads N] [NAME ...]`` prints for each template the time of a step
that was told by a few steps, the one that was told by the speed of the machine, and both by that of the training
itself: medians of the rounds. With one thread, the standard, the few steps and the training are measured in time of the
processor, so that other programs do not decide; else all is measured by the clock. Some minutes for all templates.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, TypeVar

from cnnviz.network.check import examine
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State
from cnnviz.training.estimate import Speed, step_seconds
from cnnviz.training.facts import facts_of_data
from cnnviz.training.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
SECONDS = 2.5
"""Of training in a round."""
PATIENCE = 120.0


class Measured:
    """A session of one template that trains and tells in turns."""

    def __init__(self, name: str, threads: int) -> None:
        project = TEMPLATES[name].project()
        self.project = replace(project, recipe=replace(project.recipe, epochs=100_000, schedule="constant"))
        self.session = Session(self.project, "cpu", threads)
        self._clock = time.thread_time if threads == 1 else time.perf_counter
        self._news = threading.Event()
        self.session.listen(self._news.set)
        self.session.start()
        self._wait(lambda: self.session.status.ready)

    def _wait(self, condition: Callable[[], bool]) -> None:
        while not condition():
            if self.session.trouble() or not self._news.wait(PATIENCE):
                raise RuntimeError(self.session.trouble() or "The session does not answer.")
            self._news.clear()

    def on_thread(self, compute: Callable[[], T]) -> T:
        """What ``compute`` gives on the training thread."""
        results: list[T] = []
        done = threading.Event()

        def visit(_: object) -> None:
            try:
                results.append(compute())
            finally:
                done.set()

        self.session.visit(visit)
        if not done.wait(PATIENCE):
            raise RuntimeError("The session does not answer.")
        return results[0]

    def told(self) -> float:
        """Seconds of a step by a few steps."""
        from cnnviz.training.few_steps import image_estimate

        session = self.session
        image = self.on_thread(
            lambda: image_estimate(self.project, session.device, session.threads, lambda: False, self._clock)
        )
        assert image is not None
        return self.project.recipe.batch_size * image.most

    def modelled(self) -> float:
        """Seconds of a step by the speed of the machine in the precision of the run."""
        from cnnviz.training.device import place
        from cnnviz.training.speed import measure

        status = self.session.status
        placement = place("cpu", status.precision, status.threads)  # type: ignore[arg-type]
        speed: Speed = self.on_thread(lambda: measure(placement))
        facts = facts_of_data(self.project)
        return step_seconds(examine(self.project.network, facts), facts, speed)

    def trained(self, seconds: float) -> float:
        """Seconds of a step of the training, in about so many seconds of it."""
        return self._steps(max(2, round(seconds / self._steps(2))))

    def _steps(self, count: int) -> float:
        began, goal = self.on_thread(self._clock), self.session.status.step + count
        self.session.batches(count)
        self._wait(lambda: self.session.status.state is State.PAUSED and self.session.status.step >= goal)
        return (self.on_thread(self._clock) - began) / count


def main() -> None:
    """Print a line for each template."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    names = [name for name, one in TEMPLATES.items() if one.project().dataset.name == "mnist"]
    parser.add_argument("names", nargs="*", default=names)
    arguments = parser.parse_args()
    for name in arguments.names:
        measured = Measured(name, arguments.threads)
        rounds = []
        for _ in range(arguments.rounds):
            told = measured.told()
            trained = measured.trained(SECONDS)
            rounds.append((told, measured.modelled(), trained))
        told, modelled, trained = (1e3 * median(one) for one in zip(*rounds, strict=True))
        ratios = [median(one[place] / one[2] for one in rounds) for place in (0, 1)]
        sys.stdout.write(f"{name:20} few steps {told:8.2f} ms, machine {modelled:8.2f} ms, training {trained:8.2f} ms")
        sys.stdout.write(f"   told/measured {ratios[0]:5.2f} {ratios[1]:5.2f}  {measured.session.status.precision}\n")
        sys.stdout.flush()
        measured.session.close(10)


if __name__ == "__main__":
    main()
