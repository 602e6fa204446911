"""The checkpoints that ``cnnviz train`` writes and continues."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli.errors import CommandError
from cnnviz.cli.streams import write_note
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.events import SaveFailed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from cnnviz.project.project import Project
    from cnnviz.runs.continuing import RecordedStart
    from cnnviz.training.session import Session

POLL_SECONDS = 0.2
FIXED = ("source", "data", "batch_size", "seed", "precision", "threads", "repeatable", "trained", "freeze")
"""Options fixed by a checkpoint: with other values the continued training would be a different one."""
OPTION_NAMES = {"source": "FILE|TEMPLATE", "trained": "--from"}
"""How an option is written if not as ``--`` and its name in :data:`FIXED`."""


def add_keeping(parser: argparse.ArgumentParser) -> None:
    """Add the options ``--save`` and ``--resume``."""
    add_save(parser)
    text = "go on with the training that --save kept, as if it had never stopped; --epochs may be more than before"
    parser.add_argument("--resume", type=Path, metavar="DIR", help=text)


def add_save(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--save``."""
    text = "keep the training in this folder: after each epoch, at its end, and where Ctrl+C or the system ends it"
    parser.add_argument("--save", type=Path, metavar="DIR", help=text)


def kept_project(arguments: argparse.Namespace) -> Project:
    """The project of the training to continue; raises CommandError."""
    from cnnviz.training.checkpoint import project_of
    from cnnviz.training.checkpoint_entry import CheckpointError

    for name in FIXED:
        if getattr(arguments, name):
            option = OPTION_NAMES.get(name, f"--{name.replace('_', '-')}")
            raise CommandError(f"--resume goes on with the training as it was; leave out {option}.")
    try:
        return project_of(arguments.resume)
    except CheckpointError as error:
        raise CommandError(str(error)) from error


def resume(session: Session, arguments: argparse.Namespace) -> None:
    """Make the stored training the run of ``session``; raises CommandError if it cannot be continued."""
    session.resume(arguments.resume, None if arguments.device == "auto" else arguments.device)
    go_on(session, arguments.epochs)


def branch(session: Session, *, start: RecordedStart, arguments: argparse.Namespace) -> None:
    """Make a recorded moment the run of ``session``; raises CommandError if it cannot go on."""
    session.branch(start, None if arguments.device == "auto" else arguments.device)
    go_on(session, arguments.epochs)


def go_on(session: Session, epochs: int | None) -> None:
    """Wait until ``session`` has loaded a run, and set its number of epochs unless it is None; raises CommandError if
    the run cannot go on."""
    wait_for_commands(session)
    if epochs is not None:
        project = session.standing.project
        session.apply(replace(project, recipe=replace(project.recipe, epochs=epochs)))
        wait_for_commands(session)
    status = session.status
    if status.state is State.FINISHED and status.epoch >= max(status.epochs, epochs or 0):
        raise CommandError(
            f"This training reached its end with epoch {status.epoch}; --epochs N goes on to the end of N."
        )


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl+C and SIGTERM raise KeyboardInterrupt, even if the program was started with these signals ignored."""
    before = {each: signal.signal(each, signal.default_int_handler) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)


def wait_for_commands(session: Session) -> None:
    """Wait until a session has carried out all commands; training continues. Raises CommandError with the
    sentence of the session if it has refused a command or failed."""
    done = threading.Event()
    session.visit(lambda _: done.set())
    while not done.wait(POLL_SECONDS) and session.status.state not in (State.FAILED, State.CLOSING):
        pass
    if trouble := session.trouble():
        raise CommandError(trouble)


class Keeper:
    """Stores the training of a session in a folder."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session, self._folder = session, folder
        self._metrics = self._events = 0

    def begin(self, cursor: int) -> None:
        """Ignore the metrics before ``cursor``: they belong to epochs that were trained and kept before."""
        self._metrics = cursor

    def save(self) -> None:
        """Store the run and wait for it; raises CommandError if that fails."""
        _, before = self._session.events.read()
        self._session.save(self._folder)
        wait_for_commands(self._session)
        for event in self._session.events.read(before)[0]:
            if isinstance(event, SaveFailed):
                raise CommandError(str(event.sentence))

    def save_after_epoch(self) -> None:
        """Request to store the run after each epoch, and report a failure."""
        events, self._events = self._session.events.read(self._events)
        for event in events:
            if isinstance(event, SaveFailed):
                write_note(f"{event.sentence} The training goes on, and is saved again after the next epoch.")
        metrics, self._metrics = self._session.metrics.read(self._metrics)
        # each epoch ends with an evaluation on the validation images
        if any(isinstance(metric, Evaluation) and metric.split == "validation" for metric in metrics):
            self._session.save(self._folder)

    def interrupted(self) -> None:
        """Store the run, because the user has interrupted the training."""
        self._session.pause()
        self.save()
        step = self._session.status.step
        write_note(f"Kept after batch {step:,}: “cnnviz train --resume {self._folder}” goes on.")
