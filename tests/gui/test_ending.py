"""A signal ends the window cleanly at whatever moment, and what is unsaved is offered at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from cnnviz.project.recovery import recoverable
from cnnviz.settings import HOME, Folders

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to a child")

SCRIPT = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a program that ignores it may have started this one
from dataclasses import replace
from PySide6.QtCore import QTimer
from cnnviz.cli.window import open_window
from cnnviz.gui.app import Application
from cnnviz.data.choice import DatasetChoice
from cnnviz.training.channels import State

moment = sys.argv[1]
opened, session = Application.open_first, None

def reached(status):
    return {
        "window": True,
        "running": status.step > 3,
        "validating": status.validating,
        "closing": status.step > 3,
        "asking": status.step > 3,
    }[moment]

def open_first(self, path):
    window = opened(self, path)
    project = window.editor.project
    window.editor.apply("Seed", replace(project, recipe=replace(project.recipe, seed=77)))
    if moment == "validating":
        window.editor.apply("Split", replace(window.editor.project, dataset=DatasetChoice(validation=59_000)))
    timer = QTimer(window)

    def look():
        session = window.bridge.session
        if moment != "window" and session.status.state is State.UNTRAINED and session.status.ready:
            session.play()
        if reached(session.status):
            timer.stop()
            print("reached", flush=True)
            if moment == "closing":
                window.leave()
            elif moment == "asking":
                window.close()

    timer.timeout.connect(look)
    timer.start(1)
    return window

Application.open_first = open_first
print("begun", flush=True)
sys.exit(open_window(None))
"""

STARTS = [("begun", delay) for delay in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)]
WINDOWS = [("window", delay) for delay in (0.0, 0.02, 0.1, 0.3, 0.6, 1.0, 1.5)]
RUNS = [("running", delay) for delay in (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)]
VALIDATIONS = [("validating", delay) for delay in (0.0, 0.02, 0.05, 0.1)]
CLOSINGS = [("closing", delay) for delay in (0.0, 0.02, 0.1)]
MOMENTS = STARTS + WINDOWS + RUNS + VALIDATIONS + CLOSINGS
FEW = [("begun", 0.2), ("window", 0.0), ("running", 0.1), ("validating", 0.0), ("closing", 0.0)]
OFFSCREEN = "This plugin does not support propagateSizeHints()\n"
"""What Qt says of a dialog on no display."""
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def _ended(home: Path, moment: str, delay: float, number: int) -> tuple[int, str]:
    """Exit code and errors of a window that gets a signal so long after a moment."""
    with subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", SCRIPT, "window" if moment == "begun" else moment],
        env={**os.environ, HOME: str(home), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == ("begun" if moment == "begun" else "reached"):
                break
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        process.send_signal(number)
        try:
            _, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    return process.returncode, errors


@pytest.mark.parametrize(("moment", "delay"), MOMENTS if THOROUGH else FEW)
def test_ctrl_c_ends_the_window_cleanly(tmp_path: Path, moment: str, delay: float) -> None:
    code, errors = _ended(tmp_path, moment, delay, signal.SIGINT)
    # a window that was closing anyway has ended well
    assert code in ((0, 130) if moment == "closing" else (130,)), errors
    assert errors == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_what_is_unsaved_is_kept_where_a_signal_ends_the_window(tmp_path: Path, number: int) -> None:
    # a question that is on screen is no obstacle
    code, errors = _ended(tmp_path, "running" if number == signal.SIGHUP else "asking", 0.5, number)
    assert (code, errors.replace(OFFSCREEN, "")) == (128 + number, "")
    (found,) = recoverable(Folders(*[tmp_path / name for name in ("config", "data", "cache", "log")]).recovery)
    assert found.project.recipe.seed == 77
