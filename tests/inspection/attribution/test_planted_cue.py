"""A patch of 4x4 pixels that alone decides the class gets the most of every attribution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.studies.explaining import explain
from cnnviz.inspection.studies.explanation import METHODS, Asked, Method
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, GlobalMaxPool2d, Input, Output, ReLU
from cnnviz.network.shapes import infer
from cnnviz.training.model import build

pytestmark = pytest.mark.usefixtures("one_torch_thread")

CELLS, PATCH = 6, 4
"""An image has CELLS x CELLS cells of PATCH x PATCH pixels."""
NETWORK = chain(
    ("input", Input(shape=(1, CELLS * PATCH, CELLS * PATCH))),
    ("conv1", Conv2d(out_channels=8, kernel_size=(3, 3), padding=(1, 1))),
    ("relu1", ReLU()),
    ("conv2", Conv2d(out_channels=16, kernel_size=(3, 3), padding=(1, 1))),
    ("relu2", ReLU()),
    # the largest value of each map decides, so that the network looks at the patch alone
    ("pool", GlobalMaxPool2d()),
    ("flatten", Flatten()),
    ("fc", Dense(out_features=2)),
    ("out", Output()),
)


def planted(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images of faint noise, uint8 (N, 1, H, W), with stripes in one cell: horizontal for class 1, vertical for class
    0. Also the classes, int64 (N,), and the rows and columns of the cells, int64 (N, 2)."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 64, (count, 1, CELLS * PATCH, CELLS * PATCH)).astype(np.uint8)
    classes, cells = random.integers(0, 2, count), random.integers(0, CELLS, (count, 2))
    stripes = np.zeros((PATCH, PATCH), np.uint8)
    stripes[::2] = 255
    for image, label, (row, column) in zip(images, classes, cells * PATCH, strict=True):
        image[0, row : row + PATCH, column : column + PATCH] = stripes if label else stripes.T
    return images, classes, cells


@pytest.fixture(scope="module")
def trained() -> Moment:
    shapes = infer(NETWORK)
    module = build(NETWORK, shapes, 0).train()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    for step in range(150):
        images, classes, _ = planted(64, step + 1)
        loss = cross_entropy(module(torch.from_numpy(images).float() / 255)[0], torch.from_numpy(classes))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert loss.item() < 1e-3
    return Moment(NETWORK, shapes, {name: each.detach() for name, each in module.state_dict().items()}, 1, 150, True)


@pytest.mark.parametrize("method", METHODS)
def test_the_only_cue_gets_the_most_of_each_attribution(trained: Moment, method: Method) -> None:
    images, classes, cells = planted(100, 0)
    found = 0
    for image, label, cell in zip(images, classes.tolist(), cells, strict=True):
        explanation = explain(trained, Sample(image, label), Asked(method, label, "relu2"), lambda: False)
        assert explanation is not None
        mass = np.abs(explanation.values).reshape(CELLS, PATCH, CELLS, PATCH).sum((1, 3))
        found += int(np.argmax(mass)) == cell[0] * CELLS + cell[1]
    assert found >= 95
