"""The distances of two samples by layer equal those of a plain loop over a torch module."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from inspection_kit import answers, moment_of, sample_of
from networks import valid_networks
from torch.nn.functional import cosine_similarity

from cnnviz.gui.panels.compare.two_samples import Rise, steepest
from cnnviz.inspection.answers.distances import Distances, DistancesTo
from cnnviz.inspection.answers.prediction import NetworkOutput, Prediction
from cnnviz.inspection.moment import Sample
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build_with

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(valid_networks(), st.integers(0, 100))
def test_distances_equal_those_of_a_plain_loop(network: Network, choice: int) -> None:
    moment = moment_of(network)
    a, b = sample_of(network, 1), sample_of(network, 2)
    names = [name for name in moment.shapes.used if not isinstance(network[name], Output)]
    chosen = names[choice % len(names)]
    (found,) = answers(moment, b, [DistancesTo(a, chosen)])
    assert found is not None and found.nodes == tuple(names)
    module = build_with(network, moment.shapes, moment.tensors)
    outputs = []
    with torch.inference_mode():
        for sample in (a, b):
            logits, seen = module(torch.from_numpy(sample.image).float()[None] / 255, set(names))
            assume(logits.isfinite().all() and all(one.isfinite().all() for one in seen.values()))
            outputs.append(seen)
    for name, length, cosine in zip(names, found.lengths.tolist(), found.cosines.tolist(), strict=True):
        one, other = (seen[name].double().flatten() for seen in outputs)
        if not one.any() or not other.any():
            assert length == cosine == float(one.any() != other.any())
            continue
        assert length == pytest.approx(float((one - other).norm() / (one.norm() + other.norm())), abs=1e-5)
        # its eps would be larger than the values that a LocalResponseNorm may leave
        assert cosine == pytest.approx(1 - float(cosine_similarity(one, other, dim=0, eps=0)), abs=1e-5)
    assert found.maps is not None
    for mine, seen in zip(found.maps, outputs, strict=True):
        assert np.allclose(mine, seen[chosen][0].numpy(), rtol=1e-4, atol=1e-5)


def test_a_sample_has_no_distance_to_itself_and_both_predictions_are_those_of_each() -> None:
    network = TEMPLATES["fast"].project().network
    moment, a, b = moment_of(network), sample_of(network, 1), sample_of(network, 2)
    (same,), (other,) = answers(moment, a, [DistancesTo(a)]), answers(moment, b, [DistancesTo(a)])
    assert same is not None and other is not None
    assert not same.lengths.any() and abs(same.cosines).max() < 1e-6 and same.maps is None
    for prediction, sample in zip(other.outputs, (a, b), strict=True):
        (alone,) = answers(moment, sample, [NetworkOutput()])
        assert alone is not None and np.allclose(prediction.logits, alone.logits, atol=1e-4)


def test_an_image_of_another_size_has_no_distance() -> None:
    network = TEMPLATES["fast"].project().network
    small = Sample(np.zeros((1, 8, 8), np.uint8))
    assert answers(moment_of(network), sample_of(network), [DistancesTo(small)]) == [None]


def test_the_layer_with_the_steepest_rise_is_found_along_the_wires() -> None:
    network = chain(
        ("input", Input(shape=(1, 6, 6))), ("conv", Conv2d(out_channels=2)), ("relu", ReLU()), ("flatten", Flatten()),
        ("fc", Dense(out_features=3)), ("out", Output()),
    )  # fmt: skip
    nodes = ("input", "conv", "relu", "flatten", "fc")
    nothing = Prediction(np.zeros(3, np.float32), np.zeros(3, np.float32))
    lengths, cosines = np.array([[0.3, 0.25, 0.5, 0.5, 0.7], [0.1, 0.4, 0.5, 0.5, 0.6]], np.float32)
    found = Distances(nodes, lengths, cosines, (nothing, nothing), None, 1.0)
    assert steepest(network, found, "lengths") == Rise("relu", 0.25, 0.5)
    rise = steepest(network, found, "cosines")
    assert rise is not None and rise.node == "conv"
    assert steepest(network, replace(found, lengths=np.full(5, 0.3, np.float32)), "lengths") is None
