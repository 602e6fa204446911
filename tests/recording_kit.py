"""Small trainings that are recorded."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from training_kit import PATIENCE, Watched, session

from cnnviz.runs.limits import Limits
from cnnviz.runs.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cnnviz.project.project import Project

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
