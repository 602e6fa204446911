"""Axes equal those of scikit-learn and a singular value decomposition, and points equal a plain loop."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import prod

import numpy as np
import pytest
import torch
from inspection_kit import moment_of
from sklearn.decomposition import PCA

from cnnviz.data.catalogue import Split
from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.point import PointOf
from cnnviz.inspection.axes import oriented
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.studies import layer_batches
from cnnviz.inspection.studies import principal as principal_module
from cnnviz.inspection.studies.points import Chosen, chosen_of, layers_with_points
from cnnviz.inspection.studies.principal import principal
from cnnviz.inspection.studies.projecting import fit, project
from cnnviz.inspection.viewer import Viewer
from cnnviz.jobs import JobError
from cnnviz.network.graph import set_layer
from cnnviz.network.layers import Input
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build_with

MOMENT = moment_of(TEMPLATES["pytorch-tutorial"].project().network)


def never() -> bool:
    return False


def chosen(count: int, seed: int = 0) -> Chosen:
    """Images with structure: sums of a few patterns, so that some directions stand out."""
    rng = np.random.default_rng(seed)
    patterns = rng.random((6, 784)) ** 3
    weights = rng.random((count, 6)) * [4, 3, 2, 1, 0.5, 0.3]
    pixels = np.clip(weights @ patterns * 60, 0, 255).astype(np.uint8)
    return chosen_of(Split(pixels.reshape(count, 1, 28, 28), rng.integers(0, 10, count)))


def outputs(moment: Moment, images: Chosen, node: str) -> np.ndarray:
    """One image at a time."""
    module = build_with(moment.network, moment.shapes, moment.tensors)
    with torch.inference_mode():
        rows = [
            module(torch.from_numpy(image[None]).float() / 255, (node,))[1][node].flatten().float().numpy()
            for image in images.images
        ]
    return np.array(rows, np.float64)


@cache
def decomposed(node: str) -> tuple[np.ndarray, PCA]:
    """The outputs for 150 images, and what scikit-learn makes of them."""
    rows = outputs(MOMENT, chosen(150), node)
    return rows, PCA(2, svd_solver="full").fit(rows)


@pytest.mark.parametrize("node", ["conv1", "conv2", "pool1", "relu3", "fc2"])
@pytest.mark.parametrize("gram_bytes", [principal_module.GRAM_BYTES, 0])
def test_axes_equal_those_of_scikit_learn(monkeypatch: pytest.MonkeyPatch, node: str, gram_bytes: int) -> None:
    """Whether the rows are decomposed as a whole or by an iteration."""
    monkeypatch.setattr(principal_module, "GRAM_BYTES", gram_bytes)
    images = chosen(150)
    found = fit(MOMENT, images, node, never)
    assert found is not None and found.components.rows == 150
    rows, theirs = decomposed(node)
    components = found.components
    assert components.variances / components.total == pytest.approx(theirs.explained_variance_ratio_, rel=1e-4)
    signs = np.sign((components.directions * theirs.components_).sum(1))
    assert components.directions == pytest.approx(theirs.components_ * signs[:, None], abs=1e-3)
    assert components.mean == pytest.approx(theirs.mean_, abs=1e-5)
    points = project(MOMENT, images, found, lambda _: None, never)
    assert points is not None
    expected = theirs.transform(rows) * signs
    assert points.positions == pytest.approx(expected, abs=2e-3 * np.abs(expected).max())
    assert points.shares == pytest.approx(theirs.explained_variance_ratio_, rel=1e-3)


def test_many_columns_that_are_computed_for_each_pass_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    images = chosen(60)
    kept = fit(MOMENT, images, "conv1", never)
    monkeypatch.setattr(layer_batches, "KEPT_BYTES", 0)
    again = fit(MOMENT, images, "conv1", never)
    assert kept is not None and again is not None
    assert np.array_equal(kept.components.directions, again.components.directions)


def test_directions_have_signs_by_a_rule() -> None:
    rng = np.random.default_rng(1)
    rows = torch.from_numpy(rng.normal(size=(50, 4)).astype(np.float32) * [4, 3, 2, 1]).float()
    one, other = (principal(lambda rows=each: iter([rows]), 2) for each in (rows, -rows))  # type: ignore[misc]
    assert one is not None and other is not None
    assert one.directions == pytest.approx(other.directions, abs=1e-6)
    largest = np.abs(one.directions).argmax(1)
    assert (one.directions[[0, 1], largest] > 0).all()
    assert oriented(one.directions, -other.directions) == pytest.approx(-one.directions)


@pytest.mark.parametrize("width", [1, 3, 1500])
def test_rows_without_variance_or_with_few_columns_have_directions(width: int) -> None:
    found = principal(lambda: iter([torch.ones(4, width)]), 2)
    assert found is not None and found.directions.shape == (2, width)
    assert found.total == 0 and np.isfinite(found.directions).all() and not found.variances.any()


def test_points_equal_a_plain_loop_and_know_the_predictions() -> None:
    images = chosen(30)
    early = moment_of(MOMENT.network, 8)
    axes = fit(early, images, "pool2", never)
    assert axes is not None
    points = project(MOMENT, images, axes, lambda _: None, never)
    assert points is not None
    rows, directions = outputs(MOMENT, images, "pool2"), axes.components.directions
    for row, position in zip(rows, points.positions, strict=True):
        expected = [sum((row - axes.components.mean) * direction) for direction in directions]
        assert position == pytest.approx(expected, rel=1e-4, abs=1e-4)
    logits = outputs(MOMENT, images, "fc2")
    assert points.predictions.predicted.tolist() == logits.argmax(1).tolist()
    assert points.predictions.labels.tolist() == images.labels.tolist()
    along = points.positions.var(0) / rows.var(0).sum()
    assert points.shares == pytest.approx(along, rel=1e-3)


def test_a_part_of_the_points_is_renewed_and_the_others_keep_their_step() -> None:
    images, later = chosen(31), moment_of(MOMENT.network, 8)
    later = Moment(later.network, later.shapes, later.tensors, 1, 9, False)
    axes = fit(MOMENT, images, "fc1", never)
    assert axes is not None
    before, after = (project(moment, images, axes, lambda _: None, never) for moment in (MOMENT, later))
    assert before is not None and after is not None
    few, rows = images.part(slice(0, 20)), slice(20, 27)
    assert before.rows_to_renew(7, 31) == slice(0, 7) and before.rows_to_renew(40, 31) == slice(0, 31)
    grown = project(MOMENT, few, axes, lambda _: None, never)
    assert grown is not None and grown.rows_to_renew(7, 31) == rows
    part = project(later, images.part(rows), axes, lambda _: None, never)
    assert part is not None
    grown = grown.renewed(part, rows, images.part(slice(0, 27)))
    assert len(grown.chosen) == 27 and grown.rows_to_renew(40, 60) == slice(27, 60)
    both = before.renewed(part, rows, images)
    assert both.step == 9 and before.whole and not both.whole
    assert np.array_equal(grown.positions, both.positions[:27]) and grown.predictions.labels is not None
    assert both.rows_to_renew(25, 31) == slice(0, 25)
    for row in range(31):
        newer = 20 <= row < 27
        expected = after if newer else before
        assert both.steps[row] == (9 if newer else 5)
        assert both.positions[row] == pytest.approx(expected.positions[row], rel=1e-4, abs=1e-5)
        assert both.predictions.probabilities[row] == pytest.approx(expected.predictions.probabilities[row], abs=1e-6)
        assert both.predictions.losses[row] == pytest.approx(expected.predictions.losses[row], rel=1e-4, abs=1e-6)


def test_images_are_spread_over_the_split_and_keep_their_numbers() -> None:
    split = Split(np.arange(5000 * 4, dtype=np.int64).astype(np.uint8).reshape(5000, 1, 2, 2), np.arange(5000) % 10)
    found = chosen_of(split)
    assert len(found) == 2000 and found.indices.min() == 0 and found.indices.max() == 4997
    assert len(set(found.indices.tolist())) == 2000 and found.row_of(int(found.indices[77])) == 77
    assert found.row_of(1) is None
    # the first of them are evenly spaced too
    assert np.diff(np.sort(found.indices[:256])).max() <= 2.7 * 5000 / 256
    assert np.array_equal(found.images, split.images[found.indices])
    assert len(chosen_of(Split(split.images[:7], split.labels[:7]))) == 7
    assert len(chosen_of(Split(split.images[:0], split.labels[:0]))) == 0


def test_looking_leaves_no_trace_also_when_cancelled() -> None:
    before = {name: tensor.clone() for name, tensor in MOMENT.tensors.items()}
    state = torch.random.get_rng_state()
    images, calls = chosen(600), iter([False, False, True])
    assert fit(MOMENT, images, "conv1", lambda: next(calls)) is None
    axes = fit(MOMENT, images, "fc1", never)
    assert axes is not None
    calls = iter([False, True])
    assert project(MOMENT, images, axes, lambda _: None, lambda: next(calls)) is None
    assert torch.equal(state, torch.random.get_rng_state())
    for name, tensor in MOMENT.tensors.items():
        assert torch.equal(tensor, before[name]) and tensor.grad is None and not tensor.requires_grad


def test_images_of_another_size_and_outputs_that_are_no_numbers_are_refused() -> None:
    wrong = chosen_of(Split(np.zeros((3, 3, 32, 32), np.uint8), np.zeros(3, np.int64)))
    with pytest.raises(JobError, match="no answers for these images yet"):
        fit(MOMENT, wrong, "conv1", never)
    tensors = {name: tensor.clone() for name, tensor in MOMENT.tensors.items()}
    tensors["conv2.bias"][0] = float("nan")
    broken = Moment(MOMENT.network, MOMENT.shapes, tensors, 1, 5, True)
    with pytest.raises(JobError, match="not a number"):
        fit(broken, chosen(5), "conv2", never)
    for node in ("conv2", "relu1"):
        axes = fit(MOMENT, chosen(5), node, never)
        assert axes is not None
        with pytest.raises(JobError, match="not a number"):
            project(broken, chosen(5), axes, lambda _: None, never)
    # the sum of many large values is no number, but each of them is
    tensors["conv2.bias"].fill_(1e37)
    large = fit(Moment(MOMENT.network, MOMENT.shapes, tensors, 1, 5, True), chosen(5), "conv2", never)
    assert large is not None and np.isfinite(large.components.mean).all()


def test_the_point_of_a_drawing_equals_a_plain_loop_and_of_an_image_its_point() -> None:
    images = chosen(40)
    axes = fit(MOMENT, images, "pool2", never)
    assert axes is not None
    points, asked = project(MOMENT, images, axes, lambda _: None, never), PointOf("pool2", axes)
    drawing = np.zeros((1, 28, 28), np.uint8)
    drawing[0, 5:20, 12:15] = 255
    viewer = Viewer(ANSWERS)
    for unfinished in (True, False):
        drawn = Sample(drawing, split="drawn", unfinished=unfinished)
        found = viewer.snapshot(MOMENT, drawn, frozenset({asked})).answer(asked)
        row = outputs(MOMENT, Chosen(np.zeros(1, np.int64), drawing[None], np.zeros(1, np.int64)), "pool2")[0]
        expected = [sum((row - axes.components.mean) * direction) for direction in axes.components.directions]
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-3)
        drawing = np.roll(drawing, 4, 2)
    known = viewer.snapshot(MOMENT, Sample(images.images[7], 1, 7), frozenset({asked})).answer(asked)
    assert points is not None and known == pytest.approx(points.positions[7], rel=1e-3, abs=1e-3)
    other = fit(MOMENT, images, "relu3", never)
    assert other is not None and not PointOf("pool2", replace(other, node="pool2")).possible(MOMENT)


def test_images_that_were_prepared_once_give_the_same_points_and_no_others() -> None:
    images = chosen(30)
    assert images.part(slice(0, 30)) is images and images.part(slice(0, 29)) is not images
    network = set_layer(MOMENT.network, "input", Input((1, 28, 28), (0.5,), (0.2,)))
    other = Moment(network, infer(network), MOMENT.tensors, 1, 5, True)
    for moment, node in ((MOMENT, "fc1"), (other, "fc1"), (MOMENT, "conv2"), (MOMENT, "input"), (MOMENT, "fc1")):
        axes = fit(moment, images, node, never)
        assert axes is not None
        fresh = chosen(30)
        for _ in range(2):
            again, anew = (project(moment, each, axes, lambda _: None, never, "bfloat16") for each in (images, fresh))
            assert again is not None and anew is not None and np.array_equal(again.positions, anew.positions)
            assert np.array_equal(again.predictions.probabilities, anew.predictions.probabilities)


def test_layers_with_points_have_at_least_two_values() -> None:
    layers = layers_with_points(MOMENT)
    assert layers[0] == "input" and layers[-1] == "fc2"
    assert all(prod(MOMENT.shapes.nodes[name].output or ()) > 1 for name in layers)


@pytest.mark.parametrize("node", ["conv1", "relu1", "conv2", "pool2", "fc2"])
def test_points_in_bfloat16_equal_a_plain_loop_in_bfloat16(node: str) -> None:
    images = chosen(30)
    axes = fit(MOMENT, images, node, never)
    assert axes is not None
    points = project(MOMENT, images, axes, lambda _: None, never, "bfloat16")
    exact = project(MOMENT, images, axes, lambda _: None, never)
    assert points is not None and exact is not None
    with torch.autocast("cpu", torch.bfloat16):
        rows, logits = outputs(MOMENT, images, node), outputs(MOMENT, images, "fc2")
    components, extent = axes.components, float(np.abs(exact.positions).max())
    for row, position in zip(rows, points.positions, strict=True):
        expected = [sum((row - components.mean) * direction) for direction in components.directions]
        assert position == pytest.approx(expected, abs=0.01 * extent)
    assert points.positions == pytest.approx(exact.positions, abs=0.02 * extent)
    assert points.positions.dtype == np.float32 and not np.array_equal(points.positions, exact.positions)
    assert exact.exact.all() and not points.exact.any() and points.whole
    assert points.rows_to_renew(7, 30, exactly=True) == slice(0, 7)
    part = project(MOMENT, images.part(slice(0, 7)), axes, lambda _: None, never)
    assert part is not None
    mixed = points.renewed(part, slice(0, 7), images)
    assert mixed.rows_to_renew(40, 30, exactly=True) == slice(0, 30)
    assert mixed.rows_to_renew(20, 30, exactly=True) == slice(7, 27)
    assert mixed.rows_to_renew(20, 30, exactly=False) == slice(0, 20)
    shares = torch.softmax(torch.from_numpy(logits), 1).numpy()
    assert points.predictions.probabilities == pytest.approx(shares, abs=0.1)
    assert points.predictions.probabilities == pytest.approx(exact.predictions.probabilities, abs=0.1)
