"""Numbers of a network whose weights have grown without limit can be read and compared."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF, QGuiApplication

from cnnviz.gui.widgets.class_bars import in_one_power
from cnnviz.gui.widgets.loss_scale import LossScale
from cnnviz.gui.widgets.plot import LEFT_WIDTH

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

OFFSET = 4
"""Pixels between the text of a tick and the axis."""


def test_large_logits_are_multiples_of_one_power_of_ten() -> None:
    assert in_one_power([-6.71, 99.0]) == ["−6.7", "+99.0"]
    assert in_one_power([7.3e5, 67005.5, -1.2e4, 2.0]) == ["+7.3 × 10⁵", "+0.7 × 10⁵", "−0.1 × 10⁵", "0"]
    assert in_one_power([nan, inf, 2e6]) == ["NaN", "+∞", "+2.0 × 10⁶"]
    assert in_one_power([nan, nan]) == ["NaN", "NaN"]


@pytest.mark.parametrize("largest", [3.4e36, 9.9e36, 1.1e5, 42961.0, 7.1e3, 2.3, 4e-6])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_loss_axis_has_two_numbers_that_fit_beside_it(qtbot: QtBot, largest: float, logarithmic: bool) -> None:
    losses = np.array([largest / 50, largest])
    ticks = LossScale.fitting(losses, losses, logarithmic, 2.3).ticks()
    assert len(ticks) >= 2
    # pyqtgraph leaves out a text that does not fit
    wide = QFontMetricsF(QGuiApplication.font()).horizontalAdvance
    assert all(wide(text) + OFFSET <= LEFT_WIDTH for _, text in ticks), [text for _, text in ticks]
