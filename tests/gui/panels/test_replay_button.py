"""The button that replays moments looks like its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from cnnviz.gui.panels.curves.replay_button import ReplayButton
from cnnviz.gui.theme import DARK, LIGHT, apply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.theme import Theme


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    palette, sheet = qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setPalette(palette)
    qapp.setStyleSheet(sheet)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_its_arrow_is_on_the_ground_of_the_button(qtbot: QtBot, application: QApplication, theme: Theme) -> None:
    apply(application, theme)
    button = ReplayButton()
    qtbot.addWidget(button)
    button.offer_speeds((1.0, 2.0))
    button.set_theme(theme)
    button.show()
    picture = button.grab().toImage()
    assert picture.pixelColor(picture.width() - 8, 5) == picture.pixelColor(8, 5) == QColor(theme.raised)
