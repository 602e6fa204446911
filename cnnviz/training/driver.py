"""What a session's thread does: takes commands between two moments of training, and trains on."""

from __future__ import annotations

import queue
from itertools import zip_longest
from typing import TYPE_CHECKING

from cnnviz.training import keep_memory
from cnnviz.training.commands import (
    AddHook,
    Apply,
    Back,
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
    Visit,
)
from cnnviz.training.trainer import Trainer

if TYPE_CHECKING:
    from cnnviz.training.session_channels import SessionChannels

CALM_SECONDS = 0.1
"""After an edit the driver waits so long for the next one before it builds the network anew, where nothing is trained:
building holds the interpreter, which the window needs to draw the edit."""


class Driver:
    """The training thread of a session; everything in here runs on it. ``device`` and ``threads`` are the session's."""

    def __init__(self, channels: SessionChannels, device: str, threads: int | None) -> None:
        self._channels = channels
        self._trainer = Trainer(channels, device, threads)
        self._closed = False

    def run(self) -> None:
        """Serve commands until the session is closed."""
        keep_memory()
        trainer = self._trainer
        try:
            trainer.begin(self._channels.standing.latest.project)
            while not self._closed:
                try:
                    self._advance()
                except Exception as error:  # noqa: BLE001
                    # the last resort: the loop itself is guarded, so that a failed run can be started over
                    trainer.fail(error)
        finally:
            trainer.close()

    def _advance(self) -> None:
        """One moment of training, and the commands that have come; at rest, wait for a command."""
        trainer = self._trainer
        if not trainer.running:
            self._obey_next(None)
        elif (wait := trainer.wait()) > 0:
            self._obey_next(wait)
        else:
            trainer.advance()
            self._obey_next(0)

    def _obey_next(self, seconds: float | None) -> None:
        """Obey the commands that come within so many seconds; None waits for the first one.

        Of edits that follow each other only the last counts; where nothing is trained, :data:`CALM_SECONDS` after it.
        """
        waiting: list[Command] = []
        try:
            waiting.append(self._channels.commands.get(block=seconds != 0, timeout=seconds))
            while True:
                calm = CALM_SECONDS if isinstance(waiting[-1], Apply) and not self._trainer.running else 0.0
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
            case Visit(callback):
                callback(trainer.state)
            case AddHook(hook):
                trainer.hooks.add(hook)
            case RemoveHook(hook):
                trainer.hooks.remove(hook)
            case Close():
                self._closed = True
