"""Statistics of predictions equal those of scikit-learn, and predictions equal a plain loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from inspection_kit import moment_of
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from cnnviz.data.catalogue import Split
from cnnviz.inspection.studies import image_batches
from cnnviz.inspection.studies.predicting import predict
from cnnviz.inspection.studies.predictions import BINS, Predictions
from cnnviz.jobs import JobError
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build_with

MOMENT = moment_of(TEMPLATES["fast"].project().network)


def split_of(count: int, shape: tuple[int, ...] = (1, 28, 28), seed: int = 0) -> Split:
    rng = np.random.default_rng(seed)
    return Split(rng.integers(0, 256, (count, *shape), np.uint8), rng.integers(0, 10, count))


@st.composite
def predictions(draw: st.DrawFn) -> Predictions:
    count, classes = draw(st.integers(1, 60)), draw(st.integers(2, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    logits = torch.from_numpy(rng.normal(0, draw(st.sampled_from([0.1, 3.0, 30.0])), (count, classes))).float()
    labels = rng.integers(0, classes, count)
    losses = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels), reduction="none")
    return Predictions("validation", 1, 5, logits.softmax(1).numpy(), losses.numpy(), labels)


@settings(max_examples=60, deadline=None)
@given(predictions())
def test_statistics_equal_those_of_scikit_learn(found: Predictions) -> None:
    classes = np.arange(found.class_count)
    labels, said = found.labels, found.probabilities.argmax(1)
    assert found.confusion.tolist() == confusion_matrix(labels, said, labels=classes).tolist()
    assert found.accuracy == pytest.approx(accuracy_score(labels, said))
    for mine, score in ((found.precision, precision_score), (found.recall, recall_score)):
        theirs = score(labels, said, labels=classes, average=None, zero_division=np.nan)
        assert mine == pytest.approx(theirs, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(predictions())
def test_calibration_equals_that_of_scikit_learn(found: Predictions) -> None:
    right, confidence = found.right.astype(int), found.confidence.astype(float)
    assume(len(set(right)) == 2)
    curve = found.calibration
    # its bins are closed on the other side, so confidences at an edge may lie in the bin beside
    assume(not np.isclose(confidence * BINS % 1, 0).any())
    accuracy, mean = calibration_curve(right, confidence, n_bins=BINS)
    used = curve.counts > 0
    assert curve.accuracy[used] == pytest.approx(accuracy)
    assert curve.confidence[used] == pytest.approx(mean)
    gaps = [curve.counts[used] / len(found) * np.abs(accuracy - mean)]
    assert curve.error == pytest.approx(np.sum(gaps))


@settings(max_examples=30, deadline=None)
@given(predictions())
def test_the_images_of_each_bin_equal_a_plain_loop(found: Predictions) -> None:
    curve = found.calibration
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        loop = [at for at, sure in enumerate(found.confidence.astype(float)) if low < sure <= high]
        assert sorted(found.of_bin(number)) == loop
        assert curve.counts[number] == len(loop)
        assert (np.diff(found.right[found.of_bin(number)].astype(int)) >= 0).all(), "the wrong ones come first"
    sure = [at for at, confidence in enumerate(found.confidence) if confidence >= 0.6]
    share, count = found.accuracy_from(0.6)
    assert count == len(sure)
    assert share == pytest.approx(np.mean([found.right[at] for at in sure]) if sure else np.nan, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(predictions())
def test_galleries_hold_each_image_once_in_their_order(found: Predictions) -> None:
    wrong, right = found.surest_mistakes(), found.surest_right()
    assert sorted([*wrong, *right]) == list(range(len(found)))
    assert not found.right[wrong].any() and found.right[right].all()
    assert (np.diff(found.confidence[wrong]) <= 0).all() and (np.diff(found.confidence[right]) <= 0).all()
    cells = [found.of_cell(label, said) for label in range(found.class_count) for said in range(found.class_count)]
    assert [len(cell) for cell in cells] == found.confusion.ravel().tolist()
    gaps = [np.diff(np.sort(found.probabilities[at])[-2:])[0] for at in found.unsure()]
    assert sorted(found.unsure()) == list(range(len(found))) and (np.diff(gaps) >= 0).all()
    for label in range(found.class_count):
        members = found.of_class(label)
        assert (found.labels[members] == label).all() and (np.diff(found.losses[members]) <= 0).all()
        if len(members):
            assert found.class_losses[label] == pytest.approx(found.losses[members].mean(), rel=1e-5)


def test_of_what_it_calls_sure_and_the_worst_cell() -> None:
    shares = np.array([[0.97, 0.03], [0.96, 0.04], [0.4, 0.6], [0.45, 0.55]], np.float32)
    found = Predictions("validation", 1, 0, shares, np.zeros(4, np.float32), np.array([0, 1, 0, 0]))
    assert found.accuracy_from(0.95) == (0.5, 2)
    assert found.worst_cell() == (0, 1)
    assert np.isnan(found.accuracy_from(0.99)[0])
    perfect = Predictions("validation", 1, 0, shares, np.zeros(4, np.float32), np.array([0, 0, 1, 1]))
    assert perfect.worst_cell() is None


def test_predictions_equal_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_batches, "MOST_IMAGES", 7)
    done: list[int] = []
    split = split_of(20)
    found = predict(MOMENT, split, "validation", done.append, lambda: False)
    assert found is not None and done == [7, 14, 20]
    module = build_with(MOMENT.network, MOMENT.shapes, MOMENT.tensors)
    for at in range(20):
        x = torch.from_numpy(split.images[at : at + 1]).float() / 255
        logits = module(x)[0]
        assert found.probabilities[at] == pytest.approx(logits.softmax(1)[0].numpy(), abs=1e-6)
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(split.labels[at : at + 1]))
        assert float(found.losses[at]) == pytest.approx(float(loss), rel=1e-4)
    assert (found.run, found.step, found.split) == (MOMENT.run, MOMENT.step, "validation")


def test_a_study_leaves_the_moment_as_it_was() -> None:
    before = {name: tensor.clone() for name, tensor in MOMENT.tensors.items()}
    random = torch.get_rng_state()
    assert predict(MOMENT, split_of(5), "validation", lambda _: None, lambda: False) is not None
    assert all(torch.equal(tensor, before[name]) for name, tensor in MOMENT.tensors.items())
    assert all(tensor.stride() == before[name].stride() for name, tensor in MOMENT.tensors.items())
    assert torch.equal(random, torch.get_rng_state())


def test_a_cancelled_study_ends_without_a_result() -> None:
    done: list[int] = []
    assert predict(MOMENT, split_of(2000), "validation", done.append, lambda: bool(done)) is None
    assert len(done) == 1


def test_an_empty_split_has_no_accuracy() -> None:
    found = predict(MOMENT, split_of(0), "test", lambda _: None, lambda: False)
    assert found is not None and len(found) == 0 and np.isnan(found.accuracy) and np.isnan(found.loss)


def test_images_of_another_size_and_outputs_that_are_not_finite_are_sentences() -> None:
    with pytest.raises(JobError, match="no answers for these images yet"):
        predict(MOMENT, split_of(2, (3, 28, 28)), "validation", lambda _: None, lambda: False)
    broken = {name: tensor.float() * float("nan") for name, tensor in MOMENT.tensors.items()}
    moment = replace(MOMENT, tensors=broken)
    with pytest.raises(JobError, match="not a number"):
        predict(moment, split_of(2), "validation", lambda _: None, lambda: False)


def test_without_images_there_are_still_as_many_classes() -> None:
    found = predict(MOMENT, split_of(0), "validation", lambda _: None, lambda: False)
    assert found is not None and len(found) == 0 and found.class_count == 10
    assert found.predicted.shape == (0,) and found.confusion.tolist() == np.zeros((10, 10)).tolist()
