"""Every kind of layer goes out to ONNX and computes the same in onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest
from export_kit import kinds, one_of
from hypothesis import given
from hypothesis import strategies as st
from networks import networks_with, valid_networks
from onnx_kit import LAYERS, assert_same_logits, exported, is_continuous, subject_of_network

from cnnviz.export.onnx.table import WRITERS
from cnnviz.network.layers import KINDS

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer


def test_every_kind_has_a_writer() -> None:
    assert {kind.kind for kind in WRITERS} == KINDS.keys() - {"Input", "Output"}


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_layer_computes_the_same(layer: Layer) -> None:
    subject = subject_of_network(one_of(layer))
    model = exported(subject)
    onnx.checker.check_model(model, full_check=True)
    assert_same_logits(model, subject)


@given(st.sampled_from(kinds()).flatmap(networks_with).filter(is_continuous))
def test_any_parameters_compute_the_same(network: Network) -> None:
    subject = subject_of_network(network)
    assert_same_logits(exported(subject), subject)


@given(valid_networks().filter(is_continuous))
def test_any_network_computes_the_same(network: Network) -> None:
    subject = subject_of_network(network)
    model = exported(subject)
    onnx.checker.check_model(model, full_check=True)
    assert_same_logits(model, subject)
