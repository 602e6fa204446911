"""What ``cnnviz train`` shows while it trains."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from training_kit import project

from cnnviz.cli import progress
from cnnviz.cli.progress import Bar
from cnnviz.training.channels import State, Status
from cnnviz.training.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[Status], str]:
    """What the bar shows at a status."""
    console = Console(file=StringIO(), width=120)
    monkeypatch.setattr(progress, "console", lambda: console)
    latest = [Status()]
    monkeypatch.setattr(Session, "status", property(lambda _: latest[0]))
    bar = Bar(Session(project()))

    def show(status: Status) -> str:
        latest[0] = status
        bar.update()
        with console.capture() as capture:
            console.print(bar._progress.get_renderable())
        return capture.get()

    return show


def test_the_time_that_is_left_is_that_of_the_window(shown: Callable[[Status], str]) -> None:
    status = Status(State.RUNNING, epochs=5, batches=100, step=120, epoch=1, images_per_second=1000.0)
    # the pace is not known yet
    first = shown(status)
    assert "epoch 2 of 5, 1,000 images/s" in first and "120/500" in first and first.rstrip().endswith("120/500")
    assert (
        shown(Status(State.RUNNING, epochs=5, batches=100, step=130, seconds_left=3661.4)).rstrip().endswith("1:01:01")
    )
