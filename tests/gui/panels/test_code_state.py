"""The content of the Code panel: source, or why there is none; computed again only after a change."""

from __future__ import annotations

from networks import facts

from cnnviz.code.write.pytorch import pytorch_source
from cnnviz.gui.panels.code.state import state
from cnnviz.network import graph
from cnnviz.network.check import check
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, LocalResponseNorm, Output, ReLU

CHAIN = chain(
    ("input", Input()),
    ("conv", Conv2d(4)),
    ("norm", LocalResponseNorm()),
    ("flatten", Flatten()),
    ("fc", Dense(10)),
    ("output", Output()),
)


def test_the_content_is_the_source_and_stays_the_same_object_until_something_changes() -> None:
    report = check(CHAIN, facts(CHAIN))
    first = state(CHAIN, report, "pytorch", None)
    assert first.source is not None and first.source.text == pytorch_source(CHAIN, report).text
    assert state(CHAIN, report, "pytorch", first) is first
    other = graph.set_parameter(CHAIN, "conv", "out_channels", 8)
    changed = state(other, check(other, facts(other)), "pytorch", first)
    assert changed.source is not None and changed.source.text != first.source.text


def test_a_layer_that_the_framework_lacks_is_named() -> None:
    refused = state(CHAIN, check(CHAIN, facts(CHAIN)), "keras", None)
    assert refused.source is None and refused.hindrance is None
    assert refused.refusal is not None and refused.refusal.node == "norm"


def test_an_error_of_the_network_prevents_any_source() -> None:
    broken = graph.bypass(CHAIN, "flatten")
    for framework in ("pytorch", "keras"):
        hindered = state(broken, check(broken, facts(broken)), framework, None)
        assert hindered.source is None and hindered.refusal is None
        assert hindered.hindrance is not None and hindered.hindrance.node == "fc"


def test_nodes_on_no_path_are_left_out() -> None:
    beside = graph.connect(graph.add(CHAIN, "relu", ReLU()), "conv", "relu")
    assert state(beside, check(beside, facts(beside)), "pytorch", None).left_out == ("relu",)
