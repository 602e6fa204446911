"""A menu with fields is as large as they are; one click beside it closes it and presses the button there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget, QWidgetAction

from cnnviz.gui.widgets.form_menu import FormMenu
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton


class Bar(QWidget):
    """A button with a menu, another button, and a text."""

    def __init__(self) -> None:
        super().__init__()
        self.owner, self.other, self.text = QPushButton("recipe"), QPushButton("Train"), PlainLabel("a text")
        self.menu = FormMenu(self.owner)
        self.menu.addAction("a field")
        self.owner.setMenu(self.menu)
        self.clicks: list[str] = []
        self.other.clicked.connect(lambda: self.clicks.append("Train"))
        row = QHBoxLayout(self)
        for part in (self.owner, self.other, self.text):
            row.addWidget(part)

    def click(self, part: QWidget) -> None:
        """Open the menu, and click a part of the window beside it."""
        self.menu.popup(self.mapToGlobal(QPoint(0, 200)))
        at = self.menu.mapFromGlobal(part.mapToGlobal(part.rect().center()))
        QTest.mouseClick(self.menu, LEFT, pos=at)
        for _ in range(3):
            QApplication.processEvents()


@pytest.fixture
def bar(qtbot: QtBot) -> Bar:
    bar = Bar()
    qtbot.addWidget(bar)
    with qtbot.waitExposed(bar):
        bar.show()
    return bar


def test_a_button_beside_an_open_menu_needs_one_click(bar: Bar) -> None:
    bar.click(bar.other)
    assert bar.clicks == ["Train"] and not bar.menu.isVisible() and not bar.other.isDown()
    bar.click(bar.other)
    assert bar.clicks == ["Train", "Train"]


def test_what_is_no_button_or_the_button_of_the_menu_only_closes_it(bar: Bar) -> None:
    for part in (bar.text, bar.owner):
        bar.click(part)
        assert not bar.menu.isVisible() and not bar.clicks


def test_a_button_that_closing_disables_is_not_pressed(bar: Bar) -> None:
    bar.menu.aboutToHide.connect(lambda: bar.other.setEnabled(False))
    bar.click(bar.other)
    assert not bar.clicks


@pytest.mark.parametrize("shown", [False, True])
def test_the_menu_is_as_large_as_what_it_holds_also_after_that_has_grown(qtbot: QtBot, shown: bool) -> None:
    bar, fields = Bar(), QWidget()
    qtbot.addWidget(bar)
    column = QHBoxLayout(fields)
    column.addWidget(field := PlainLabel("short"))
    holder = QWidgetAction(bar.menu)
    holder.setDefaultWidget(fields)
    bar.menu.addAction(holder)
    bar.show()

    def fits() -> bool:
        return bar.menu.rect().contains(fields.geometry()) and fields.width() >= fields.sizeHint().width()

    for text in ("short", "a sentence that is much longer than what was there before"):
        if not shown:
            bar.menu.close()
        field.setText(text)
        fields.setFixedHeight(10 * len(text))
        if not shown or not bar.menu.isVisible():
            bar.menu.popup(QPoint())
        qtbot.waitUntil(fits)
    bar.menu.close()
