"""A window with the quick network, closed without questions at the end."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from cnnviz.gui.app import Application
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow


@pytest.fixture
def curves_are_made_when_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of a window's time goes into curves, which most tests never draw."""
    monkeypatch.delattr(CurvesPanel, "prepare")


@pytest.fixture
def application(qtbot: QtBot, curves_are_made_when_drawn: None) -> Iterator[Application]:
    # loaded here once: a window that is closed at once would otherwise wait for it
    import_module("torch")
    application = Application(make_qt())
    yield application
    for window in list(application.windows):
        window.leave()
    application.deleteLater()


@pytest.fixture
def window(application: Application) -> MainWindow:
    return application.open_window(TEMPLATES["fast"].project())
