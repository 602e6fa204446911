"""Histograms of a layer: equal to numpy's, also for values that are not numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.histograms import BINS, HistogramsOf, histogram
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.network.shapes import infer
from cnnviz.training.model import build

if TYPE_CHECKING:
    from cnnviz.inspection.questions import Questions

NETWORK = chain(
    ("input", Input((1, 8, 8))),
    ("conv1", Conv2d(3, (3, 3))),
    ("relu1", ReLU()),
    ("flatten", Flatten()),
    ("fc1", Dense(4)),
    ("output", Output()),
)


def test_the_spread_of_a_layer_is_that_of_its_weights_and_outputs() -> None:
    threads = torch.get_num_threads()
    shapes = infer(NETWORK)
    module = build(NETWORK, shapes, seed=3)
    moment = Moment(NETWORK, shapes, module.state_dict(), 1, 5, True)
    sample = Sample(np.arange(64, dtype=np.uint8).reshape(1, 8, 8) * 3)
    asked: Questions = frozenset({HistogramsOf("conv1"), HistogramsOf("relu1"), MapsOf("conv1")})
    snapshot = Viewer(ANSWERS).snapshot(moment, sample, asked)
    torch.set_num_threads(threads)
    answer, maps = snapshot.answer(HistogramsOf("conv1")), snapshot.answer(MapsOf("conv1"))
    assert answer is not None and maps is not None and answer.weights is not None
    weight = module.state_dict()["conv1.weight"].numpy()
    for shown, values in ((answer.weights, weight), (answer.outputs, maps.values)):
        counts, _ = np.histogram(values[values != 0].astype(np.float64), shown.edges)
        assert np.array_equal(shown.counts, counts) and shown.counts.sum() == np.count_nonzero(values)
        assert shown.mean == pytest.approx(float(values.mean()), rel=1e-5)
        assert shown.deviation == pytest.approx(float(values.std()), rel=1e-5)
        assert shown.edges[0] == -shown.edges[-1]
    rectified = snapshot.answer(HistogramsOf("relu1"))
    assert rectified is not None and rectified.weights is None
    assert rectified.outputs.edges[0] == 0
    assert rectified.outputs.zeros == pytest.approx(float((maps.values <= 0).mean()))
    assert rectified.outputs.counts.sum() == np.count_nonzero(maps.values > 0)


def test_what_is_not_a_number_is_counted_aside() -> None:
    made = histogram(np.array([np.nan, np.inf, 1.0, 3.0, 0.0], np.float32))
    assert made.non_finite == 2 and made.counts.sum() == 2 and made.zeros == pytest.approx(1 / 3)
    assert (made.edges[0], made.edges[-1], made.counts[0], made.counts[-1]) == (0.0, 3.0, 0, 1)
    nothing = histogram(np.full(4, np.nan, np.float32))
    assert nothing.non_finite == 4 and nothing.counts.sum() == 0 and len(nothing.counts) == BINS
    same = histogram(np.full(4, 7.0, np.float32))
    assert same.counts.sum() == 4 and same.edges[0] < 7 < same.edges[-1]
