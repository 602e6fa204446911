"""The speeds of networks that are believed: other programs slow a training down for a while, and only slow it down."""

from __future__ import annotations

import pytest

from cnnviz.gui.run.known_speeds import FAR, LASTING_SECONDS, MOST_KNOWN, Computed, KnownSpeeds
from cnnviz.network.graph import Network

ONE: Computed = (Network(), (64,))
OTHER: Computed = (Network(), (128,))


def test_the_latest_speed_counts_unless_it_is_far_lower_than_the_best() -> None:
    speeds = KnownSpeeds()
    assert speeds.get(ONE) is None
    speeds.set_tried(ONE, 1000.0)
    for measured, believed in ((900.0, 900.0), (1200.0, 1200.0), (700.0, 700.0), (590.0, 700.0), (10.0, 700.0)):
        speeds.add_measured(ONE, measured, 0.0)
        assert speeds.get(ONE) == believed
    speeds.add_measured(OTHER, 10.0, 0.0)
    assert speeds.get(OTHER) == 10.0 and speeds.get(ONE) == 700.0


def test_what_is_slow_for_long_is_believed() -> None:
    speeds = KnownSpeeds()
    speeds.add_measured(ONE, 1000.0, 0.0)
    speeds.add_measured(ONE, 100.0, 1.0)
    speeds.add_measured(ONE, 100.0, LASTING_SECONDS)
    assert speeds.get(ONE) == 1000.0
    # some moments of full speed, or a pause, and it begins again
    speeds.add_measured(ONE, 1000.0 / FAR, LASTING_SECONDS)
    speeds.add_measured(ONE, 100.0, 2 * LASTING_SECONDS)
    speeds.end_training()
    speeds.add_measured(ONE, 100.0, 3.5 * LASTING_SECONDS)
    assert speeds.get(ONE) == 1000.0 / FAR
    speeds.add_measured(ONE, 90.0, 4.5 * LASTING_SECONDS)
    assert speeds.get(ONE) == 90.0
    # faster than that is believed at once
    speeds.add_measured(ONE, 800.0, 5 * LASTING_SECONDS)
    assert speeds.get(ONE) == 800.0


def test_only_the_last_networks_are_known() -> None:
    speeds = KnownSpeeds()
    networks: list[Computed] = [(Network(), (size,)) for size in range(MOST_KNOWN + 1)]
    for number, network in enumerate(networks, 1):
        speeds.set_tried(network, float(number))
    assert len(speeds) == MOST_KNOWN and speeds.get(networks[0]) is None
    assert speeds.get(networks[1]) == pytest.approx(2.0)
