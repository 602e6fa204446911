"""The written-out sum of a convolution is the value that torch computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.value import Value, ValueOf
from cnnviz.inspection.arithmetic.terms import Place, Products
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output
from cnnviz.network.shapes import infer
from cnnviz.training.model import build


def asked(network: Network, place: Place) -> Value:
    shapes = infer(network)
    moment = Moment(network, shapes, build(network, shapes, seed=3).state_dict(), 1, 5, True)
    image = np.random.default_rng(5).integers(0, 256, shapes.nodes[network.of_kind(Input)[0]].output, np.uint8)
    threads = torch.get_num_threads()
    snapshot = Viewer(ANSWERS).snapshot(moment, Sample(image), frozenset({ValueOf(place)}))
    torch.set_num_threads(threads)
    answer = snapshot.answer(ValueOf(place))
    assert answer is not None
    return answer


@pytest.mark.parametrize("at", [(0, 0), (2, 3), (4, 4)])
@pytest.mark.parametrize(
    "layer",
    [
        Conv2d(4, (3, 3)),
        Conv2d(6, (3, 2), stride=(2, 1), padding=(1, 1), dilation=(1, 2), groups=2),
        Conv2d(2, (5, 5), padding="same", bias=False),
    ],
)
def test_the_products_and_the_bias_sum_to_the_value(layer: Conv2d, at: tuple[int, int]) -> None:
    network = chain(
        ("input", Input((2, 9, 8))), ("conv1", layer), ("flatten", Flatten()), ("fc1", Dense(3)), ("output", Output())
    )
    answer = asked(network, Place("conv1", layer.out_channels - 1, *at))
    assert isinstance(answer.arithmetic, Products)
    assert answer.arithmetic.total == pytest.approx(answer.value, rel=1e-5, abs=1e-6)
    assert answer.map[at] == np.float32(answer.value)
