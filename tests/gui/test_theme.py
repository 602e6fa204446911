"""The theme of the whole application: how long it takes to change it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QTabWidget, QVBoxLayout, QWidget

from cnnviz.gui import theme as themes
from cnnviz.gui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.theme import Theme

ROUNDS = 3


def replaced(theme: Theme) -> None:
    """Put the style sheet in the place of the one before, which takes Qt long."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    themes.prepare(application, theme)
    application.setStyleSheet(themes._style_sheet(theme))


def applied(theme: Theme) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    themes.apply(application, theme)


def test_a_change_of_the_theme_takes_less_than_replacing_the_style_sheet(qtbot: QtBot) -> None:
    window = QTabWidget()
    qtbot.addWidget(window)
    for number in range(4):
        page = QWidget()
        column = QVBoxLayout(page)
        for _ in range(40):
            column.addWidget(QPushButton("Train"))
            column.addWidget(QLineEdit("0.01"))
        window.addTab(page, str(number))
    window.show()

    def seconds(change: Callable[[Theme], None]) -> float:
        began = time.thread_time()
        for theme in (LIGHT, DARK):
            change(theme)
        return time.thread_time() - began

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    before = application.styleSheet()
    try:
        applied(DARK)
        taken = [(seconds(applied), seconds(replaced)) for _ in range(ROUNDS)]
        assert min(quick for quick, _ in taken) < 0.7 * min(slow for _, slow in taken)
        applied(LIGHT)
        assert application.styleSheet() == themes._style_sheet(LIGHT)
        assert window.palette().window().color().name() == LIGHT.background
    finally:
        applied(DARK)
        application.setStyleSheet(before)
