"""A widget is drawn as the style sheet says for its properties as they are now."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.restyling import restyle


@pytest.mark.usefixtures("qapp")
def test_the_rules_for_a_new_value_hold_and_those_for_the_old_value_no_longer() -> None:
    window = QWidget()
    window.setStyleSheet('QLabel { color: #00ff00; } QLabel[role="error"] { color: #ff0000; }')
    label = PlainLabel("10 of 12", window)
    window.show()
    for role, ink in (("muted", "#00ff00"), ("error", "#ff0000"), ("muted", "#00ff00")):
        restyle(label, "role", role)
        assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(ink)
