"""Explanations of a logit, and the check of a method with random weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inspection_kit import moment_of, sample_of
from scipy.stats import spearmanr
from training_kit import advance, state_of, tensors

from cnnviz.data.catalogue import load
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.studies.explaining import check, explain
from cnnviz.inspection.studies.explanation import (
    ALIKE,
    METHODS,
    Asked,
    Method,
    fails,
    layers_with_maps,
    rank_correlation,
)
from cnnviz.jobs import JobError
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.loop import TrainingData

PROJECT = TEMPLATES["fast"].project()
MOMENT = moment_of(PROJECT.network)


@pytest.fixture(scope="module")
def trained() -> Moment:
    """The network after some training, so that it knows digits."""
    state = state_of(PROJECT)
    advance(state, TrainingData.of(load("mnist"), torch.device("cpu")), 60)
    return Moment(PROJECT.network, infer(PROJECT.network), tensors(state), 1, 60, settled=True)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=30), st.integers(0, 2**31))
def test_rank_correlations_equal_those_of_scipy(values: list[int], seed: int) -> None:
    one = np.array(values, np.float32)
    other = np.random.default_rng(seed).permutation(one)
    if len(set(values)) > 1:
        assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    else:
        assert rank_correlation(one, other) == 0


@pytest.mark.parametrize("method", METHODS)
def test_every_method_explains_and_leaves_no_trace(method: Method) -> None:
    sample = sample_of(PROJECT.network)
    before = {name: tensor.clone() for name, tensor in MOMENT.tensors.items()}
    random = torch.get_rng_state()
    found = explain(MOMENT, sample, Asked(method, 3, "conv2"), lambda: False)
    assert found is not None and found.values.shape == (28, 28) and found.values.any()
    assert found.signed == (found.values.min() < 0)
    if method == "integrated_gradients":
        assert found.total == pytest.approx(found.logit - found.black, rel=0.01)
    assert all(torch.equal(tensor, before[name]) for name, tensor in MOMENT.tensors.items())
    assert torch.equal(random, torch.get_rng_state())
    assert explain(MOMENT, sample, Asked("occlusion", 3), lambda: True) is None


def test_what_cannot_be_explained_is_a_sentence() -> None:
    with pytest.raises(JobError, match="no class number 10"):
        explain(MOMENT, sample_of(PROJECT.network), Asked("gradient", 10), lambda: False)
    broken = replace(MOMENT, tensors={name: tensor.float() * float("nan") for name, tensor in MOMENT.tensors.items()})
    with pytest.raises(JobError, match="not a number"):
        explain(broken, sample_of(PROJECT.network), Asked("gradient", 1), lambda: False)


def test_layers_with_maps_are_those_of_several_pixels() -> None:
    assert layers_with_maps(MOMENT)[0] == "conv1" and layers_with_maps(MOMENT)[-1] == "pool3"


def test_with_random_weights_the_picture_is_another(trained: Moment) -> None:
    split = load("mnist").validation
    sample = Sample(split.images[0], int(split.labels[0]), 0)
    done: list[tuple[int, int]] = []
    asked = Asked("integrated_gradients", int(split.labels[0]))
    found = check(trained, sample, asked, lambda *each: done.append(each), lambda: False)
    assert found is not None and found[0].node == "fc1" and found[-1].node == "conv1"
    assert done[-1] == (len(found), len(found))
    assert found[-1].correlation < ALIKE and not fails(found)
    assert check(trained, sample, asked, lambda *_: None, lambda: True) is None
