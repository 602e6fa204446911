from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from cnnviz.gui.theme import DARK, LIGHT, Theme, apply
from cnnviz.gui.widgets.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture(params=[DARK, LIGHT], ids=["dark", "light"])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Theme]:
    before = qapp.styleSheet(), qapp.palette()
    theme: Theme = request.param
    apply(qapp, theme)
    yield theme
    qapp.setStyleSheet(before[0])
    qapp.setPalette(before[1])


def test_the_mark_of_focus_is_as_round_as_the_segments(theme: Theme, qtbot: QtBot) -> None:
    segments = Segments("What is shown")
    qtbot.addWidget(segments)
    for name in ("Build", "Train", "Look"):
        segments.add(name, name, "")
    segments.choose("Train")
    with qtbot.waitActive(segments):
        segments.show()
    button = segments.buttons()[1]
    button.setFocus()
    assert button.hasFocus()
    image = segments.grab().toImage()
    edge = image.pixelColor(button.geometry().center().x(), button.geometry().top())
    assert edge == QColor(theme.accent)
    corners = (button.geometry().topLeft(), button.geometry().topRight(), button.geometry().bottomLeft())
    assert {image.pixelColor(corner).name() for corner in corners} == {theme.raised}
