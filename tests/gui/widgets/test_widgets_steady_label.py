"""Labels that change many times a second, and what they leave alone while they do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.steady_label import Run, SteadyLabel, SteadyLine


class Layouts(QObject):
    """Counts how often a widget is asked to lay itself out."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def shown(qtbot: QtBot, label: SteadyLabel, width: int = 300) -> QWidget:
    window = QWidget()
    QHBoxLayout(window).addWidget(label)
    window.resize(width, 40)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


def test_another_text_lays_nothing_out_and_keeps_its_room(qtbot: QtBot) -> None:
    label = SteadyLabel("step 9,999,999")
    window = shown(qtbot, label)
    qtbot.wait(1)
    layouts, room = Layouts(window), label.sizeHint()
    for step in range(5):
        label.setText(f"step {step}")
        qtbot.wait(1)
    assert (layouts.count, label.sizeHint(), label.text(), label.accessibleName()) == (0, room, "step 4", "step 4")
    label.clear()
    assert label.text() == ""


def test_a_ground_is_painted_under_the_text(qtbot: QtBot) -> None:
    label = SteadyLabel("wide enough")
    window = shown(qtbot, label)
    label.set_ground("#123456")
    label.setText("x")
    picture = window.grab(label.geometry()).toImage()
    corner = picture.pixelColor(picture.width() - 1, 0)
    assert corner == QColor("#123456")
    assert any(picture.pixelColor(x, y) != corner for x in range(picture.width() // 2) for y in range(picture.height()))


def test_a_line_draws_each_piece_in_its_colour_and_escapes_it(qtbot: QtBot) -> None:
    line = SteadyLine()
    window = shown(qtbot, line)
    line.set_ground("#000000")
    line.set_runs([Run("says "), Run("<9>", "#ff0000"), Run(" 80 %")])
    assert line.text() == "says <9> 80 %"
    assert line.rich_text() == 'says <b style="color:#ff0000">&lt;9&gt;</b> 80 %'
    picture = window.grab(line.geometry()).toImage()
    shades = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert "#ff0000" in shades and "#000000" in shades


def test_what_does_not_fit_is_in_the_tooltip(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    label = ElidedLabel()
    window = shown(qtbot, label, 120)
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _widget: told.append(text))
    for text in ("short", "a text that is much longer than the window is wide"):
        label.setText(text)
        label.event(QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), window.mapToGlobal(QPoint(1, 1))))
    assert told == ["", "a text that is much longer than the window is wide"]
    assert label.shown_text().endswith("…") and label.text().endswith("wide")
