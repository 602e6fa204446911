"""Items of two lines have room for names in every script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QListWidget

from cnnviz.gui.widgets.two_lines import PADDING, add_two_lines, set_padding

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("name", ["cross", "一", "😀", "กี่"])
def test_the_second_line_is_painted(qtbot: QtBot, name: str) -> None:
    items = QListWidget()
    qtbot.addWidget(items)
    set_padding(items)
    item = add_two_lines(items, name, "20 drawings")
    items.show()
    place = items.visualItemRect(item)
    line = items.fontMetrics().height()
    image = items.viewport().grab(place).toImage()
    ground = image.pixel(0, 0)
    lower = range(image.height() - PADDING - line, image.height() - PADDING)
    inked = [x for x in range(image.width()) if any(image.pixel(x, y) != ground for y in lower)]
    # cut off after the name, as Qt does where the lines have no room, it ends in three dots
    assert max(inked) - min(inked) > items.fontMetrics().horizontalAdvance("20 drawings") * 0.8
