"""The learning-rate finder: a quadratic computed by hand, fastai's rule, the plain loop, and runs left untouched."""

from __future__ import annotations

import threading
from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from training_kit import assert_same, dataset, network, project, session, state_of, with_recipe

from cnnviz.network import graph
from cnnviz.training import loop, rate_trial
from cnnviz.training.channels import State, Weights
from cnnviz.training.rate_finder import EXPLODED, HIGHEST, LOWEST, SMOOTHING, STEPS, RateFinder, suggestion, sweep
from cnnviz.training.state import sample_order


@pytest.fixture(autouse=True)
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_trial, "load", lambda *_: dataset())


def finished(finder: RateFinder) -> RateFinder:
    finder.start()
    finder._thread.join()
    assert not finder.latest.running
    return finder


def test_a_quadratic_gives_the_losses_of_its_formula_and_ends_where_it_explodes() -> None:
    curvature, place = 4.0, 3.0

    def step(rate: float) -> float:
        nonlocal place
        loss = curvature / 2 * place**2
        place -= rate * curvature * place
        return loss

    *_, last = sweep(step)
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    places = 3.0 * np.concatenate([[1.0], np.cumprod(1 - rates * curvature)])[:-1]
    losses = curvature / 2 * places**2
    weights = SMOOTHING ** np.arange(STEPS)[::-1]
    smooth = np.array([np.average(losses[: n + 1], weights=weights[STEPS - n - 1 :]) for n in range(STEPS)])
    exploded = int(np.argmax(smooth > EXPLODED * np.minimum.accumulate(smooth)))
    assert 0 < exploded < STEPS - 1
    assert last.rates == pytest.approx(rates[: exploded + 1])
    assert last.losses == pytest.approx(smooth[: exploded + 1])
    # above 2 / curvature gradient descent diverges; a rate on offer is one that it converges with
    assert last.pick is not None and 0.001 < last.pick < 2 / curvature


@pytest.mark.parametrize("bad", [nan, inf])
def test_a_loss_that_is_not_a_number_ends_it(bad: float) -> None:
    losses = iter([2.0, 1.0, bad, 1.0])
    *_, last = sweep(lambda _: next(losses))
    assert len(last.losses) == 2 and not last.running


def test_the_suggestion_is_that_of_fastai() -> None:
    generator = np.random.default_rng(3)
    rates = tuple(np.geomspace(LOWEST, HIGHEST, 200).tolist())
    for _ in range(20):
        fall = 1 / (1 + np.exp((np.arange(200) - generator.uniform(60, 140)) / 12))
        losses = (fall + generator.normal(0, 0.01, 200)).tolist()
        assert suggestion(rates, tuple(losses)) == rates[_valley(losses)]
    assert suggestion(rates, tuple(float(n) for n in range(200))) is None
    assert suggestion((), ()) is None


def _valley(losses: list[float]) -> int:
    """fastai.callback.schedule.valley: the place of its pick."""
    longest = [1] * len(losses)
    start = end = 0
    for i in range(1, len(losses)):
        for j in range(i):
            if losses[i] < losses[j] and longest[i] < longest[j] + 1:
                longest[i] = longest[j] + 1
            if longest[end] < longest[i]:
                end = i
                start = end - longest[end]
    sections = (end - start) / 3
    return start + int(sections) + int(sections / 2)


def test_the_trial_is_a_training_of_the_network_with_these_rates() -> None:
    one = project(dropout=0.0, momentum=0.9, schedule="cosine", patience=1)
    finder = finished(RateFinder(one, threads=1))
    state = state_of(one)
    module = nn.Sequential(*(state.module._modules[name] for name in state.module.network.order))  # type: ignore[arg-type]
    optimizer = torch.optim.SGD(module.parameters(), 1.0, momentum=0.9)
    data = dataset().train
    images, labels = torch.tensor(data.images).float() / 255, torch.tensor(data.labels)
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    losses: list[float] = []
    while len(losses) < STEPS:
        order = sample_order(0, len(losses) // 5, len(labels))
        for chosen in torch.split(order, 16):
            optimizer.param_groups[0]["lr"] = rates[len(losses)]
            loss: Any = nn.functional.cross_entropy(module(images[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    expected = iter(losses)
    *_, plain = sweep(lambda _: next(expected))
    count = min(len(plain.losses), len(finder.latest.losses), 150)
    assert finder.latest.losses[:count] == pytest.approx(plain.losses[:count], rel=1e-3)
    # rounding decides when what diverges has diverged
    assert len(finder.latest.rates) == pytest.approx(len(plain.rates), abs=30)
    assert max(len(finder.latest.rates), len(plain.rates)) < STEPS


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_weights_and_training_are_the_same_bits_with_and_without_a_trial(optimizer: str) -> None:
    one = project(optimizer=optimizer, learning_rate=0.01, rotation=5.0, epochs=2)
    with session(one) as watched:
        watched.session.batches(3)
        watched.in_state(State.PAUSED)
        before = watched.tensors()
        weights = watched.session.weights.latest
        finder = finished(RateFinder(one, weights, threads=1))
        assert len(finder.latest.losses) > 20 and not finder.latest.failure
        assert_same(before, watched.tensors())
        assert weights is not None
        assert_same(before, dict(weights.tensors))
        watched.session.play()
        watched.in_state(State.FINISHED)
        after = watched.tensors()
    with session(one) as watched:
        watched.session.play()
        watched.in_state(State.FINISHED)
        assert_same(after, watched.tensors())


def test_it_begins_with_the_weights_of_the_run_where_these_are_its_own() -> None:
    one = project(dropout=0.0)
    tensors = {name: tensor.clone() for name, tensor in state_of(one).module.state_dict().items()}
    tensors["fc1.weight"].zero_()
    tensors["fc1.bias"].zero_()
    finder = finished(RateFinder(one, Weights(1, 5, one.network, tensors, True), threads=1))
    assert finder.latest.losses[0] == pytest.approx(np.log(10), rel=1e-6)
    other = replace(one, network=network(0.5))
    assert RateFinder(other, Weights(1, 5, one.network, tensors, True))._tensors is None


def test_it_can_be_cancelled_and_then_offers_nothing() -> None:
    begun = threading.Event()
    finder = RateFinder(project())
    take = sweep

    def slow(step: Any) -> Any:
        for trial in take(step):
            yield trial
            if len(trial.rates) == 5:
                begun.set()
                finder._cancelled.wait(30)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate_trial, "sweep", slow)
        finder.start()
        assert begun.wait(60)
        assert finder.close(30)
    assert (finder.latest.running, finder.latest.pick, len(finder.latest.rates)) == (False, None, 5)


def test_what_hinders_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(project(), network=graph.remove(network(), ["fc1"]))
    assert "Set" not in finished(RateFinder(broken)).latest.failure
    assert finished(RateFinder(broken)).latest.failure
    assert "no CUDA device" in finished(RateFinder(project(), device="cuda")).latest.failure

    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(loop, "_step", full)
    assert "batch size from 16 to 8" in finished(RateFinder(with_recipe(project(), epochs=1))).latest.failure
