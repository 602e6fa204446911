"""Thousands of repaints while training runs: nothing dies, and memory stays flat."""

from __future__ import annotations

import gc

import psutil
from pytestqt.qtbot import QtBot

from cnnviz.gui.app import Application, make_qt
from cnnviz.gui.person import Person
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State

REPAINTS = 3000
WARM = 600
MOST_GROWTH = 60e6
"""Bytes. Curves and the reserves of the allocators grow a little; an image leaked at each repaint would be more."""


def test_repaints_while_training(qtbot: QtBot) -> None:
    application = Application(make_qt())
    window = application.open_window(TEMPLATES["fast"].project())
    window.resize(1280, 720)
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.play()
    person.until(lambda: session.status.state is State.RUNNING and session.status.step > 0, "a step")
    qt = make_qt()
    parts = (window.canvas.viewport(), window.layer, window.curves, window.sample)
    warm = 0
    for repaint in range(REPAINTS):
        if session.status.state is State.FINISHED:
            session.play()
        parts[repaint % len(parts)].repaint()
        qt.processEvents()
        if repaint == WARM:
            gc.collect()
            warm = psutil.Process().memory_info().rss
    gc.collect()
    assert session.status.state in (State.RUNNING, State.FINISHED)
    assert window.bridge.drawn > 10
    assert psutil.Process().memory_info().rss - warm < MOST_GROWTH
    window.close()
    application.deleteLater()
