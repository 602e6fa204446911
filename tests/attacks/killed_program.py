"""Trains the project in a file as ``command`` or in a ``window``, and prints its step again and again until it ends.

Arguments: the kind, and the path of the project. A window edits the project while it trains, and does not save.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnviz.training.session import Session

PAUSE = 0.02

sessions: list[Session] = []
made = Session.__init__


def remember(self: Session, *arguments: Any, **named: Any) -> None:
    made(self, *arguments, **named)
    sessions.append(self)


def report() -> None:
    """The time of a clock that all processes share, and the step."""
    event = threading.Event()
    while not event.wait(PAUSE):
        if sessions:
            step = sessions[0].status.step
            sys.stdout.write(f"{time.monotonic()} {step}\n")
            sys.stdout.flush()


def train(path: str) -> int:
    from cnnviz.cli import main

    return main(["train", path, "--device", "cpu"])


def train_in_a_window(path: str) -> int:
    from PySide6.QtCore import QTimer

    from cnnviz.gui import app
    from cnnviz.interruption import Interruption

    opened = app.Application.open_first

    def open_first(self: app.Application, path: Path | None) -> Any:
        window = opened(self, path)
        window.bridge.session.play()

        def edit() -> None:
            project = window.editor.project
            window.editor.apply("Batch size", replace(project, recipe=replace(project.recipe, batch_size=77)))

        QTimer.singleShot(0, edit)
        return window

    app.Application.open_first = open_first  # type: ignore[method-assign]
    return app.run(Path(path), Interruption())


if __name__ == "__main__":
    Session.__init__ = remember  # type: ignore[method-assign]
    threading.Thread(target=report, daemon=True).start()
    sys.exit({"command": train, "window": train_in_a_window}[sys.argv[1]](sys.argv[2]))
