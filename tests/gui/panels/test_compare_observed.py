"""A side of a comparison shows the moment that was chosen last."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NoReturn, cast

from PySide6.QtCore import QObject

from cnnviz.gui.panels.compare import observed
from cnnviz.gui.panels.compare.observed import ObservedSide
from cnnviz.gui.run.sides import Side
from cnnviz.runs.folder import RunError
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.run.bridge import Bridge


def test_a_run_that_is_chosen_while_another_one_fails_is_loaded(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = threading.Event()

    def load(folder: Path, _step: int | None, _run: int) -> NoReturn:
        chosen.wait(60)
        raise RunError(Sentence("{name} is damaged.", name=folder.name))

    monkeypatch.setattr(observed, "_load", load)
    session = SimpleNamespace(status=SimpleNamespace(run=1))
    bridge = SimpleNamespace(session=session, recorder=None, source=SimpleNamespace(newest=None))
    parent = QObject()
    side = ObservedSide(cast("Bridge", bridge), parent)
    side.set_side(Side(Path("first")))
    side.set_side(Side(Path("second")))
    chosen.set()
    side.watch(True)
    qtbot.waitUntil(lambda: bool(side.failure))
    qtbot.waitUntil(lambda: side.failure == "second is damaged.")
    assert side.close()
