"""Loss and accuracy by class, and suspicious labels, equal a plain loop over the predictions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.inspection.studies.epochs import LEAST_EPOCHS, Doubt, EpochResult, suspicious_labels
from cnnviz.inspection.studies.predictions import Predictions


def predictions(said: list[int], labels: list[int], classes: int, seed: int = 0, step: int = 1) -> Predictions:
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.01, 0.1, (len(said), classes)).astype(np.float32)
    shares[np.arange(len(said)), said] = 0.5
    losses = rng.uniform(0, 3, len(said)).astype(np.float32)
    return Predictions("validation", 1, step, shares, losses, np.array(labels))


@st.composite
def epochs(draw: st.DrawFn) -> tuple[list[list[int]], list[int], int]:
    classes, images = draw(st.integers(2, 5)), draw(st.integers(1, 12))
    classed = st.lists(st.integers(0, classes - 1), min_size=images, max_size=images)
    return draw(st.lists(classed, min_size=1, max_size=8)), draw(classed), classes


@settings(max_examples=80, deadline=None)
@given(epochs())
def test_suspicious_labels_equal_a_plain_loop(made: tuple[list[list[int]], list[int], int]) -> None:
    said, labels, classes = made
    results = [EpochResult.of(predictions(row, labels, classes, at), at + 1) for at, row in enumerate(said)]
    expected = []
    for image, label in enumerate(labels):
        others = [row[image] for row in said if row[image] != label]
        if len(said) >= LEAST_EPOCHS and len(others) >= 0.8 * len(said):
            most = max(Counter(others).values())
            said_most = min(other for other, times in Counter(others).items() if times == most)
            expected.append(Doubt(image, label, len(others), len(said), said_most, most))
    found = suspicious_labels(results, np.array(labels))
    assert sorted(found, key=lambda doubt: doubt.image) == expected
    order = [(-doubt.denied, -doubt.said_times, doubt.image) for doubt in found]
    assert order == sorted(order)


@settings(max_examples=40, deadline=None)
@given(epochs())
def test_values_by_class_equal_a_plain_loop(made: tuple[list[list[int]], list[int], int]) -> None:
    said, labels, classes = made
    one = predictions(said[0], labels, classes)
    result = EpochResult.of(one, 3)
    assert result.epoch == 3 and result.predicted.tolist() == said[0]
    for label in range(classes):
        own = [at for at, each in enumerate(labels) if each == label]
        accuracy = np.mean([said[0][at] == label for at in own]) if own else np.nan
        loss = np.mean([float(one.losses[at]) for at in own]) if own else np.nan
        assert result.accuracies[label] == pytest.approx(accuracy, nan_ok=True)
        assert result.losses[label] == pytest.approx(loss, nan_ok=True)
    right = [mine == label for mine, label in zip(said[0], labels, strict=True)]
    assert result.accuracy == pytest.approx(np.mean(right))
    assert result.loss == pytest.approx(np.mean(one.losses.astype(float)))


def test_wrong_labels_are_found_among_networks_that_are_wrong_at_random() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 10, 1000)
    labels = truth.copy()
    flipped = rng.choice(1000, 20, replace=False)
    labels[flipped] = (truth[flipped] + rng.integers(1, 10, 20)) % 10
    results = []
    for epoch in range(8):
        wrong = rng.random(1000) < 0.04
        said = np.where(wrong, rng.integers(0, 10, 1000), truth)
        results.append(EpochResult.of(predictions(said.tolist(), labels.tolist(), 10, epoch), epoch))
    found = suspicious_labels(results, labels)
    assert {doubt.image for doubt in found} == set(flipped.tolist())
    assert all(doubt.said == truth[doubt.image] for doubt in found)
