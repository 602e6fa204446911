"""A long training in the real window, with every panel on screen in its turn: does memory grow, does it slow down?"""

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
"""What is made for the first time is made by then."""
WINDOW_SECONDS = 300.0
"""The speed at the end is compared with that of as long a time from the end of the first minute on."""
ENDLESS = 100_000


@dataclass(frozen=True)
class Sample:
    """One moment: seconds since the first step, memory of the process, and what was trained up to then."""

    seconds: float
    memory_bytes: int
    images: int
    training_seconds: float


@dataclass(frozen=True)
class Soak:
    """What came out. ``growth_bytes`` is the mean of the last minute less what there was at the end of the first;
    ``ratio`` the speed of the last five minutes by that of minutes 2 to 6, of shorter times where there are fewer.
    """

    minutes: float
    growth_bytes: int
    images_per_second: dict[str, float]
    ratio: float
    samples: tuple[Sample, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def summary(minutes: float, samples: Sequence[Sample], facts: dict[str, Any]) -> Soak:
    """Growth and ratio of at least three samples, the last of them beyond the first minute."""
    settled = next(one for one in samples if one.seconds >= SETTLED_SECONDS)
    end = samples[-1]
    last = [one.memory_bytes for one in samples if one.seconds >= max(settled.seconds, end.seconds - 60.0)]
    span = min(WINDOW_SECONDS, (end.seconds - settled.seconds) / 2)
    begin = _speed([one for one in samples if settled.seconds <= one.seconds <= settled.seconds + span])
    close = _speed([one for one in samples if one.seconds >= end.seconds - span])
    return Soak(
        minutes=minutes,
        growth_bytes=round(fmean(last) - settled.memory_bytes),
        images_per_second={"begin": round(begin), "end": round(close)},
        ratio=round(close / begin, 3) if begin else 0.0,
        samples=tuple(samples),
        facts=facts,
    )


def run(minutes: float, size: tuple[int, int], say: Callable[[str], None]) -> Soak:
    """Train for so many minutes. Raises RuntimeError with the sentence of a training that failed."""
    project = TEMPLATES[NETWORK].project()
    visit = Visit(replace(project, recipe=replace(project.recipe, epochs=ENDLESS)), size)
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
        trained = max([trained, *(one.seconds for one in metrics if isinstance(one, BatchMetrics))])
        now = time.perf_counter() - began
        samples.append(Sample(round(now, 3), process.memory_info().rss, session.status.images, round(trained, 3)))
        if trouble := session.trouble():
            raise RuntimeError(trouble)
        say(f"{now / 60:5.1f} min  {memory(samples[-1].memory_bytes):>8}  {session.status.images_per_second:,.0f}")
    facts = visit.facts() | {"snapshots": window.bridge.drawn, "steps": session.status.step}
    if not visit.close():
        raise TimeoutError("The threads did not end with the window.")
    return summary(minutes, samples, facts)


def _speed(samples: Sequence[Sample]) -> float:
    """Images per second of training time between the first and the last sample."""
    if len(samples) < 2:
        return 0.0
    seconds = samples[-1].training_seconds - samples[0].training_seconds
    return (samples[-1].images - samples[0].images) / seconds if seconds else 0.0
