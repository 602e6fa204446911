"""A Keras model with the converted weights computes what the program computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from export_kit import assert_close, checked, executed, kinds, made, one_of, trained
from hypothesis import example, given
from keras_kit import maps_last
from networks import CLASSES, gated, valid_networks

from cnnviz.code.write.keras import keras_source
from cnnviz.code.write.source import SourceError
from cnnviz.export.keras_weights import keras_weights
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import KINDS, Dense, Flatten, Output
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    # true, and of no consequence: a drawn network may have one channel
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1"),
]


def in_keras(network: Network) -> bool:
    """Whether Keras has all layers of a network."""
    try:
        keras_source(network, checked(network))
    except SourceError as error:
        assert str(error).startswith("Keras has no layer like")
        return False
    return True


def given_weights(network: Network) -> tuple[Any, Any, dict[str, NDArray[np.float32]]]:
    """A trained module, the Keras model with its weights, and these weights."""
    report = checked(network)
    source = keras_source(network, report)
    module = trained(build(network, report, 3))
    weights = keras_weights(network, report, {key: one.numpy() for key, one in module.state_dict().items()})
    model = executed(source)
    named = set()
    for layer in model.layers:
        own = [name for name in weights if name.startswith(f"{layer.name}/")]
        assert all(variable.path.endswith(name) for variable, name in zip(layer.weights, own, strict=True))
        layer.set_weights([weights[name] for name in own])
        named.update(own)
    assert named == weights.keys()
    return module, model, weights


def assert_same(network: Network) -> None:
    module, model, _ = given_weights(network)
    images = torch.rand(2, *module.shapes.nodes[module.shapes.used[0]].output)
    with torch.no_grad():
        assert_close(model(maps_last(images), training=False), module(images)[0])


@pytest.mark.parametrize("kind", kinds())
def test_every_kind(kind: str) -> None:
    network = one_of(KINDS[kind]())
    if in_keras(network):
        assert_same(network)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template(name: str) -> None:
    network = TEMPLATES[name].project().network
    if in_keras(network):
        assert_same(network)


@example(gated())
@given(valid_networks())
def test_random_networks(network: Network) -> None:
    if in_keras(network):
        assert_same(network)


def test_a_kernel_and_a_dense_behind_maps_by_hand() -> None:
    network = chain(
        ("input", made("Input", (2, 4, 5))),
        ("conv", made("Conv2d", 3, (2, 1))),
        ("flatten", Flatten()),
        ("head", Dense(CLASSES)),
        ("output", Output()),
    )
    module, _, weights = given_weights(network)
    kernel, head = module.state_dict()["conv.weight"], module.state_dict()["head.weight"]
    assert weights["conv/kernel"].shape == (2, 1, 2, 3)
    assert weights["conv/kernel"][1, 0, 1, 2] == kernel[2, 1, 1, 0]
    # the map 2 at row 1, column 4 of 3 rows and 5 columns
    assert weights["head/kernel"][(1 * 5 + 4) * 3 + 2, 6] == head[6, (2 * 3 + 1) * 5 + 4]
