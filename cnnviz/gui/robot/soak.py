"""The soak test: does memory grow, or does training slow down, in a long training in the real window?

All panels are shown in turn.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

import psutil

from cnnviz.gui.robot.tour import NETWORK, Visit
from cnnviz.numerals import memory
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import BatchMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SAMPLE_SECONDS = 10.0
SETTLED_SECONDS = 60.0
"""Memory at the end is compared with the memory after this time, when everything has been created once."""
LAST_SECONDS = 60.0
"""The memory at the end is the mean over this time."""
WINDOW_SECONDS = 300.0
"""The speed is measured over this time after the first minute, and over the same time at the end."""
EPOCHS = 100_000
"""So many that the training does not end."""


@dataclass(frozen=True)
class Sample:
    """A sample: seconds since the first step, memory of the process, and the training up to then."""

    seconds: float
    memory_bytes: int
    images: int
    training_seconds: float


@dataclass(frozen=True)
class Soak:
    """The result. ``growth_bytes`` is the mean memory of the last minute minus the memory at the end of the first;
    ``ratio`` is the speed in the last five minutes divided by the speed in minutes 2 to 6, or in shorter times in a
    short run.
    """

    minutes: float
    growth_bytes: int
    images_per_second: dict[str, float]
    ratio: float
    samples: tuple[Sample, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def summary(minutes: float, samples: Sequence[Sample], facts: dict[str, Any]) -> Soak:
    """The result from at least three samples, the last of them after the first minute."""
    settled = next(sample for sample in samples if sample.seconds >= SETTLED_SECONDS)
    end = samples[-1]
    last = [
        sample.memory_bytes for sample in samples if sample.seconds >= max(settled.seconds, end.seconds - LAST_SECONDS)
    ]
    span = min(WINDOW_SECONDS, (end.seconds - settled.seconds) / 2)
    first_speed = _speed([sample for sample in samples if settled.seconds <= sample.seconds <= settled.seconds + span])
    last_speed = _speed([sample for sample in samples if sample.seconds >= end.seconds - span])
    return Soak(
        minutes=minutes,
        growth_bytes=round(fmean(last) - settled.memory_bytes),
        images_per_second={"begin": round(first_speed), "end": round(last_speed)},
        ratio=round(last_speed / first_speed, 3) if first_speed else 0.0,
        samples=tuple(samples),
        facts=facts,
    )


def run(minutes: float, size: tuple[int, int], report: Callable[[str], None]) -> Soak:
    """Train for ``minutes``. ``report`` gets a line per sample. Raises RuntimeError if the training failed."""
    project = TEMPLATES[NETWORK].project()
    visit = Visit(replace(project, recipe=replace(project.recipe, epochs=EPOCHS)), size)
    window, person = visit.window, visit.person
    session = window.bridge.session
    person.shortcut("train_view")
    person.shortcut("play")
    person.until_trained(lambda: session.status.step > 0, "a step")
    began = time.perf_counter()
    samples: list[Sample] = []
    process, cursor, trained = psutil.Process(), 0, 0.0
    while not samples or samples[-1].seconds < 60 * minutes:
        visit.show_next()
        person.stay(SAMPLE_SECONDS)
        metrics, cursor = session.metrics.read(cursor)
        trained = max([trained, *(each.seconds for each in metrics if isinstance(each, BatchMetrics))])
        now = time.perf_counter() - began
        samples.append(Sample(round(now, 3), process.memory_info().rss, session.status.images, round(trained, 3)))
        if trouble := session.trouble():
            raise RuntimeError(trouble)
        report(f"{now / 60:5.1f} min  {memory(samples[-1].memory_bytes):>8}  {session.status.images_per_second:,.0f}")
    facts = visit.facts() | {"snapshots": window.bridge.drawn_count, "steps": session.status.step}
    if not visit.close():
        raise TimeoutError("The threads did not end with the window.")
    return summary(minutes, samples, facts)


def _speed(samples: Sequence[Sample]) -> float:
    """Images per second of training time between the first and the last sample."""
    if len(samples) < 2:
        return 0.0
    seconds = samples[-1].training_seconds - samples[0].training_seconds
    return (samples[-1].images - samples[0].images) / seconds if seconds else 0.0
