from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.map_scales import OWN, Scale, count_clipped
from cnnviz.gui.widgets.scale_menu import ScaleLegend, describe_scale
from cnnviz.inspection.answers.maps import Maps

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

VALUES = np.array([[[-5.0, 0.5], [1.0, np.nan]], [[2.0, -1.0], [0.0, 3.0]]], np.float32)
MAPS = Maps(VALUES, (0, 1), 2, True, 1.0, full=5.0)


def test_each_kind_of_scale_has_its_limit() -> None:
    assert Scale("layer").limit(MAPS) == 1.0
    assert Scale("full").limit(MAPS) == 5.0
    assert Scale("map").limit(MAPS) == OWN
    assert Scale("network", 2.0).limit(MAPS) == 2.0
    assert Scale("network").limit(MAPS) == 1.0


def test_what_lies_beyond_is_counted_on_both_sides() -> None:
    assert [count_clipped(VALUES, limit) for limit in (1.0, 2.5, 5.0, OWN)] == [3, 2, 0, 0]
    assert describe_scale("layer", 0) == "Colours span 99.7 % of the values of the layer."
    assert describe_scale("layer", 1).endswith("1 value outside has the last colour.")
    assert describe_scale("layer", 1234).endswith("1,234 values outside have the last colour.")


def test_a_line_with_a_count_takes_no_more_room_than_one_without(qtbot: QtBot) -> None:
    legend = ScaleLegend(DARK)
    qtbot.addWidget(legend)
    legend.resize(290, 120)
    with qtbot.waitExposed(legend):
        legend.show()
    layout = legend.layout()
    assert layout is not None
    heights = set()
    for count in (0, 1, 999):
        legend.show_scale(1.0, True, "layer", count)
        heights.add(layout.totalHeightForWidth(290))
    assert len(heights) == 1
