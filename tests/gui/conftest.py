"""A window with the quick network, closed without questions at the end."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.app import Application, make_qt
from cnnviz.gui.main_window import MainWindow
from cnnviz.project.templates import TEMPLATES


@pytest.fixture
def application(qtbot: QtBot) -> Iterator[Application]:
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
