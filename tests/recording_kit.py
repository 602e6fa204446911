"""Small trainings that are recorded, and those that go on from them."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from training_kit import PATIENCE, Watched, session

from cnnviz.runs.limits import Limits
from cnnviz.runs.recorder import Recorder
from cnnviz.runs.summary import read_entries
from cnnviz.training.channels import BatchMetrics, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.runs.continuing import RecordedStart

EPOCH = 5
"""Batches of 16 in an epoch of the 75 images."""


@contextmanager
def recorded(
    one: Project, home: Path, limits: Limits | None = None, window: str = ""
) -> Iterator[tuple[Watched, Recorder]]:
    """A session whose runs are recorded in ``home``; all is written at the end."""
    with session(one) as watched:
        recorder = Recorder(watched.session, lambda: "small", home, limits or Limits(), window)
        recorder.start()
        try:
            yield watched, recorder
        finally:
            assert watched.session.close(PATIENCE)
            assert recorder.close(PATIENCE)


def recorded_until(condition: Callable[[], object]) -> None:
    """Wait for what the recorder writes."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def trained(one: Project, home: Path, count: int) -> Path:
    """A recorded run of ``count`` batches; its folder."""
    with recorded(one, home) as (watched, recorder):
        watched.batches(count)
    return recorder.folders[1]


def branch(watched: Watched, start: RecordedStart) -> None:
    """Go on from a moment; wait until the session has it."""
    watched.session.branch(start)
    watched.until(lambda: watched.session.status.state is State.PAUSED)
    assert watched.session.status.step == start.origin.step and not watched.session.trouble()


def losses(folder: Path) -> list[float]:
    """The recorded losses of all steps."""
    parts = [part for part in read_entries(folder).metrics if isinstance(part, BatchMetrics)]
    return [float(loss) for part in parts for loss in part.losses]
