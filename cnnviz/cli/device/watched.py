"""Sessions with methods that wait."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cnnviz.cli.digest import digest
from cnnviz.cli.errors import CommandError
from cnnviz.training.channels import State, Status
from cnnviz.training.events import Refused, RunFailed, RunSaved, SaveFailed
from cnnviz.training.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cnnviz.project.project import Project

PATIENCE_SECONDS = 240.0
"""Seconds to wait for the training before the check fails."""
CLOSING_SECONDS = 30.0


class Watched:
    """A session, and methods that wait for it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._news = threading.Condition()
        session.listen(self._notify)

    def until(self, condition: Callable[[Status], bool]) -> Status:
        """Wait for a status; raises CommandError if the run fails first or the wait takes too long."""
        status = self.wait(lambda: condition(self.session.status) or self.session.status.state is State.FAILED)
        if status.state is State.FAILED and not condition(status):
            raise CommandError(self.failure())
        return status

    def wait(self, condition: Callable[[], bool]) -> Status:
        """Wait for a condition, even if the run fails."""
        with self._news:
            if not self._news.wait_for(condition, PATIENCE_SECONDS):
                raise CommandError(f"The training does not go on; it is {self.session.status.state.value}.")
        return self.session.status

    def train(self, batches: int) -> Status:
        """Train ``batches`` batches, and wait until the session is idle."""
        goal = self.session.status.step + batches
        _, before = self.session.events.read()
        self.session.batches(batches)

        def done(status: Status) -> bool:
            self._accept(before)
            return status.step >= goal and status.state in (State.PAUSED, State.FINISHED)

        return self.until(done)

    def wait_for_commands(self) -> None:
        """Wait until all commands have been carried out; training continues."""
        done = threading.Event()
        self.session.visit(lambda _: done.set())
        if not done.wait(PATIENCE_SECONDS):
            raise CommandError("The training does not answer.")

    def save(self, folder: Path) -> None:
        """Write the run to a checkpoint, and wait until that is done."""
        _, before = self.session.events.read()
        self.session.save(folder)

        def done() -> bool:
            self._accept(before)
            return any(isinstance(each, RunSaved) for each in self.session.events.read(before)[0])

        self.wait(done)

    def _accept(self, since: int) -> None:
        """Raise CommandError if the session has refused a command since ``since``."""
        for event in self.session.events.read(since)[0]:
            if isinstance(event, Refused | SaveFailed):
                raise CommandError(str(event.sentence))

    def failure(self) -> str:
        """The sentence of the last failure; empty if there was none."""
        sentences = [each.sentence for each in self.session.events.read()[0] if isinstance(each, RunFailed)]
        return str(sentences[-1]) if sentences else ""

    def digest(self) -> str:
        """The digest of the weights of an idle session."""
        weights = self.session.weights.latest
        assert weights is not None and weights.settled
        return digest(weights.tensors)

    def _notify(self) -> None:
        with self._news:
            self._news.notify_all()


@contextmanager
def session(project: Project, device: str) -> Iterator[Watched]:
    """A started session that is ready; it is closed at the end."""
    watched = Watched(Session(project, device))
    watched.session.start()
    try:
        watched.until(lambda status: status.ready)
        yield watched
    finally:
        watched.session.close(CLOSING_SECONDS)
