"""Labels that show less where there is less room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.widgets.elided import ElidedLabel, WholeParts

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_number_is_left_out_rather_than_cut(qtbot: QtBot) -> None:
    first = "96.10 % right at step 4,220"
    for kind, cut in ((WholeParts, ""), (ElidedLabel, None)):
        label = kind()
        qtbot.addWidget(label)
        label.setText(f"{first} · loss 0.1234")
        width = label.fontMetrics().horizontalAdvance(first)
        label.resize(width + 4, 20)
        assert label.shown_text() == first
        label.resize(width // 2, 20)
        assert label.shown_text() == cut if cut is not None else label.shown_text().endswith("…")
