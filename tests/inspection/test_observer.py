"""The observer: one snapshot of one moment, equal to torch, on scales that hold still."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.answers.kernels import KernelsOf
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.moment import Live, Moment, Sample, _moment
from cnnviz.inspection.observer import Observer
from cnnviz.inspection.scales import span
from cnnviz.inspection.viewer import JUDGE_SECONDS, Viewer
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Dropout, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.training.channels import Weights, WeightsSlot
from cnnviz.training.model import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot

NETWORK = chain(
    ("input", Input((1, 8, 8), (0.5,), (0.25,))),
    ("conv1", Conv2d(3, (3, 3))),
    ("norm1", BatchNorm2d()),
    ("relu1", ReLU()),
    ("drop1", Dropout(0.9)),
    ("pool1", MaxPool2d()),
    ("flatten", Flatten()),
    ("fc1", Dense(4)),
    ("output", Output()),
)
ALL: Questions = frozenset(
    [NetworkOutput(), *map(MapsOf, NETWORK.nodes), *map(KernelsOf, ("conv1", "fc1", "relu1", "norm1"))]
)
SAMPLE = Sample(np.arange(64, dtype=np.uint8).reshape(1, 8, 8) * 3, label=1)


def weights(
    scale: float = 1.0, *, settled: bool = False, step: int = 0, run: int = 1, network: Network = NETWORK
) -> Weights:
    report = check(network, Facts((1, 8, 8), 4))
    module = build(network, report, seed=3)
    tensors = {
        name: tensor.clone() * scale if tensor.is_floating_point() else tensor.clone()
        for name, tensor in module.state_dict().items()
    }
    return Weights(run, step, network, report, tensors, settled)


def maps_of(snapshot: Snapshot, node: str) -> Maps:
    return snapshot.by_node(MapsOf)[node]


@pytest.fixture
def slot() -> WeightsSlot:
    return WeightsSlot()


@pytest.fixture
def look(slot: WeightsSlot) -> Iterator[Callable[..., Snapshot]]:
    observer = Observer(Live(slot))
    made = threading.Event()
    observer.listen(made.set)
    observer.start()

    def ask(offered: Weights, questions: Questions = ALL, sample: Sample = SAMPLE) -> Snapshot:
        slot.publish(offered)
        made.clear()
        observer.request(sample, questions)
        while True:
            assert made.wait(30)
            made.clear()
            latest = observer.latest
            if latest is not None and latest.step == offered.step and latest.sample is sample:
                return latest

    yield ask
    assert observer.close()


def test_what_is_answered_is_not_computed_again(slot: WeightsSlot) -> None:
    read, made = threading.Event(), threading.Semaphore(0)

    class Read(Live):
        @property
        def newest(self) -> Moment | None:
            # the observer decides what to do under the lock that a look takes too
            read.set()
            return super().newest

    observer = Observer(Read(slot))
    observer.listen(made.release)
    observer.start()
    other, few = replace(SAMPLE), frozenset({NetworkOutput()})
    try:
        slot.publish(weights(step=1))
        observer.request(SAMPLE, ALL)
        assert made.acquire(timeout=30)
        before = (SAMPLE, ALL)
        for asked in ((other, ALL), (other, few), (SAMPLE, few)):
            read.clear()
            observer.request(*before)
            assert read.wait(30)
            observer.request(*asked)
            assert made.acquire(timeout=30)
            before = asked
        slot.publish(weights(step=2))
        assert made.acquire(timeout=30)
        assert observer.made == 5 and observer.latest is not None and observer.latest.step == 2
    finally:
        assert observer.close()


def test_a_snapshot_equals_torch_in_evaluation_mode(look: Callable[..., Snapshot]) -> None:
    offered = weights(step=7)
    snapshot = look(offered)
    tensors = offered.tensors
    x = torch.from_numpy(SAMPLE.image.copy()).float().div(255).unsqueeze(0)
    x = (x - 0.5) / 0.25
    expected = {"input": x}
    x = torch.nn.functional.conv2d(x, tensors["conv1.weight"], tensors["conv1.bias"])
    expected["conv1"] = x
    x = torch.nn.functional.batch_norm(
        x, tensors["norm1.running_mean"], tensors["norm1.running_var"], tensors["norm1.weight"], tensors["norm1.bias"]
    )
    expected["norm1"] = x
    expected["relu1"] = expected["drop1"] = x = x.relu()
    expected["pool1"] = x = torch.nn.functional.max_pool2d(x, 2)
    expected["flatten"] = x = x.flatten(1)
    expected["fc1"] = x = x @ tensors["fc1.weight"].T + tensors["fc1.bias"]
    for name, value in expected.items():
        np.testing.assert_allclose(maps_of(snapshot, name).values, value[0].numpy(), rtol=1e-5, atol=1e-6)
    said = snapshot.answer(NetworkOutput())
    assert said is not None
    np.testing.assert_allclose(said.logits, x[0].numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(said.probabilities, x[0].softmax(0).numpy(), rtol=1e-5)
    assert (snapshot.run, snapshot.step, snapshot.settled) == (1, 7, False)


def test_kernels_are_the_weights_and_layers_without_a_matrix_have_none(look: Callable[..., Snapshot]) -> None:
    offered = weights()
    kernels = look(offered).by_node(KernelsOf)
    assert set(kernels) == {"conv1", "fc1"}
    assert kernels["conv1"].weight.tobytes() == offered.tensors["conv1.weight"].numpy().tobytes()
    assert kernels["fc1"].source == "flatten"
    sizes = offered.tensors["conv1.weight"].abs().flatten().sort().values
    assert kernels["conv1"].limit == float(sizes[int(0.997 * (len(sizes) - 1))])
    assert kernels["conv1"].full == float(sizes[-1])
    with pytest.raises(ValueError, match="read-only"):
        kernels["conv1"].weight[0] = 0


def test_only_what_is_wanted_is_there(look: Callable[..., Snapshot]) -> None:
    whole = maps_of(look(weights()), "conv1")
    snapshot = look(weights(), frozenset({MapsOf("conv1", 2), MapsOf("gone")}), replace(SAMPLE))
    assert set(snapshot.answers) == {MapsOf("conv1", 2)}
    spreads = whole.values.reshape(3, -1).astype(np.float64).std(axis=1)
    assert whole.strongest == maps_of(snapshot, "conv1").strongest == tuple(np.argsort(-spreads).tolist())
    assert maps_of(snapshot, "conv1").channels == tuple(sorted(whole.strongest[:2]))
    assert maps_of(snapshot, "conv1").values.shape == (2, 6, 6)
    assert maps_of(snapshot, "conv1").total == 3
    relu = maps_of(look(weights(), frozenset({MapsOf("relu1", 0)}), replace(SAMPLE)), "relu1")
    assert relu.channels == () and relu.values.shape == (0, 6, 6)
    assert relu.zeros == pytest.approx(
        float((maps_of(look(weights(), ALL, replace(SAMPLE)), "relu1").values == 0).mean())
    )
    assert snapshot.by_node(KernelsOf) == {}


def test_signs_follow_the_layers(look: Callable[..., Snapshot]) -> None:
    signed = {name: maps.signed for name, maps in look(weights()).by_node(MapsOf).items()}
    assert {name for name, one in signed.items() if one} == {"input", "conv1", "norm1", "fc1", "output"}


def test_a_scale_widens_at_once_holds_and_narrows_when_training_stands_still(look: Callable[..., Snapshot]) -> None:
    first = maps_of(look(weights(1.0, step=1)), "fc1").limit
    wide = maps_of(look(weights(3.0, step=2)), "fc1").limit
    held = maps_of(look(weights(1.0, step=3)), "fc1").limit
    assert wide > first
    assert held == wide
    assert maps_of(look(weights(1.0, step=4, settled=True)), "fc1").limit == first


def test_a_few_large_values_do_not_widen_the_scale_of_maps(look: Callable[..., Snapshot]) -> None:
    maps = maps_of(look(weights()), "conv1")
    sizes = np.sort(np.abs(maps.values).ravel())
    assert maps.limit == sizes[int(0.997 * (len(sizes) - 1))] < sizes[-1]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999, 1.0, 1.001, 3.0])
def test_a_scale_that_does_not_widen_is_found_without_sorting(share: float) -> None:
    values = np.random.default_rng(0).standard_normal((8, 13, 11)).astype(np.float32)
    exact = span(values)
    assert exact == np.sort(np.abs(values.ravel()))[int(0.997 * (values.size - 1))]
    assert span(values, share * exact) == max(exact, share * exact)
    assert span(np.zeros_like(values)) == 0.0


def test_which_maps_are_the_strongest_is_chosen_anew_only_for_another_sample(look: Callable[..., Snapshot]) -> None:
    first = maps_of(look(weights(step=1)), "conv1").strongest
    moved = weights(step=2)
    moved.tensors["conv1.weight"][first[0]].zero_()
    assert maps_of(look(moved), "conv1").strongest == first
    assert maps_of(look(moved, sample=replace(SAMPLE, unfinished=True)), "conv1").strongest == first
    damaged = replace(SAMPLE, image=255 - SAMPLE.image, undamaged=SAMPLE.image)
    assert maps_of(look(moved, sample=damaged), "conv1").strongest == first
    again = maps_of(look(moved, sample=Sample(SAMPLE.image)), "conv1").strongest
    assert again != first and again[-1] == first[0]


def test_the_strongest_maps_are_chosen_again_on_request_for_the_same_sample(slot: WeightsSlot) -> None:
    observer = Observer(Live(slot))
    made = threading.Event()
    observer.listen(made.set)
    observer.start()

    def strongest(step: int) -> tuple[int, ...]:
        while True:
            assert made.wait(30)
            made.clear()
            if observer.latest is not None and observer.latest.step == step:
                return maps_of(observer.latest, "conv1").strongest

    try:
        slot.publish(weights(step=1))
        observer.request(SAMPLE, ALL)
        first = strongest(1)
        moved = weights(step=2)
        moved.tensors["conv1.weight"][first[0]].zero_()
        slot.publish(moved)
        assert strongest(2) == first
        observer.choose_maps_again()
        observer.request(SAMPLE, ALL)
        assert strongest(2)[-1] == first[0]
    finally:
        assert observer.close()


def test_another_network_starts_with_scales_of_its_own(look: Callable[..., Snapshot]) -> None:
    first = maps_of(look(weights(1.0, step=1)), "fc1").limit
    look(weights(5.0, step=2))
    other = chain(*((name, node.layer) for name, node in NETWORK.nodes.items()))
    assert other is not NETWORK
    assert maps_of(look(weights(1.0, step=3, network=other)), "fc1").limit == first


def test_values_that_are_not_numbers_do_not_end_the_thread(look: Callable[..., Snapshot]) -> None:
    broken = weights(step=1)
    nan = torch.full_like(broken.tensors["conv1.weight"], float("nan"))
    snapshot = look(replace(broken, tensors={**broken.tensors, "conv1.weight": nan}))
    assert np.isnan(maps_of(snapshot, "conv1").values).all()
    assert maps_of(snapshot, "conv1").limit > 0
    said = look(weights(step=2)).answer(NetworkOutput())
    assert said is not None and np.isfinite(said.logits).all()


def test_of_a_sample_that_does_not_fit_the_network_only_the_weights_are_shown(look: Callable[..., Snapshot]) -> None:
    larger = look(weights(step=1), sample=Sample(np.zeros((3, 16, 16), np.uint8)))
    assert larger.answer(NetworkOutput()) is None and not larger.by_node(MapsOf)
    assert larger.by_node(KernelsOf).keys() == {"conv1", "fc1"}
    assert look(weights(step=2)).answer(NetworkOutput()) is not None


def test_the_strongest_value_is_that_of_all_maps_where_an_edit_has_removed_the_map(
    look: Callable[..., Snapshot],
) -> None:
    values = look(weights(step=1), frozenset({ValuesOf("conv1"), ValuesOf("fc1")})).by_node(ValuesOf)
    maps, vector = values["conv1"], values["fc1"]
    for channel in (None, 3, 99):
        place = maps.strongest(channel)
        assert abs(maps.output[place.channel, place.row, place.column]) == np.abs(maps.output).max()
    place = maps.strongest(1)
    assert place.channel == 1 and abs(maps.output[1, place.row, place.column]) == np.abs(maps.output[1]).max()
    assert vector.strongest(99).channel == np.abs(vector.output).argmax()


def test_a_request_that_cannot_be_answered_is_said_and_logged_once_and_does_not_end_the_thread(
    monkeypatch: pytest.MonkeyPatch, slot: WeightsSlot, caplog: pytest.LogCaptureFixture
) -> None:
    failed = threading.Semaphore(0)
    told = Observer._fail

    def fail(observer: Observer, error: Exception) -> None:
        told(observer, error)
        failed.release()

    monkeypatch.setattr(Observer, "_fail", fail)
    observer, made = Observer(Live(slot)), threading.Event()
    observer.listen(made.set)
    observer.start()
    other = chain(("input", Input((1, 8, 8))), ("flatten", Flatten()), ("fc1", Dense(4)), ("output", Output()))
    try:
        slot.publish(weights())
        observer.request(SAMPLE, ALL)
        assert made.wait(30)
        made.clear()
        for step in (1, 2):
            slot.publish(replace(weights(step=step, network=other), tensors={}))
            observer.request(SAMPLE, ALL)
            assert failed.acquire(timeout=30)
        sentence = str(observer.failure)
        assert sentence.startswith("Kernels and maps could not be made") and "\n" not in sentence
        assert observer.latest is not None and observer.latest.step == 0
        assert [record.message for record in caplog.records] == ["a snapshot could not be made"]
        # the network of the last snapshot again
        slot.publish(weights(step=3))
        assert made.wait(30) and observer.latest.step == 3 and observer.failure is None
    finally:
        assert observer.close()


def test_a_training_that_stands_still_and_a_recording_tell_which_maps_are_the_strongest_now() -> None:
    viewer = Viewer(ANSWERS)

    def conv1(weights: Weights, sample: Sample = SAMPLE, *, recorded: bool = False) -> Maps:
        moment = _moment(weights)
        return maps_of(viewer.snapshot(replace(moment, recorded=recorded), sample, ALL), "conv1")

    first = conv1(weights(step=1))
    assert first.strongest_now == first.strongest and first.chosen_at == 1 and first.chosen_for is SAMPLE
    moved = weights(step=2, settled=True)
    moved.tensors["conv1.weight"][first.strongest[0]].zero_()
    for now in (conv1(moved), conv1(replace(moved, settled=False), recorded=True)):
        assert now.strongest == first.strongest and now.chosen_at == 1
        assert now.strongest_now != now.strongest and now.strongest_now[-1] == first.strongest[0]
    again = conv1(moved, other := Sample(SAMPLE.image))
    assert again.strongest_now == again.strongest == now.strongest_now
    assert again.chosen_at == 2 and again.chosen_for is other


def test_a_running_training_tells_every_few_seconds_which_maps_are_the_strongest_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    present = 10.0
    monkeypatch.setattr("cnnviz.inspection.viewer.time.perf_counter", lambda: present)
    viewer = Viewer(ANSWERS)

    def conv1(weights: Weights) -> Maps:
        return maps_of(viewer.snapshot(_moment(weights), SAMPLE, ALL), "conv1")

    first = conv1(weights(step=1))
    moved = weights(step=2)
    moved.tensors["conv1.weight"][first.strongest[0]].zero_()
    present += JUDGE_SECONDS - 0.1
    assert conv1(moved).strongest_now == first.strongest
    present += 0.2
    judged = conv1(replace(moved, step=3))
    assert judged.strongest == first.strongest != judged.strongest_now
    # the judgement stays until the next one
    assert conv1(replace(moved, step=4)).strongest_now is judged.strongest_now
    viewer.choose_maps_again()
    again = conv1(replace(moved, step=5))
    assert again.strongest == again.strongest_now == judged.strongest_now and again.chosen_at == 5
