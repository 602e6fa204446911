"""What is told of a training before it begins, against numbers worked out by hand and what torch really keeps."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import memory_of_training
import pytest
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from cnnviz.network.check import check
from cnnviz.network.freezing import with_frozen
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, MultiheadSelfAttention, Output, ReLU
from cnnviz.network.memory import LIBRARIES, SPARE, layer_steps, training_memory
from cnnviz.network.report import Shapes
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.device import place
from cnnviz.training.estimate import (
    LONGEST,
    SHORTEST,
    Estimate,
    Speed,
    image_estimate,
    remember,
    remembered,
    remembered_for,
    step_seconds,
    training_estimate,
)
from cnnviz.training.facts import facts_of_data
from cnnviz.training.model import build
from cnnviz.training.speed import _quickest, measure

if TYPE_CHECKING:
    from pathlib import Path

    from warm_python import WarmPython

pytestmark = pytest.mark.usefixtures("one_torch_thread")

NETWORK = chain(
    ("input", Input()),
    ("conv1", Conv2d(2, (3, 3), bias=False)),
    ("flatten", Flatten()),
    ("fc1", Dense(10)),
    ("output", Output()),
)
PROJECT = Project(NETWORK, recipe=Recipe("sgd", 0.1, momentum=0.9, batch_size=100))
WEIGHTS = 18 + 10 * 2 * 26 * 26 + 10
VALUES = 28 * 28 + 2 * 2 * 26 * 26 + 2 * 10
GRADIENTS = 2 * 2 * 26 * 26
MACS = 18 * 26 * 26 + 10 * 2 * 26 * 26


def test_memory_by_hand() -> None:
    facts = facts_of_data(PROJECT)
    memory = training_memory(check(NETWORK, facts), facts)
    assert (memory.parameters, memory.gradients, memory.optimizer) == (4 * WEIGHTS, 4 * WEIGHTS, 4 * WEIGHTS)
    assert memory.copies == 12 * WEIGHTS
    assert memory.activations == 4 * 100 * (VALUES + GRADIENTS)
    assert memory.step == 12 * WEIGHTS + 400 * (VALUES + GRADIENTS)
    assert memory.total == memory.step + memory.copies + LIBRARIES
    assert memory.needed == round(SPARE * memory.total)
    # 64 images of 100 fit where 20 are missing, and none where there is room for the weights alone
    assert memory.fitting(100, memory.needed) == 64
    assert memory.fitting(100, memory.needed - round(SPARE * 20 * 4 * (VALUES + GRADIENTS))) == 64
    assert memory.fitting(100, round(SPARE * memory.weights)) == 0
    half = training_memory(check(NETWORK, facts), replace(facts, half=True))
    assert half.activations == round(0.55 * memory.activations) and half.weights == memory.weights


def test_pools_are_told_as_they_are_computed() -> None:
    """Max-pooling goes before a ReLU that nothing else reads, and keeps where each maximum was."""
    pooled = chain(
        ("input", Input()),
        ("conv1", Conv2d(2, (3, 3), bias=False)),
        ("relu1", ReLU()),
        ("pool1", MaxPool2d()),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    facts = facts_of_data(PROJECT)
    whole, part = 2 * 26 * 26, 2 * 13 * 13
    outputs = 28 * 28 + whole + 3 * part + 2 * 10
    memory = training_memory(check(pooled, facts), facts)
    # pool1, relu1 and flatten have a value for each window; places are int64; the largest gradients are those of pool1
    assert memory.activations == 4 * 100 * (outputs + 2 * part + (whole + part))


@pytest.mark.parametrize("name", ["googlenet-28", "attention", "lenet-5"])
def test_the_memory_of_each_layer_is_that_of_a_network_of_this_layer_alone(name: str) -> None:
    project = TEMPLATES[name].project()
    facts = facts_of_data(project)
    network = project.network
    first_half = [*network.nodes][: len(network.nodes) // 2]
    for changed in (network, with_frozen(network, first_half)):
        for half in (False, True):
            known = replace(facts, half=half)
            report = check(changed, known)
            alone = {
                node: training_memory(Shapes({node: report.nodes[node]}, (node,), report.inferred_for), known).step
                for node in report.used
            }
            assert layer_steps(changed, report, known) == alone


def test_only_a_recipe_in_bfloat16_is_told_less() -> None:
    for changes, half in (({"precision": "bfloat16"}, True), ({}, False), ({"repeatable": True}, False)):
        assert facts_of_data(replace(PROJECT, recipe=replace(PROJECT.recipe, **changes))).half is half


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process")
@pytest.mark.parametrize("name", ["googlenet-28", "wide adam", "deep bfloat16"])
def test_what_is_told_is_what_a_process_takes(name: str, warm_python: WarmPython) -> None:
    # on a busy machine a process takes less at once now and then: the larger of two is what it needs
    real = max(memory_of_training.measured(name, warm_python.line) for _ in range(2))
    memory = memory_of_training.told(name)
    assert 0.8 * real < memory.total < SPARE * real
    assert memory.needed > real


def test_time_by_hand() -> None:
    facts = facts_of_data(PROJECT)
    report = check(NETWORK, facts)
    seconds = 100 * (3 * MACS / 1e9 + VALUES / 1e8) + WEIGHTS * 3 / 1e8 + 5 * 1e-4
    speed = Speed(macs=1e9, values=1e8, layer=1e-4, attention=1e7)
    assert step_seconds(report, facts, speed) == pytest.approx(seconds)
    image = image_estimate(report, facts, speed)
    assert (image.least, image.most) == pytest.approx((SHORTEST * seconds / 100, LONGEST * seconds / 100))


def test_a_whole_training_by_hand() -> None:
    # 2 epochs of 100 training and 30 validation images, and 60 test images with two sets of weights
    whole = training_estimate(Estimate(0.5, 1.0), Estimate(0.1, 0.3), 2, 100, 30, 60)
    assert whole.least == pytest.approx(0.5 * 200 + 0.1 * (60 + 120))
    assert whole.most == pytest.approx(1.0 * 200 + 0.3 * (60 + 120))


@pytest.mark.parametrize("name", ["fast", "resnet-18-28", "googlenet-28"])
def test_what_torch_keeps_for_the_gradients_is_less_than_what_is_told_and_not_much_less(name: str) -> None:
    project = TEMPLATES[name].project()
    facts = facts_of_data(project)
    report = check(project.network, facts)
    module = build(project.network, report, 0).train()
    weights = {parameter.data_ptr() for parameter in module.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    images = 16
    with saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = module.logits(torch.rand(images, 1, 28, 28)).sum()
    told = training_memory(report, facts).activations * images / facts.batch_size
    assert 0.4 * told < sum(kept.values()) < told
    del loss


def test_a_measurement_is_remembered_and_leaves_chance_alone() -> None:
    before = torch.random.get_rng_state()
    speed = measure(place("cpu", "float32", 1))
    assert torch.equal(before, torch.random.get_rng_state())
    assert min(speed.macs, speed.values, speed.layer, speed.attention) > 0
    assert remembered_for("CPU", 1, "auto") is None
    assert remember("CPU | threads 1 | AVX2 | float32", speed) == speed
    other = Speed(1.0, 2.0, 3.0, 4.0)
    assert remember("CPU | threads 1 | AVX2 | bfloat16", other) == other
    assert remember("CPU | threads 16 | AVX2 | float32", Speed(1.0, 1.0, 1.0, 1.0)) != other
    assert remembered_for("CPU", 1, "float32") == speed
    # before the first run it is not known which precision is faster: the newest counts
    assert remembered_for("CPU", 1, "bfloat16") == other == remembered_for("CPU", 1, "auto")
    assert remembered_for("CPU", 16, "bfloat16") is None and remembered_for("H100", 1, "float32") is None


def test_what_was_measured_beside_other_programs_is_made_good() -> None:
    remember("a", Speed(macs=2e9, values=1e6, layer=1e-3, attention=3e8))
    remember("b", Speed(1.0, 1.0, 1.0, 1.0))
    known = remember("a", Speed(macs=1e9, values=1e8, layer=1e-4, attention=4e8))
    assert known == Speed(macs=2e9, values=1e8, layer=1e-4, attention=4e8, measured=2)
    assert not known.certain
    assert remember("a", Speed(1.0, 1.0, 1.0, 1.0)) == Speed(2e9, 1e8, 1e-4, 4e8, measured=3)
    assert remember("a", known).certain


def test_a_busy_moment_spoils_no_probe_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    monkeypatch.setattr("cnnviz.training.speed.time.perf_counter", lambda: 0.25 * next(now))
    one, other = iter([9.0, 5.0, 1.0, 5.0, 7.0, 8.0]), iter([0.1, 5.0, 5.0, 2.0, 7.0, 8.0])
    # the first round warms up; half a second is over after four more
    assert _quickest([lambda: next(one), lambda: next(other)]) == [1.0, 2.0]


def test_attention_is_counted_at_its_own_speed() -> None:
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(8, (5, 5), stride=(4, 4))),
        ("attention1", MultiheadSelfAttention(2)),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    project = Project(network, recipe=Recipe("sgd", 0.1, batch_size=1))
    facts = facts_of_data(project)
    report = check(network, facts)
    macs = 4 * 36 * 8 * 8 + 2 * 36 * 36 * 8
    assert report.nodes["attention1"].macs == macs
    slow, quick = Speed(1e9, 1e8, 1e-4, attention=1e6), Speed(1e9, 1e8, 1e-4, attention=1e9)
    more = step_seconds(report, facts, slow) - step_seconds(report, facts, quick)
    assert more == pytest.approx(3 * macs * (1e-6 - 1e-9))


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"cpu": 3}', '{"cpu": {"macs": 1}}', '{"cpu": {"macs": -1, "values": 1, "layer": 1}}']
)
def test_a_damaged_measurement_is_none(text: str, home: Path) -> None:
    (home / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache" / "speed.json").write_text(text)
    assert remembered("cpu") is None and remembered_for("cpu", 1, "auto") is None
