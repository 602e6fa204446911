"""The list of runs is passed on, however long it takes to be read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cnnviz.gui.panels.runs import listing
from cnnviz.gui.panels.runs.listing import Listing

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot


def test_a_reading_that_takes_longer_than_the_interval_is_passed_on(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed, goes_on, reads = threading.Event(), threading.Event(), []

    def read(_: object) -> list[object]:
        reads.append(1)
        assert goes_on.wait(30)
        return []

    monkeypatch.setattr(listing, "read_runs", read)
    monkeypatch.setattr(listing, "RELOAD_MILLISECONDS", 5)
    parent = QObject()
    runs = Listing(parent)
    runs._timer.timeout.connect(timed.set)
    try:
        with qtbot.waitSignal(runs.read) as passed:
            runs.start()
            assert runs.unread
            qtbot.waitUntil(timed.is_set)
            runs.stop()
            goes_on.set()
        assert passed.args == [[]] and reads == [1] and not runs.unread
    finally:
        goes_on.set()
        assert runs.close()
