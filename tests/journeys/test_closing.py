"""Closing the window in the middle of a training ends the process and loses nothing that was saved."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from cnnviz.project.file import load, save
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from cnnviz.gui import app as program
from cnnviz.gui.app import Application
from cnnviz.interruption import Interruption
from cnnviz.training.channels import State

opened = Application.open_first

def open_first(self, path):
    window = opened(self, path)
    session = window.bridge.session
    timer = QTimer(window)
    session.play()

    def close():
        if session.status.state is State.RUNNING and session.status.step > 10:
            timer.stop()
            self.closing_began = time.monotonic()
            window.leave()
            print("closed", round(time.monotonic() - self.closing_began, 2), flush=True)

    timer.timeout.connect(close)
    timer.start(10)
    return window

Application.open_first = open_first
sys.exit(program.run(Path(sys.argv[1]), Interruption()))
"""


def test_closing_while_training_ends_the_process(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "kept.cnnviz"
    project = TEMPLATES["pytorch-tutorial"].project()
    save(project, path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    word, seconds = done.stdout.split()
    assert word == "closed"
    assert float(seconds) < 10
    assert load(path) == project
    assert not list(home.rglob("*.recovery"))
