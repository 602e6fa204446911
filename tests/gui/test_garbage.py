"""Garbage that holds parts of Qt is freed on the thread of the window, whichever thread makes objects."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject

from cnnviz.gui.garbage import THRESHOLDS, URGENT, GarbageTimer
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


class Part(QObject):
    """Of Qt, and refers to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def test_garbage_is_freed_on_the_thread_of_the_window(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.bridge.ready, timeout=60_000):
        pass
    freed: list[threading.Thread] = []
    weakref.finalize(Part(), lambda: freed.append(threading.current_thread()))
    made: list[list[int]] = []
    thread = threading.Thread(target=lambda: made.extend([number] for number in range(3 * THRESHOLDS[0])))
    thread.start()
    thread.join()
    assert freed == []
    qtbot.waitUntil(lambda: freed != [])
    assert freed == [threading.main_thread()]


@pytest.mark.usefixtures("qapp")
def test_no_collection_comes_between_the_paints_of_an_edit() -> None:
    freed: list[bool] = []
    timer = GarbageTimer()
    gc.collect()
    timer.start()
    try:
        weakref.finalize(Part(), lambda: freed.append(True))
        made = [[number] for number in range(2 * THRESHOLDS[0])]
        timer.painted()
        timer._collect()
        assert not freed
        made += [[number] for number in range(URGENT * THRESHOLDS[0])]
        timer._collect()
        assert freed
    finally:
        timer.stop()


@pytest.mark.usefixtures("qapp")
def test_what_exists_at_the_start_is_examined_by_full_collections_only() -> None:
    freed: list[bool] = []
    timer = GarbageTimer()
    weakref.finalize(Part(), lambda: freed.append(True))
    timer.start()
    try:
        made = [[number] for number in range(2 * THRESHOLDS[0])]
        timer._collect()
        assert made
        assert not freed
        timer._collect_all()
        assert freed
    finally:
        timer.stop()


def test_python_collects_again_once_the_last_window_is_closed(application: Application, qtbot: QtBot) -> None:
    first, last = application.open_window(Project()), application.open_window(Project())
    qtbot.waitUntil(lambda: first.bridge.session.status.ready and last.bridge.session.status.ready, timeout=60_000)
    first.leave()
    assert not gc.isenabled()
    last.leave()
    assert gc.isenabled()
