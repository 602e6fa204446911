from __future__ import annotations

import numpy as np

from cnnviz.gui.document.pins import Pins
from cnnviz.gui.run.references import References
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.graph import Network, chain, rename, set_layer
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output
from cnnviz.network.shapes import infer
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES

NETWORK = chain(
    ("input", Input((1, 8, 8))),
    ("conv1", Conv2d(3, (3, 3))),
    ("flatten", Flatten()),
    ("fc1", Dense(4)),
    ("output", Output()),
)


def snapshot(network: Network) -> Snapshot:
    return Snapshot(1, 5, network, Sample(np.zeros((1, 8, 8), np.uint8)), {}, False, 0.0)


def test_a_moment_is_held_until_the_network_computes_something_else() -> None:
    first, held = (Moment(NETWORK, infer(NETWORK), {}, 1, step, False) for step in (0, 4))
    references = References(lambda: first)
    told: list[Moment | None] = []
    references.changed.connect(lambda: told.append(references.held))
    references.hold(held)
    assert [references.moment(since) for since in ("now", "start", "held")] == [None, first, held]
    for network in (NETWORK, rename(NETWORK, "conv1", "first"), NETWORK):
        references.follow(snapshot(network))
    assert references.held is held
    references.follow(snapshot(set_layer(NETWORK, "conv1", Conv2d(5, (3, 3)))))
    assert references.held is None and told == [held, None]
    references.hold(held)
    references.follow(None)
    assert references.held is None


def test_pins_follow_a_layer_that_is_renamed() -> None:
    project, pins = TEMPLATES["fast"].project(), Pins()
    pins.toggle("conv1", 3)
    pins.toggle("conv2", 1)
    renamed = edits.rename(project, "conv1", "edges")
    pins.follow(project, renamed)
    assert pins.of("edges") == (3,) and pins.of("conv2") == (1,) and pins.of("conv1") == ()
    pins.follow(renamed, edits.rename(renamed, "edges", "conv1"))
    assert pins.of("conv1") == (3,)
    pins.toggle("conv1", 3)
    assert pins.of("conv1") == () and pins.of(None) == ()


def test_a_layer_that_takes_the_name_of_a_removed_one_keeps_its_own_pins() -> None:
    project, pins = TEMPLATES["fast"].project(), Pins()
    pins.toggle("conv2", 1)
    pins.toggle("conv1", 3)
    removed = edits.remove(project, ["conv1"])
    pins.follow(project, removed)
    pins.follow(removed, edits.rename(removed, "conv2", "conv1"))
    assert pins.of("conv1") == (1,)
