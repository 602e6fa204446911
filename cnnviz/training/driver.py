"""What a session's thread does: takes commands between two moments of training, and trains on."""

from __future__ import annotations

import queue
from itertools import zip_longest

from cnnviz.training import keep_memory
from cnnviz.training.commands import (
    Apply,
    Back,
    Close,
    Command,
    Continue,
    Pace,
    Pause,
    Play,
    Reset,
    Resume,
    Save,
    Stop,
    Visit,
)
from cnnviz.training.session import Session
from cnnviz.training.trainer import Trainer

CALM_SECONDS = 0.1
"""An edit waits so long for the next one before a network is built anew: until then the interpreter is left to whoever
draws the edit."""


class Driver:
    """The training thread of a :class:`Session`; everything in here runs on it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._trainer = Trainer(session)
        self._closed = False

    def run(self) -> None:
        """Serve commands until the session is closed."""
        keep_memory()
        trainer = self._trainer
        try:
            trainer.begin(self._session.project)
            while not self._closed:
                try:
                    self._turn()
                except Exception as error:
                    # the last resort: the loop itself is guarded, so that a failed run can be started over
                    trainer.fail(error)
        finally:
            trainer.close()

    def _turn(self) -> None:
        trainer = self._trainer
        if not trainer.running:
            self._take(None)
        elif (wait := trainer.wait()) > 0:
            self._take(wait)
        else:
            trainer.advance()
            self._take(0)

    def _take(self, patience: float | None) -> None:
        """Obey the commands that come within so many seconds, None: whenever the first comes; of edits that follow
        each other only the last counts, and where nothing is trained, only after a moment."""
        waiting: list[Command] = []
        try:
            waiting.append(self._session.commands.get(block=patience != 0, timeout=patience))
            while True:
                calm = CALM_SECONDS if isinstance(waiting[-1], Apply) and not self._trainer.running else 0.0
                waiting.append(self._session.commands.get(block=calm > 0, timeout=calm))
        except queue.Empty:
            pass
        for command, following in zip_longest(waiting, waiting[1:]):
            if self._session.closing.is_set():
                self._closed = True
                return
            if isinstance(command, Apply) and isinstance(following, Apply):
                continue
            try:
                self._obey(command)
            except Exception as error:
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
            case Close():
                self._closed = True
