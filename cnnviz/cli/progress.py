"""What ``cnnviz train`` shows while it trains."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cnnviz.cli.output import console, write_json
from cnnviz.training.channels import Evaluation, State

if TYPE_CHECKING:
    from cnnviz.training.session import Session


class Silent:
    """Shows nothing: another process does."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def begin(self, cursor: int) -> None:
        """Nothing is shown."""

    def update(self) -> None:
        """Nothing is shown."""


class Lines:
    """Prints a line of JSON for each evaluation."""

    def __init__(self, session: Session) -> None:
        self._session, self._cursor = session, 0

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def begin(self, cursor: int) -> None:
        """Ignore metrics up to ``cursor``, which are from before the start."""
        self._cursor = cursor

    def update(self) -> None:
        """Print new evaluations."""
        metrics, self._cursor = self._session.metrics.read(self._cursor)
        for metric in metrics:
            if isinstance(metric, Evaluation):
                entry = {"split": metric.split, "epoch": metric.epoch, "step": metric.step}
                write_json({**entry, "loss": metric.loss, "accuracy": metric.accuracy})


class Bar:
    """Shows a progress bar, and prints a line for each validation."""

    def __init__(self, session: Session) -> None:
        self._session, self._cursor = session, 0
        left = TextColumn("{task.fields[left]}", style="progress.remaining")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), left)
        self._progress = Progress(*columns, console=console(), transient=True)
        self._task = self._progress.add_task("loading", total=None, left="")

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, cursor: int) -> None:
        """Ignore metrics up to ``cursor``, which are from before the start."""
        self._cursor = cursor

    def update(self) -> None:
        """Update the bar, and print new validations."""
        status = self._session.status
        total = status.epochs * status.batches
        if status.state is State.RUNNING and total:
            epoch = f"epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}"
            text = f"{epoch}, {status.images_per_second:,.0f} images/s"
            left = "" if status.seconds_left is None else f"{timedelta(seconds=round(status.seconds_left))}"
            self._progress.update(self._task, description=text, total=total, completed=status.step, left=left)
        metrics, self._cursor = self._session.metrics.read(self._cursor)
        for metric in metrics:
            if isinstance(metric, Evaluation) and metric.split == "validation":
                text = f"epoch {metric.epoch}: validation loss {metric.loss:.4f}, accuracy {metric.accuracy:.2%}"
                self._progress.console.print(text)
