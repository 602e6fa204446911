"""The learning-rate finder: a quadratic computed by hand, curves of a known form, and runs left untouched."""

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
from cnnviz.training.rate_finder import RateFinder
from cnnviz.training.rate_sweep import EXPLODED, HIGHEST, LOWEST, MEMORY, STEPS, smoothed, suggestion, sweep
from cnnviz.training.state import sample_order


@pytest.fixture(autouse=True)
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_trial, "load_choice", lambda *_: dataset())


def finished(finder: RateFinder) -> RateFinder:
    finder.start()
    finder.job.wait()
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
    weights = MEMORY ** np.arange(STEPS)[::-1]
    means = np.array([np.average(losses[: n + 1], weights=weights[STEPS - n - 1 :]) for n in range(STEPS)])
    exploded = int(np.argmax(means > EXPLODED * np.minimum.accumulate(means)))
    assert 0 < exploded < STEPS - 1
    assert last.rates == pytest.approx(rates[: exploded + 1])
    assert last.losses == pytest.approx(losses[: exploded + 1])
    # above 2 / curvature gradient descent diverges; a rate on offer is one that it converges with
    assert last.suggested is not None and 0.001 < last.suggested.rate < 2 / curvature


@pytest.mark.parametrize("bad", [nan, inf])
def test_a_loss_that_is_not_a_number_ends_it(bad: float) -> None:
    losses = iter([2.0, 1.0, bad, 1.0])
    *_, last = sweep(lambda _: next(losses))
    assert len(last.losses) == 2 and not last.running


def curve_of(first: float, last: float, rise: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A loss that falls from 2.3 to 0.2 between two rates and explodes from a third one on, with noise."""
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    noise = np.random.default_rng(3).normal(0, 0.03, STEPS)
    fall = 1 / (1 + (rates / np.sqrt(first * last)) ** (4 / np.log(last / first)))
    losses = 0.2 + 2.1 * fall + (rates / rise) ** 2 + noise
    kept = losses < 10
    return tuple(rates[kept].tolist()), tuple(losses[kept].tolist())


@pytest.mark.parametrize("place", [1e-4, 1e-3, 1e-2, 1e-1])
def test_the_rate_on_offer_lies_where_the_loss_falls(place: float) -> None:
    rates, losses = curve_of(place / 3, 3 * place, 300 * place)
    suggested = suggestion(rates, losses)
    assert suggested is not None
    assert place / 3 < suggested.rate < 3 * place
    assert place / 4 < suggested.lowest < suggested.rate < suggested.highest < 4 * place


@pytest.mark.parametrize("place", [1e-4, 1e-3, 1e-2])
def test_the_peak_of_a_schedule_lies_at_the_bottom_of_the_curve(place: float) -> None:
    rates, losses = curve_of(place / 3, 3 * place, 300 * place)
    suggested = suggestion(rates, losses, peak=True)
    assert suggested is not None and 3 * place < suggested.rate < 100 * place
    for rate in (suggested.lowest, suggested.rate, suggested.highest):
        bare = 0.2 + 2.1 / (1 + (rate / place) ** (4 / np.log(9))) + (rate / (300 * place)) ** 2
        assert bare < 0.2 + 0.1 * 2.1


def test_the_band_holds_the_rates_at_which_the_loss_still_falls_half_as_steeply() -> None:
    """The derivative of a smooth step, 1 / cosh², is half of its largest value at arcosh(√2)."""
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    place, width = 150, 30.0
    losses = 1.2 - np.tanh((np.arange(STEPS) - place) / width)
    suggested = suggestion(rates.tolist(), losses.tolist())
    assert suggested is not None and suggested.rate == pytest.approx(rates[place], rel=0.06)
    # a little wider, as the losses are smoothed
    reach = np.arccosh(np.sqrt(2)) * width
    step = np.log(rates[1] / rates[0])
    for end in (suggested.lowest, suggested.highest):
        assert 0.95 * reach < abs(np.log(end / rates[place])) / step < 1.15 * reach
    assert suggested.suits(rates[place + 20]) and not suggested.suits(rates[place + 40])


def test_the_smoothed_loss_does_not_lag() -> None:
    losses = 2.3 - np.arange(100) / 50
    assert smoothed(losses.tolist())[40:60] == pytest.approx(losses[40:60])
    assert smoothed([]).shape == (0,) and smoothed([2.0]).tolist() == [2.0]


def test_without_a_fall_there_is_no_rate_on_offer() -> None:
    rates = np.geomspace(LOWEST, HIGHEST, STEPS).tolist()
    flat = (2.3 + np.random.default_rng(0).normal(0, 0.05, STEPS)).tolist()
    for losses in (flat, np.linspace(2, 9, STEPS).tolist()):
        assert suggestion(rates, losses) is None and suggestion(rates, losses, peak=True) is None
    assert suggestion((), ()) is None and suggestion((1e-6,), (2.3,)) is None


def test_the_trial_is_a_training_of_the_network_with_these_rates() -> None:
    one = project(dropout=0.0, momentum=0.9, schedule="cosine", patience=1)
    finder = finished(RateFinder(one, device="cpu", threads=1))
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


@pytest.mark.parametrize("seed", range(5))
def test_the_ups_and_downs_of_a_trained_network_are_no_fall(seed: int) -> None:
    """Most batches are all right and some are not, whatever the rate; then the rate becomes too high."""
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    losses = np.random.default_rng(seed).exponential(0.03, STEPS) + (rates / 0.05) ** 2
    kept = losses < 1
    for peak in (False, True):
        assert suggestion(rates[kept].tolist(), losses[kept].tolist(), peak=peak) is None


def test_after_a_training_it_begins_with_the_initial_weights_again() -> None:
    one = project(dropout=0.0)
    fresh = finished(RateFinder(one, device="cpu", threads=1)).latest.losses[0]
    module = state_of(one).module
    tensors = {name: torch.zeros_like(tensor) for name, tensor in module.state_dict().items()}
    trained = Weights(1, 5, one.network, module.shapes, tensors, True)
    assert fresh != pytest.approx(np.log(10), rel=1e-6)
    assert finished(RateFinder(one, trained, "cpu", 1)).latest.losses[0] == fresh


def test_it_begins_with_the_weights_of_the_run_where_these_are_untrained_and_its_own() -> None:
    one = project(dropout=0.0)
    module = state_of(one).module
    tensors = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    tensors["fc1.weight"].zero_()
    tensors["fc1.bias"].zero_()
    weights = Weights(1, 0, one.network, module.shapes, tensors, True)
    finder = finished(RateFinder(one, weights, threads=1))
    assert finder.latest.losses[0] == pytest.approx(np.log(10), rel=1e-6)
    other = replace(one, network=network(0.5))
    assert RateFinder(other, weights)._tensors is None


def test_it_can_be_cancelled_and_then_offers_nothing() -> None:
    begun = threading.Event()
    finder = RateFinder(project())
    take = sweep

    def slow(step: Any, **options: Any) -> Any:
        for trial in take(step, **options):
            yield trial
            if len(trial.rates) == 5:
                begun.set()
                finder.job.cancelled.wait(30)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate_trial, "sweep", slow)
        finder.start()
        assert begun.wait(60)
        assert finder.job.close(30)
    assert (finder.latest.running, finder.latest.suggested, len(finder.latest.rates)) == (False, None, 5)


def test_what_hinders_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(project(), network=graph.remove(network(), ["fc1"]))
    assert "Set" not in str(finished(RateFinder(broken, device="cpu")).latest.failure)
    assert finished(RateFinder(broken, device="cpu")).latest.failure
    assert "no CUDA device" in str(finished(RateFinder(project(), device="cuda")).latest.failure)

    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(loop, "_step", full)
    assert "batch size from 16 to 8" in str(finished(RateFinder(with_recipe(project(), epochs=1))).latest.failure)
