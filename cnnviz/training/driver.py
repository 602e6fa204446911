"""The main loop of a session's thread: it trains one step after the other, and carries out commands in between."""

from __future__ import annotations

import queue
from itertools import zip_longest
from typing import TYPE_CHECKING

from cnnviz.training import keep_memory
from cnnviz.training.commands import (
    AddHook,
    Apply,
    Back,
    Branch,
    Close,
    Command,
    Continue,
    Pace,
    Pause,
    Play,
    RemoveHook,
    Reset,
    Resume,
    Save,
    Stop,
    Transfer,
    Visit,
)
from cnnviz.training.trainer import Trainer

if TYPE_CHECKING:
    from cnnviz.project.project import Project
    from cnnviz.training.session_channels import SessionChannels

CALM_SECONDS, CALM_NODES = 0.1, 100
"""While nothing is trained, the driver waits this long after an edit for the next one before it builds the network, and
as long again for every :data:`CALM_NODES` layers. Building holds the interpreter lock, which the window needs to draw
the next edit; for hundreds of layers it takes a tenth of a second."""


class Driver:
    """Runs on the training thread of a session. ``device`` and ``threads`` are the session's."""

    def __init__(self, channels: SessionChannels, device: str, threads: int | None) -> None:
        self._channels = channels
        self._trainer = Trainer(channels, device, threads)
        self._closed = False

    def run(self) -> None:
        """Train and carry out commands until the session is closed."""
        keep_memory()
        trainer = self._trainer
        try:
            trainer.begin(self._channels.standing.latest.project)
            while not self._closed:
                try:
                    self._advance()
                except Exception as error:  # noqa: BLE001
                    # Trainer.advance() and _obey_next() handle errors; this keeps the thread alive for any other one
                    trainer.fail(error)
        finally:
            trainer.close()

    def _advance(self) -> None:
        """Make one step of training and carry out the commands that have come; wait for a command if nothing runs."""
        trainer = self._trainer
        if not trainer.running:
            self._obey_next(None)
        elif (wait := trainer.wait()) > 0:
            self._obey_next(wait)
        else:
            trainer.advance()
            self._obey_next(0)

    def _obey_next(self, seconds: float | None) -> None:
        """Wait up to ``seconds`` for a command, None without end, and carry out all that have come.

        Of several edits in a row only the last is applied. While nothing is trained, the next command is waited for
        :func:`calm_seconds` after an edit.
        """
        waiting: list[Command] = []
        try:
            waiting.append(self._channels.commands.get(block=seconds != 0, timeout=seconds))
            while True:
                last = waiting[-1]
                calm = calm_seconds(last.project) if isinstance(last, Apply) and not self._trainer.running else 0.0
                waiting.append(self._channels.commands.get(block=calm > 0, timeout=calm))
        except queue.Empty:
            pass
        for command, following in zip_longest(waiting, waiting[1:]):
            if self._channels.closing.is_set():
                self._closed = True
                return
            if isinstance(command, Apply) and isinstance(following, Apply):
                continue
            try:
                self._obey(command)
            except Exception as error:  # noqa: BLE001 - the thread goes on; the failure is reported
                self._trainer.fail(error)

    def _obey(self, command: Command) -> None:
        trainer = self._trainer
        match command:
            case Play():
                trainer.play(command)
            case Pause():
                trainer.pause()
            case Stop():
                trainer.stop()
            case Pace(batches_per_second):
                trainer.pace(batches_per_second)
            case Reset(project):
                trainer.begin(project)
            case Transfer(project, weights):
                trainer.transfer(project, weights)
            case Back():
                trainer.back()
            case Apply(project):
                trainer.apply(project)
            case Continue(project):
                trainer.go_on(project)
            case Save(folder):
                trainer.save(folder)
            case Resume(folder, device):
                trainer.resume(folder, device)
            case Branch(source, device):
                trainer.branch(source, device)
            case Visit(callback):
                callback(trainer.state)
            case AddHook(hook):
                trainer.hooks.add(hook)
            case RemoveHook(hook):
                trainer.hooks.remove(hook)
            case Close():
                self._closed = True


def calm_seconds(project: Project) -> float:
    """How long the driver waits for another edit before it builds the network of ``project``."""
    return CALM_SECONDS * (1 + len(project.network.nodes) / CALM_NODES)
