"""Labels that change many times a second, and what they leave alone while they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from event_counts import EventCounts
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolTip, QWidget

from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.steady_label import CountingLabel, Piece, SteadyLabel, SteadyLine

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

WIDEST = "1,234,567 images/s"


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
    QApplication.processEvents()
    counts, room = EventCounts(window), label.sizeHint()
    for step in range(5):
        label.setText(f"step {step}")
        QApplication.processEvents()
    assert (counts.layouts, label.sizeHint(), label.text(), label.accessibleName()) == (0, room, "step 4", "step 4")
    label.clear()
    assert label.text() == ""


def test_a_counted_number_lays_nothing_out_before_it_has_more_digits(qtbot: QtBot) -> None:
    label = CountingLabel()
    window = shown(qtbot, label)
    label.setText("step 111")
    QApplication.processEvents()
    counts, room = EventCounts(window), label.sizeHint()
    for step in (440, 9, 16, 999, 0):
        label.setText(f"step {step}")
        QApplication.processEvents()
        assert label.shown_text() == f"step {step}"
    assert (counts.layouts, label.sizeHint()) == (0, room) and label.minimumSizeHint() == room
    wider = label.width_for("step 1111")
    label.setText("step 1448")
    QApplication.processEvents()
    assert counts.layouts == 1 and label.sizeHint().width() == wider > room.width()
    label.setText("step 1448 of 2000")
    assert label.sizeHint().width() > wider
    label.setText("now")
    assert label.sizeHint().width() == label.width_for("now") < room.width()


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
    line.set_pieces([Piece("says "), Piece("<9>", "#ff0000"), Piece(" 80 %")])
    assert line.text() == "says <9> 80 %"
    assert line.rich_text() == 'says <b style="color:#ff0000">&lt;9&gt;</b> 80 %'
    picture = window.grab(line.geometry()).toImage()
    shades = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert "#ff0000" in shades and "#000000" in shades


def test_a_line_without_room_elides_long_names_and_keeps_the_number(qtbot: QtBot) -> None:
    line = SteadyLine()
    window = shown(qtbot, line, 190)
    line.set_pieces(
        [
            Piece("label "),
            Piece("cat", "#00ff00"),
            Piece(" · says "),
            Piece("Siberian husky", "#ff0000"),
            Piece(" 75 %"),
        ]
    )
    assert line.text() == "label cat · says Siberian husky 75 %"
    fitting = line.shown_text()
    assert fitting.startswith("label cat · says S") and "…" in fitting and fitting.endswith("y 75 %")
    # in two rows each has its own room
    line.set_rows(2)
    line.set_pieces(
        [Piece("label "), Piece("Siberian husky", "#00ff00"), Piece(" · "), Piece("says "), Piece("dog", "#ff0000")]
    )
    assert line.shown_text() == line.text() and line.sizeHint().height() == 2 * SteadyLine().sizeHint().height()
    line.set_rows(1)
    assert "…" in line.shown_text()
    line.set_pieces(
        [Piece("label "), Piece("cat", "#00ff00"), Piece(" · says "), Piece("dog", "#ff0000"), Piece(" 75 %")]
    )
    assert line.shown_text() == line.text() and window.width() == 190


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


def picture(label: QWidget) -> QImage:
    return label.grab().toImage()


def lone(qtbot: QtBot, width: int, text: str) -> SteadyLabel:
    label = SteadyLabel(WIDEST)
    qtbot.addWidget(label)
    label.resize(width, 30)
    label.setText(text)
    return label


def test_its_room_is_that_of_the_widest_text_or_less(qtbot: QtBot) -> None:
    label = lone(qtbot, 100, "7")
    hint = label.sizeHint()
    assert hint.width() >= label.fontMetrics().horizontalAdvance(WIDEST)
    assert hint.height() >= label.fontMetrics().height()
    label.setText(4 * WIDEST)
    assert label.sizeHint() == hint
    assert label.minimumSizeHint().width() == 0 and label.minimumSizeHint().height() == hint.height()
    label.setContentsMargins(5, 3, 7, 4)
    assert label.sizeHint().width() == hint.width() + 12 and label.sizeHint().height() == hint.height() + 7


def test_it_is_drawn_and_named_like_its_text(qtbot: QtBot) -> None:
    label = lone(qtbot, 200, "")
    blank = picture(label)
    label.setText("5,120 images/s")
    drawn = picture(label)
    assert drawn != blank and label.accessibleName() == "5,120 images/s"
    label.setText("6,240 images/s")
    assert picture(label) != drawn
    label.clear()
    assert picture(label) == blank and label.text() == label.accessibleName() == ""


def test_what_does_not_fit_is_elided(qtbot: QtBot) -> None:
    narrow = lone(qtbot, 60, 3 * WIDEST)
    elided = narrow.fontMetrics().elidedText(3 * WIDEST, Qt.TextElideMode.ElideRight, 60)
    assert elided.endswith("…") and len(elided) < len(WIDEST)
    seen = picture(narrow)
    assert seen == picture(lone(qtbot, 60, elided))
    assert seen != picture(lone(qtbot, 60, elided[:-1]))
    assert narrow.text() == 3 * WIDEST


def test_a_tag_is_text(qtbot: QtBot) -> None:
    assert picture(lone(qtbot, 200, "<b>7</b>")) != picture(lone(qtbot, 200, "7"))


def test_whole_parts_are_left_out_and_the_tooltip_has_them(qtbot: QtBot) -> None:
    label = SteadyLabel("")
    qtbot.addWidget(label)
    label.setText("epoch 1 of 5 · batch 60 of 860")
    advance = label.fontMetrics().horizontalAdvance
    for room, shown in (
        ("epoch 1 of 5 · batch 60 of 860", "epoch 1 of 5 · batch 60 of 860"),
        ("epoch 1 of 5 · batch 60 of", "epoch 1 of 5"),
        ("epo", ""),
    ):
        label.resize(advance(room) + 1, 20)
        assert label.shown_text() == shown
    label.resize(advance("epoch 1 of 5") + 1, 20)
    label.show()
    where = label.rect().center()
    QApplication.sendEvent(label, QHelpEvent(QEvent.Type.ToolTip, where, label.mapToGlobal(where)))
    assert QToolTip.text() == "epoch 1 of 5 · batch 60 of 860"
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
