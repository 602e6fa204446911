"""The curve of the search for a learning rate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.rate_search import TrialCurve
from cnnviz.gui.widgets.save import save_svg

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_rates_at_the_axis_are_written_as_elsewhere(qtbot: QtBot, tmp_path: Path) -> None:
    curve = TrialCurve(DARK)
    qtbot.addWidget(curve)
    curve.resize(500, curve.sizeHint().height())
    save_svg(curve, path := tmp_path / "curve.svg", "Rates")
    texts = re.findall(r">([^<>]+)</text>", path.read_text(encoding="utf-8"))
    assert [each.strip() for each in texts][:8] == ["10⁻⁶", "10⁻⁵", "0.0001", "0.001", "0.01", "0.1", "1", "10"]
