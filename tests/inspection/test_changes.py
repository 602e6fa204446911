"""Weights and maps against another moment: equal to two runs of torch, and kept as long as they are needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.changes import KernelChangeOf, MapChangeOf
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.moment import Live, Moment, Sample
from cnnviz.inspection.viewer import Viewer
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain, rename, set_layer
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.training.channels import Weights, WeightsSlot
from cnnviz.training.model import build, build_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cnnviz.inspection.questions import Question

NETWORK = chain(
    ("input", Input((1, 8, 8), (0.5,), (0.25,))),
    ("conv1", Conv2d(3, (3, 3))),
    ("norm1", BatchNorm2d()),
    ("relu1", ReLU()),
    ("flatten", Flatten()),
    ("fc1", Dense(4)),
    ("output", Output()),
)
SAMPLE = Sample(np.random.default_rng(0).integers(0, 256, (1, 8, 8)).astype(np.uint8))
NODES = ("conv1", "norm1", "relu1", "flatten", "fc1")


def moment(seed: int, step: int, network: Network = NETWORK, run: int = 1) -> Moment:
    report = check(network, Facts((1, 8, 8), 4))
    tensors = {name: tensor.clone() for name, tensor in build(network, report, seed).state_dict().items()}
    for name, tensor in tensors.items():
        if "running" in name:
            tensor.add_(0.1 * (seed + 1))
    return Moment(network, report, tensors, run, step, False)


def outputs(one: Moment) -> Mapping[str, NDArray[np.float32]]:
    pixels = torch.from_numpy(SAMPLE.image).float().div(255).unsqueeze(0)
    module = build_with(one.network, one.shapes, one.tensors)
    return {name: value[0].numpy() for name, value in module(pixels, one.network.order)[1].items()}


def test_changes_are_those_between_two_runs_of_torch() -> None:
    then, now = moment(0, 0), moment(1, 40)
    asked: set[Question[Any]] = {MapsOf("conv1"), KernelsOf("conv1")}
    asked |= {MapChangeOf(node, then) for node in NODES} | {KernelChangeOf(node, then) for node in NODES}
    snapshot = Viewer(ANSWERS).snapshot(now, SAMPLE, frozenset(asked))
    before, after = outputs(then), outputs(now)
    for node in NODES:
        maps = snapshot.answer(MapChangeOf(node, then))
        assert maps is not None and maps.signed
        assert np.array_equal(maps.values, after[node] - before[node])
        assert 0 < maps.limit <= maps.full == np.abs(maps.values).max()
    for node in ("conv1", "fc1"):
        kernels = snapshot.answer(KernelChangeOf(node, then))
        assert kernels is not None
        assert np.array_equal(kernels.weight, (now.tensors[f"{node}.weight"] - then.tensors[f"{node}.weight"]).numpy())
    assert snapshot.answer(KernelChangeOf("relu1", then)) is None
    # the answers beside them are those of now
    plain = snapshot.answer(MapsOf("conv1"))
    assert plain is not None and np.array_equal(plain.values, after["conv1"])


def test_a_renamed_layer_is_the_same_layer() -> None:
    then = moment(0, 0)
    network = rename(NETWORK, "conv1", "first")
    now = moment(1, 40, network)
    snapshot = Viewer(ANSWERS).snapshot(
        now, SAMPLE, frozenset({MapChangeOf("relu1", then), KernelChangeOf("first", then)})
    )
    maps, kernels = snapshot.answer(MapChangeOf("relu1", then)), snapshot.answer(KernelChangeOf("first", then))
    assert maps is not None and np.array_equal(maps.values, outputs(now)["relu1"] - outputs(then)["relu1"])
    assert kernels is not None
    assert np.array_equal(kernels.weight, (now.tensors["first.weight"] - then.tensors["conv1.weight"]).numpy())


def test_what_comes_after_a_changed_layer_is_not_compared() -> None:
    then = moment(0, 0)
    now = moment(1, 40, set_layer(NETWORK, "fc1", Dense(4, False)))
    wider = moment(1, 40, set_layer(NETWORK, "conv1", Conv2d(5, (3, 3))))
    assert MapChangeOf("relu1", then).possible(now) and not MapChangeOf("fc1", then).possible(now)
    assert KernelChangeOf("fc1", then).possible(now) and not KernelChangeOf("conv1", then).possible(wider)
    snapshot = Viewer(ANSWERS).snapshot(now, SAMPLE, frozenset({MapChangeOf("relu1", then)}))
    maps = snapshot.answer(MapChangeOf("relu1", then))
    assert maps is not None and np.array_equal(maps.values, outputs(now)["relu1"] - outputs(then)["relu1"])


@pytest.fixture
def slot() -> WeightsSlot:
    return WeightsSlot()


def offered(one: Moment) -> Weights:
    return Weights(one.run, one.step, one.network, one.shapes, one.tensors, one.settled)


def test_the_first_moment_of_a_run_is_kept_and_of_the_run_before(slot: WeightsSlot) -> None:
    live = Live(slot)
    assert live.first is None
    firsts: dict[int, Moment] = {}
    for run in (1, 2, 3):
        for step in (0, 1, 2):
            slot.publish(offered(moment(run, step, run=run)))
            assert live.newest is not None
            firsts.setdefault(run, live.newest)
            first = live.first
            assert first is not None and first.step == 0 and first.run == run
            assert first.tensors is firsts[run].tensors
    slot.publish(offered(moment(2, 9, run=2)))
    assert live.first is not None and live.first.run == 2
    slot.publish(offered(moment(1, 9, run=1)))
    assert live.first is None
    assert firsts[3].bytes == sum(tensor.nbytes for tensor in firsts[3].tensors.values())
    slot.publish(None)
    assert live.first is None


def test_a_run_from_a_file_has_no_first_moment(slot: WeightsSlot) -> None:
    live = Live(slot)
    slot.publish(offered(replace(moment(0, 7), settled=True)))
    assert live.newest is not None and live.first is None
