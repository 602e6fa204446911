"""The images that excite a map most and least, and its mean by class, equal a plain loop over the images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from inspection_kit import moment_of
from networks import valid_networks

from cnnviz.data.catalogue import Split
from cnnviz.inspection.studies import image_batches
from cnnviz.inspection.studies.excitation import KEPT
from cnnviz.inspection.studies.exciting import excite
from cnnviz.jobs import JobError
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.excitation import Excitations, Order
    from cnnviz.network.graph import Network

SMALL = chain(
    ("input", Input((3, 7, 6), (0.5,), (0.25,))),
    ("conv", Conv2d(5, (3, 2))),
    ("relu", ReLU()),
    ("flat", Flatten()),
    ("fc", Dense(10)),
    ("output", Output()),
)


def split_for(network: Network, count: int, seed: int = 0, classes: int = 10) -> Split:
    layer = network[network.of_kind(Input)[0]]
    assert isinstance(layer, Input)
    rng = np.random.default_rng(seed)
    return Split(rng.integers(0, 256, (count, *layer.shape), np.uint8), rng.integers(0, classes, count))


def excited(moment: Moment, split: Split, node: str) -> Excitations:
    found = excite(moment, split, node, lambda _: None, lambda: False)
    assert found is not None
    return found


def maps_of(moment: Moment, split: Split, node: str) -> np.ndarray:
    """The outputs of a node for one image after the other, float32 (N, C, H W)."""
    module = build_with(moment.network, moment.shapes, moment.tensors)
    with torch.no_grad():
        every = [module(torch.from_numpy(image[None]).float() / 255, {node})[1][node][0] for image in split.images]
    return np.stack([one.reshape(len(one), -1).numpy() for one in every])


@settings(max_examples=40, deadline=None)
@given(valid_networks(most_layers=6), st.data())
def test_rankings_and_means_equal_a_plain_loop(network: Network, data: st.DataObject) -> None:
    moment = moment_of(network)
    node = data.draw(st.sampled_from(moment.shapes.used))
    split = split_for(network, data.draw(st.integers(1, 30)), classes=4)
    maps = maps_of(moment, split, node)
    assume(np.isfinite(maps).all())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_batches, "MOST_IMAGES", 7)
        found = excited(moment, split, node)
    near = 1e-4 * float(np.abs(maps).max(initial=1e-3))
    highest, lowest = maps.max(2), maps.min(2)  # (N, C)
    every = np.arange(maps.shape[1])[:, None]
    orders: tuple[tuple[Order, np.ndarray, int], ...] = (
        ("strongest", highest, -1),
        ("weakest", highest, 1),
        ("lowest", lowest, 1),
    )
    for order, values, sign in orders:
        if order not in found.rankings:
            # values of a vector, or maps that are nowhere negative
            assert maps.shape[2] == 1 or (maps >= 0).all()
            continue
        ranking = found.rankings[order]
        first = sign * np.sort(sign * values, axis=0)[:KEPT].T
        assert ranking.values == pytest.approx(first, rel=1e-3, abs=near)
        # each image stands with a value of its own, and no image twice
        assert maps[ranking.images, every, ranking.positions] == pytest.approx(ranking.values, rel=1e-3, abs=near)
        assert all(len(set(images)) == len(images) == min(KEPT, len(split)) for images in ranking.images.tolist())
    for label in range(len(found.means)):
        members = highest[split.labels == label]
        expected = members.mean(0, dtype=np.float64) if len(members) else np.full(maps.shape[1], np.nan)
        assert found.means[label] == pytest.approx(expected, nan_ok=True, rel=1e-3, abs=near)


def test_of_equal_values_the_first_image_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_batches, "MOST_IMAGES", 7)
    moment = moment_of(SMALL)
    flat = replace(moment, tensors={name: torch.zeros_like(tensor) for name, tensor in moment.tensors.items()})
    found = excited(flat, split_for(SMALL, 40), "relu")
    assert set(found.rankings) == {"strongest", "weakest"}
    for ranking in found.rankings.values():
        assert (ranking.images == np.arange(KEPT)).all()


def test_what_is_kept_does_not_grow_with_the_images() -> None:
    moment = moment_of(SMALL)
    sizes = {count: excited(moment, split_for(SMALL, count), "conv").bytes for count in (100, 1000)}
    assert sizes[100] == sizes[1000]


def test_the_study_leaves_the_moment_as_it_was() -> None:
    moment = moment_of(SMALL)
    before, random = {name: tensor.clone() for name, tensor in moment.tensors.items()}, torch.get_rng_state()
    excited(moment, split_for(SMALL, 30), "conv")
    assert all(torch.equal(tensor, before[name]) for name, tensor in moment.tensors.items())
    assert all(tensor.grad is None and not tensor.requires_grad for tensor in moment.tensors.values())
    assert torch.equal(random, torch.get_rng_state())


def test_a_cancelled_study_ends_without_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_batches, "MOST_IMAGES", 7)
    done: list[int] = []
    assert excite(moment_of(SMALL), split_for(SMALL, 40), "conv", done.append, lambda: len(done) == 2) is None
    assert done == [7, 14]


def test_a_split_without_images_has_no_examples() -> None:
    found = excited(moment_of(SMALL), split_for(SMALL, 0), "fc")
    assert found.rankings["strongest"].images.shape == (10, 0) and found.means.shape == (0, 10)


def test_images_of_another_size_and_outputs_that_are_not_finite_are_sentences() -> None:
    moment = moment_of(SMALL)
    with pytest.raises(JobError, match="no answers for these images yet"):
        excited(moment, Split(np.zeros((2, 1, 7, 6), np.uint8), np.zeros(2, np.int64)), "conv")
    broken = {name: tensor * float("nan") for name, tensor in moment.tensors.items()}
    with pytest.raises(JobError, match="conv is not a number"):
        excited(replace(moment, tensors=broken), split_for(SMALL, 2), "conv")


@pytest.mark.parametrize("node", ["conv", "fc"])
def test_many_maps_and_classes(node: str) -> None:
    network = chain(
        ("input", Input((3, 8, 8), (0.5,), (0.25,))),
        ("conv", Conv2d(512, (3, 3))),
        ("flat", Flatten()),
        ("fc", Dense(1000)),
        ("output", Output()),
    )
    moment, split = moment_of(network), split_for(network, 50, classes=1000)
    found = excited(moment, split, node)
    highest = maps_of(moment, split, node).max(2)
    assert found.rankings["strongest"].values[:, 0] == pytest.approx(highest.max(0), rel=1e-4)
    assert found.means.shape == (int(split.labels.max()) + 1, highest.shape[1])
