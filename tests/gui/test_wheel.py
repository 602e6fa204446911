"""A wheel over a setting scrolls the page around it: it changes no setting that was not clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollBar,
    QWidget,
)
from window_kit import make_all_panels, turn_wheel

from cnnviz.gui.panels.sample.panel import SamplePanel
from cnnviz.gui.shell.export_dialog import ExportDialog
from cnnviz.gui.shell.paste_dialog import PasteDialog
from cnnviz.gui.shell.preferences import PreferencesDialog
from cnnviz.gui.shell.sweep_dialog import SweepDialog
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.gui.widgets.slider import Slider
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow

Box = QComboBox | QAbstractSpinBox | QAbstractSlider


def _boxes(root: QWidget) -> list[Box]:
    """The boxes and sliders of a window, without scroll bars and what pyqtgraph makes for a menu that is off."""
    return [
        box
        for box in root.findChildren(QWidget)
        if isinstance(box, QComboBox | QAbstractSpinBox | QAbstractSlider)
        and not isinstance(box, QScrollBar)
        and not _in_unused_menu(box)
    ]


def _in_unused_menu(box: QWidget) -> bool:
    above: QWidget | None = box
    while above is not None and not type(above).__module__.startswith("pyqtgraph"):
        above = above.parentWidget()
    return above is not None


def _value(box: Box) -> object:
    if isinstance(box, QComboBox):
        return box.currentIndex()
    return box.text() if isinstance(box, QAbstractSpinBox) else box.value()


def _changed_by_wheel(root: QWidget) -> list[str]:
    found = []
    for box in _boxes(root):
        box.setFocus()
        before = _value(box)
        for notches in (1, -1, -1):
            turn_wheel(box, box.rect().center(), notches)
            if _value(box) != before:
                found.append(f"{type(box).__name__} {box.accessibleName()} in {type(box.parent()).__name__}")
                break
    return found


def test_no_wheel_changes_a_setting_of_the_window(window: MainWindow) -> None:
    make_all_panels(window)
    sample = window.panel(SamplePanel)
    for part in (sample.why, sample.fool):
        part.unfold()
    window.data.open()
    window.sweeps.open()
    for node in window.editor.project.network.order:
        window.selection.select([node], node)
        assert _changed_by_wheel(window) == []
    assert len(_boxes(window)) > 30


def test_no_wheel_changes_a_setting_of_a_dialog(window: MainWindow, qtbot: QtBot) -> None:
    project = window.editor.project
    for dialog in (
        PasteDialog(project, facts_for(project), DARK, "import torch", window),
        ExportDialog(window.bench),
        PreferencesDialog(10, window),
        SweepDialog(window.bench),
    ):
        qtbot.addWidget(dialog)
        dialog.show()
        assert _boxes(dialog)
        assert _changed_by_wheel(dialog) == []


def _turn_over(box: QWidget) -> None:
    """Turn the wheel down over a widget on screen, as the window system tells it."""
    window = box.window()
    QTest.wheelEvent(window.windowHandle(), QPointF(box.mapTo(window, box.rect().center())), QPoint(0, -120))


@pytest.fixture
def page(qtbot: QtBot) -> ScrolledColumn:
    choice, number, slider = ChoiceBox(), NumberBox(0, 100, whole=True), Slider()
    choice.addItems(["3", "4", "5"])
    number.set_value(50)
    slider.setValue(50)
    low = QWidget()
    low.setMinimumHeight(2000)
    page = ScrolledColumn(choice, number, slider, low)
    page.resize(200, 200)
    qtbot.addWidget(page)
    page.show()
    return page


def test_a_wheel_over_a_box_scrolls_its_page(page: ScrolledColumn) -> None:
    for box in _boxes(page):
        before = _value(box)
        box.setFocus()
        _turn_over(box)
        assert _value(box) == before
        assert page.verticalScrollBar().value() > 0
        page.verticalScrollBar().setValue(0)


def test_a_number_and_a_slider_take_the_wheel_after_a_click_until_the_pointer_leaves(page: ScrolledColumn) -> None:
    bar = page.verticalScrollBar()
    for box in _boxes(page):
        if isinstance(box, QComboBox):
            continue
        digits = box.lineEdit() if isinstance(box, QAbstractSpinBox) else box
        QTest.mouseClick(digits, Qt.MouseButton.LeftButton, pos=digits.rect().center())
        before = _value(box)
        _turn_over(digits)
        assert _value(box) != before and bar.value() == 0
        left = _value(box)
        QApplication.sendEvent(box, QEvent(QEvent.Type.Leave))
        _turn_over(digits)
        assert _value(box) == left and bar.value() > 0
        bar.setValue(0)


def test_a_choice_that_was_made_stays_while_its_page_is_scrolled_below_the_pointer(page: ScrolledColumn) -> None:
    choice = page.findChildren(QComboBox)[0]
    QTest.mouseClick(choice, Qt.MouseButton.LeftButton)
    choice.setCurrentIndex(1)
    choice.hidePopup()
    choice.setFocus()
    _turn_over(choice)
    assert choice.currentIndex() == 1
    assert page.verticalScrollBar().value() > 0
