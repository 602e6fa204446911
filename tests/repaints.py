"""Thousands of repaints of the real window while it trains; prints what came of it as a line of JSON.

A program of its own: what other tests have left with the allocators of a process would decide how its memory grows.
"""

from __future__ import annotations

import gc
import json
import sys

import psutil

from cnnviz.gui.app import Application
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State


def run(repaints: int, warm: int) -> dict[str, object]:
    """What there is to see after so many repaints; memory counts from the one numbered ``warm``."""
    qt = make_qt()
    application = Application(qt)
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1280, 720)
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.play()
    person.until(lambda: session.status.state is State.RUNNING and session.status.step > 0, "a step")
    parts = (window.canvas.viewport(), window.layer, window.curves, window.sample)
    before = 0
    for repaint in range(repaints):
        if session.status.state is State.FINISHED:
            session.play()
        parts[repaint % len(parts)].repaint()
        qt.processEvents()
        if repaint == warm:
            gc.collect()
            before = psutil.Process().memory_info().rss
    gc.collect()
    growth = psutil.Process().memory_info().rss - before
    found = {"state": session.status.state.name, "drawn": window.bridge.drawn_count, "growth_bytes": growth}
    ended: list[bool] = []
    window.closed.connect(ended.append)
    window.leave()
    application.deleteLater()
    return {**found, "ended": ended}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*map(int, sys.argv[1:]))) + "\n")
