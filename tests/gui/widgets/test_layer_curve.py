"""Arrow keys and clicks choose among the layers whose value is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.theme import LIGHT
from cnnviz.gui.widgets.layer_curve import LayerCurve

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_what_is_not_known_yet_cannot_be_chosen(qtbot: QtBot) -> None:
    curve = LayerCurve(LIGHT)
    qtbot.addWidget(curve)
    chosen: list[str] = []
    curve.chosen.connect(chosen.append)
    curve.chosen.connect(curve.set_current)
    QTest.keyClick(curve, Qt.Key.Key_Right)
    curve.show_values(("a", "b", "c"), (0.5, 0.4), "")
    for _ in range(3):
        QTest.keyClick(curve, Qt.Key.Key_Right)
    assert chosen == ["a", "b", "b"]
