"""What is pointed at is traced once, and no longer than it is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnviz.gui.document.trace_words import legend, reach
from cnnviz.gui.document.traces import AT_ONCE, Region, Traces
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.inspection.tracing import Pixel, Trace, trace
from cnnviz.network import graph
from cnnviz.network.layers import Conv2d
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.network.graph import Network

TUTORIAL = TEMPLATES["pytorch-tutorial"].project().network
HERE, THERE = Place("conv2", 0, 5, 5), Place("conv1", 0, 5, 5)


def looked_at(network: Network, step: int = 1) -> Snapshot:
    moment = Moment(network, infer(network), {}, 1, step, settled=False)
    return Snapshot(1, step, network, Sample(np.zeros((1, 28, 28), np.uint8)), {}, False, 0.0, moment)


class Listener:
    def __init__(self, network: Network = TUTORIAL) -> None:
        self.traces = Traces()
        self.traces.follow(looked_at(network))
        self.found: list[Trace | None] = []
        self.regions: list[Region | None] = []
        self.traces.changed.connect(self.found.append)
        self.traces.regionChanged.connect(self.regions.append)

    def targets(self) -> list[Place | Pixel | None]:
        return [None if one is None else one.target for one in self.found]


@pytest.mark.usefixtures("qapp")
def test_a_value_is_traced_once() -> None:
    to = Listener()
    to.traces.point("canvas", HERE)
    to.traces.point("canvas", HERE)
    to.traces.follow(looked_at(TUTORIAL, 2))
    assert to.targets() == [HERE]
    assert to.regions == [(10, 10, 18, 18)]
    to.traces.point("canvas", None)
    assert to.found[1:] == [None] and to.regions[1:] == [None]


@pytest.mark.usefixtures("qapp")
def test_what_was_pointed_at_last_counts_and_then_what_is_held() -> None:
    to = Listener()
    to.traces.point("maps", HERE)
    to.traces.point("sample", Pixel(3, 4))
    to.traces.point("sample", None)
    to.traces.point("maps", None)
    assert to.targets() == [HERE, Pixel(3, 4), HERE, None]


@pytest.mark.usefixtures("qapp")
def test_a_region_counts_until_something_else_is_pointed_at() -> None:
    to = Listener()
    to.traces.point("held map", THERE)
    to.traces.point("microscope", (1, 2, 3, 4))
    assert to.targets() == [THERE, None] and to.regions == [(5, 5, 8, 8), (1, 2, 3, 4)]
    to.traces.point("maps", HERE)
    to.traces.point("maps", None)
    assert to.regions[2:] == [(10, 10, 18, 18), (1, 2, 3, 4)]
    to.traces.point("microscope", (2, 3, 4, 5))
    to.traces.point("microscope", None)
    assert to.regions[4:] == [(2, 3, 4, 5), (5, 5, 8, 8)] and to.targets()[-1] == THERE


@pytest.mark.usefixtures("qapp")
def test_another_network_is_traced_anew() -> None:
    to = Listener()
    to.traces.point("canvas", HERE)
    to.traces.follow(looked_at(graph.set_layer(TUTORIAL, "conv1", Conv2d(32, (5, 5)))))
    assert to.regions[-1] == (10, 10, 20, 20)
    to.traces.follow(None)
    assert to.found[-1] is None


def test_a_large_network_is_traced_when_the_pointer_rests(qtbot: QtBot) -> None:
    network = TEMPLATES["resnet-50-28"].project().network
    assert len(infer(network).used) > AT_ONCE
    to = Listener(network)
    node = infer(network).used[1]
    for column in range(6):
        to.traces.point("canvas", Place(node, 0, 5, column))
    assert not to.found
    qtbot.waitUntil(lambda: len(to.found) > 0)
    assert to.targets() == [Place(node, 0, 5, 5)]


def test_words_of_a_value() -> None:
    found = trace(TUTORIAL, infer(TUTORIAL), HERE)
    assert legend(found, "pool1") == (
        "Framed: what row 5, column 5 of map 0 of conv2 depends on, a region of 3×3 in each map."
    )
    assert "In the sample they are dashed" in legend(found, "conv2")
    assert legend(found, "relu2") == legend(None, "conv1") == reach(found) == reach(None) == ""
    one = trace(TUTORIAL, infer(TUTORIAL), Place("relu1", 7, 1, 1))
    assert legend(one, "conv1").endswith("of relu1 depends on, a region of 1×1 in map 7.")
    dense = trace(TUTORIAL, infer(TUTORIAL), Place("fc2", 3))
    assert legend(dense, "fc1") == "Framed: what value 3 of fc2 depends on, 128 values."


def test_words_of_a_pixel() -> None:
    found = trace(TUTORIAL, infer(TUTORIAL), Pixel(17, 13))
    first, *lines = reach(found).splitlines()
    assert first == "row 17, column 13 of the sample reaches:"
    assert lines[0] == "conv1: a region of 3×3 in each map"
    assert "flatten: 576 of the values 11 to 1,598" in lines
    assert len(lines) == len(TUTORIAL.nodes) - 1
    assert (
        legend(found, "pool2") == "Framed: what row 17, column 13 of the sample reaches, a region of 3×3 in each map."
    )
    large = TEMPLATES["resnet-50-28"].project().network
    assert reach(trace(large, infer(large), Pixel(0, 0))).endswith("other layers")
