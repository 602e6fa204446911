"""Explanations of a logit, and the check of a method with random weights."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

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
from cnnviz.inspection.studies import explaining
from cnnviz.inspection.studies.explaining import check, explain
from cnnviz.inspection.studies.explanation import (
    ALIKE,
    METHODS,
    MOST_ERROR,
    Asked,
    Explanation,
    Method,
    Similarity,
    fails,
    layers_with_maps,
    rank_correlation,
    usual_side,
)
from cnnviz.jobs import JobError
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.images import TrainingData

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
    assert all(torch.equal(tensor, before[name]) for name, tensor in MOMENT.tensors.items())
    assert torch.equal(random, torch.get_rng_state())


@pytest.mark.parametrize("method", ["integrated_gradients", "smooth_gradient", "occlusion"])
@pytest.mark.parametrize("allowed", [0, 1])
def test_a_study_that_is_cancelled_leaves_no_trace(method: Method, allowed: int) -> None:
    """Cancelled at once, and after one pass."""
    sample, asked = sample_of(PROJECT.network), Asked(method, 3)
    before = {name: tensor.clone() for name, tensor in MOMENT.tensors.items()}
    random, gradients = torch.get_rng_state(), torch.is_grad_enabled()
    done: list[int] = []
    cancelled = lambda: len(done) >= allowed  # noqa: E731
    assert explain(MOMENT, sample, asked, cancelled, lambda one, _: done.append(one)) is None
    if allowed:
        done.clear()
        assert check(MOMENT, sample, asked, cancelled, lambda one, _: done.append(one)) is None
        assert len(done) == allowed
    assert all(torch.equal(tensor, before[name]) for name, tensor in MOMENT.tensors.items())
    assert all(tensor.grad is None and not tensor.requires_grad for tensor in MOMENT.tensors.values())
    assert torch.equal(random, torch.get_rng_state()) and torch.is_grad_enabled() == gradients


def test_the_parts_sum_to_the_difference_for_every_class_of_real_images(trained: Moment) -> None:
    split = load("mnist").validation
    for number in range(6):
        sample = Sample(split.images[number], int(split.labels[number]), number)
        for target in range(10):
            found = explain(trained, sample, Asked("integrated_gradients", target), lambda: False)
            assert found is not None and found.error <= MOST_ERROR
            difference, all_of_it = found.logit - found.black, float(np.abs(found.values).sum())
            assert abs(found.total - difference) <= 0.01 * max(abs(difference), 0.1 * all_of_it)


def test_a_difference_that_cancels_is_measured_by_the_values_that_cancel() -> None:
    asked = Asked("integrated_gradients", 0)
    values = np.array([[5.0, -4.99]], np.float32)
    near_zero = Explanation(asked, values, logit=1.0, black=1.0)
    assert near_zero.missed == pytest.approx(0.01, abs=1e-6)
    assert near_zero.error == pytest.approx(0.01 / 0.999, rel=1e-3)
    assert Explanation(asked, values + 5, logit=11.0, black=1.0).error == pytest.approx(0.01 / 10, rel=1e-3)
    assert Explanation(asked, np.zeros((1, 2), np.float32), 1.0, 1.0).error == 0


def test_a_large_network_takes_few_points_and_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of passes, and what each of them takes, are bounded, however large the network is."""
    macs = MOMENT.shapes.macs
    monkeypatch.setattr(explaining, "LARGEST_PASS", macs)
    monkeypatch.setattr(explaining, "MOST_MACS", 10 * macs)
    for method, last in (("integrated_gradients", 64), ("occlusion", 49)):
        done: list[tuple[int, int]] = []
        asked = Asked(cast("Method", method), 3)
        explain(MOMENT, sample_of(PROJECT.network), asked, lambda: False, lambda *one, done=done: done.append(one))
        assert done == [(number, last) for number in range(1, last + 1)]
    assert usual_side(28) == usual_side(32) == 4 and usual_side(224) == 32


def test_what_cannot_be_explained_is_a_sentence() -> None:
    with pytest.raises(JobError, match="no class number 10"):
        explain(MOMENT, sample_of(PROJECT.network), Asked("gradient", 10), lambda: False)
    broken = replace(MOMENT, tensors={name: tensor.float() * float("nan") for name, tensor in MOMENT.tensors.items()})
    with pytest.raises(JobError, match="not a number"):
        explain(broken, sample_of(PROJECT.network), Asked("gradient", 1), lambda: False)


def test_layers_with_maps_are_those_of_several_pixels() -> None:
    assert layers_with_maps(MOMENT)[0] == "conv1" and layers_with_maps(MOMENT)[-1] == "pool3"


@pytest.mark.parametrize("method", METHODS)
def test_with_random_weights_the_picture_is_another(trained: Moment, method: Method) -> None:
    split = load("mnist").validation
    correlations = []
    for number in range(6):
        sample = Sample(split.images[number], int(split.labels[number]), number)
        done: list[tuple[int, int]] = []
        asked = Asked(method, int(split.labels[number]), "pool3" if method == "grad_cam" else "")
        found = check(trained, sample, asked, lambda: False, lambda *each, done=done: done.append(each))
        assert found is not None and found[0].node == "fc1" and found[-1].node == "conv1"
        assert done[-1] == (len(found), len(found))
        # a single picture may fail, and then the method says so
        assert fails(found) == (found[-1].correlation >= ALIKE)
        correlations.append(found[-1].correlation)
    assert np.median(correlations) < ALIKE


def test_a_method_that_shows_the_same_with_random_weights_fails() -> None:
    assert fails((Similarity("fc", 0.2), Similarity("conv", 0.5)))
    assert not fails((Similarity("fc", 0.9), Similarity("conv", 0.49))) and not fails(())
