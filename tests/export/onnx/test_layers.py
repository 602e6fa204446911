"""Every kind of layer goes out to ONNX and computes the same in onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest
from export_kit import kinds, made, one_of
from hypothesis import given
from hypothesis import strategies as st
from networks import networks_with, valid_networks
from onnx_kit import assert_same_logits, exported, subject_of_network

from cnnviz.export.onnx.table import WRITERS
from cnnviz.network.layers import KINDS, Layer

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

LAYERS: list[Layer] = [
    *[made(kind) for kind in kinds() if kind != "Reshape"],
    made("Reshape", (2, 6, 6)),
    made("Conv2d", 6, 4, padding="same", dilation=(2, 1), groups=2, bias=False),
    made("Conv2d", 6, (3, 2), (2, 1), (1, 0), (1, 2)),
    made("ConvTranspose2d", 6, 3, 2, 1, 1, groups=2),
    made("ConvTranspose2d", 6, 3, 1, dilation=2, bias=False),
    made("MaxPool2d", 3, 2, 1),
    made("MaxPool2d", 4, 4, ceil_mode=True),
    made("MaxPool2d", (3, 2), (2, 5), (1, 1), ceil_mode=True),
    made("AvgPool2d", 3, 2, 1),
    made("AvgPool2d", 4, 4, ceil_mode=True),
    made("AvgPool2d", 3, 2, 1, ceil_mode=True),
    made("AvgPool2d", (3, 2), (4, 2), (1, 0), ceil_mode=True),
    *[made(kind, size) for kind in ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d") for size in (1, 2, (4, 3), (5, 6), 9)],
    made("PReLU", per_channel=True),
    made("LeakyReLU", 0.3),
    made("ELU", 2.5),
    made("GELU", "tanh"),
    *[made("Softplus", beta, threshold) for beta, threshold in ((1, 20), (2.5, 20), (1, 0.1), (0.5, 0.2))],
    *[made(kind, affine=False) for kind in ("BatchNorm2d", "BatchNorm1d", "LayerNorm")],
    made("InstanceNorm2d", affine=True),
    made("GroupNorm", 2),
    made("GroupNorm", 4, affine=False),
    *[made("LocalResponseNorm", size, 0.5, 0.6, 1.5) for size in (1, 2, 3, 4, 9)],
    made("LocalResponseNorm", 3, 0.0, 0.6, 1.5),
    made("LocalResponseNorm", 3, 0.5, 0.0, 1.5),
    made("MultiheadSelfAttention", 2),
    made("MultiheadSelfAttention", 4, bias=False),
    made("Upsample", (3, 2), "bilinear"),
    made("ZeroPad2d", (1, 2, 3, 0)),
]


def test_every_kind_has_a_writer() -> None:
    assert {kind.kind for kind in WRITERS} == KINDS.keys() - {"Input", "Output"}


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_layer_computes_the_same(layer: Layer) -> None:
    subject = subject_of_network(one_of(layer))
    model = exported(subject)
    onnx.checker.check_model(model, full_check=True)
    assert_same_logits(model, subject)


@given(st.sampled_from(kinds()).flatmap(networks_with))
def test_any_parameters_compute_the_same(network: Network) -> None:
    subject = subject_of_network(network)
    assert_same_logits(exported(subject), subject)


@given(valid_networks())
def test_any_network_computes_the_same(network: Network) -> None:
    subject = subject_of_network(network)
    model = exported(subject)
    onnx.checker.check_model(model, full_check=True)
    assert_same_logits(model, subject)
