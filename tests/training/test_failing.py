"""Trainings that fail: each ends in a sentence, and can be started over."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from training_kit import (
    LONG,
    PATIENCE,
    project,
    session,
    with_recipe,
)

from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Output, ReLU
from cnnviz.training import loop
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.events import RunFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.training.state import TrainingState


def test_a_rate_that_is_much_too_high_ends_in_a_sentence_and_can_be_started_over() -> None:
    one = project(learning_rate=100.0, weight_decay=10.0, dropout=0.0, epochs=LONG)
    with session(one) as watched:
        watched.session.play()
        watched.in_state(State.FAILED)
        (failure,) = watched.events(RunFailed)
        assert "no longer a number" in str(failure.sentence) and "Lower the learning rate" in str(failure.sentence)
        assert any(f"“{name}”" in str(failure.sentence) for name in ("conv1", "norm1", "fc1"))
        assert "NotANumber" in failure.detail
        assert np.isfinite(watched.losses()).all() and len(watched.losses()) == failure.step
        watched.session.play()
        watched.session.reset(with_recipe(one, learning_rate=0.01, weight_decay=0.0, epochs=1))
        watched.session.play()
        watched.in_state(State.FINISHED)


def before_step(monkeypatch: pytest.MonkeyPatch, done: int, act: Callable[[TrainingState], object]) -> None:
    """Let ``act`` come between the steps when so many are done."""
    step = loop._step

    def interrupted(state: TrainingState, *rest: Any) -> Any:
        if state.step == done:
            act(state)
        return step(state, *rest)

    monkeypatch.setattr(loop, "_step", interrupted)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "batch size from 16 to 8"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"), "not enough memory"),
        (MemoryError(), "not enough memory"),
        (torch.AcceleratorError("CUDA error: device-side assert triggered\nmore"), "GPU no longer answers"),
        (RuntimeError("something else\nand its details"), "Training stopped: something else"),
        (torch.AcceleratorError("CUDA error: out of memory"), "batch size from 16 to 8"),
        (RuntimeError("CUDA error: device lost\nmore"), "GPU no longer answers"),
        (KeyError(), "Training stopped: KeyError. Start over"),
        (RuntimeError("\n\nlate"), "Training stopped: late. Start over"),
        (AssertionError("Torch not compiled with CUDA enabled"), "Training stopped: Torch not compiled"),
    ],
)
def test_an_exception_of_a_step_is_a_sentence(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    step = loop._step

    def fail(_: TrainingState) -> None:
        raise error

    before_step(monkeypatch, 3, fail)
    with session(project()) as watched:
        watched.session.play()
        watched.in_state(State.FAILED)
        (failure,) = watched.events(RunFailed)
        assert words in str(failure.sentence) and "\n" not in str(failure.sentence)
        assert type(error).__name__ in failure.detail
        assert watched.session.weights.latest is not None
        # what was measured is kept, and another run can be trained
        assert len(watched.losses()) == failure.step == 3
        monkeypatch.setattr(loop, "_step", step)
        watched.session.reset(project(epochs=1))
        watched.session.play()
        watched.in_state(State.FINISHED)


def test_a_device_that_answers_nothing_any_more_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = torch.AcceleratorError("CUDA error: unspecified launch failure")

    def answer_no_more(*_: object, **__: object) -> Any:
        raise lost

    def fail(state: TrainingState) -> None:
        monkeypatch.setattr(torch, "stack", answer_no_more)
        monkeypatch.setattr(state.module, "state_dict", answer_no_more)
        raise lost

    before_step(monkeypatch, 2, fail)
    with session(project()) as watched:
        watched.session.play()
        watched.in_state(State.FAILED)
        (failure,) = watched.events(RunFailed)
        assert "GPU no longer answers" in str(failure.sentence) and "start the program again" in str(failure.sentence)
        monkeypatch.undo()
        visited = threading.Event()
        watched.session.visit(lambda _: visited.set())
        assert visited.wait(PATIENCE)


@pytest.mark.parametrize("layer", ["conv1", "conv2", "fc1"])
def test_the_first_layer_whose_values_left_the_range_is_named(layer: str) -> None:
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(3, (3, 3), stride=(3, 3))),
        ("relu1", ReLU()),
        ("conv2", Conv2d(4, (3, 3))),
        ("relu2", ReLU()),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )

    def spoil(state: TrainingState | None) -> None:
        assert state is not None
        with torch.no_grad():
            state.module.get_parameter(f"{layer}.weight").fill_(float("inf"))

    with session(replace(project(), network=network)) as watched:
        watched.session.batches(2)
        watched.in_state(State.PAUSED)
        watched.session.visit(spoil)
        watched.session.play()
        watched.in_state(State.FAILED)
        (failure,) = watched.events(RunFailed)
        assert str(failure.sentence) == (
            f"At step 3 the loss was no longer a number, and the first layer whose values left the range is “{layer}”:"
            " the weights grew without limit. Lower the learning rate and start over."
        )
        assert len(watched.losses()) == failure.step == 2


def test_a_device_that_runs_ahead_of_its_losses_names_a_layer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "isfinite", lambda _: True)

    def spoil(state: TrainingState) -> None:
        state.module.get_parameter("fc1.weight").detach().fill_(float("nan"))

    before_step(monkeypatch, 2, spoil)
    with session(project()) as watched:
        watched.session.batches(4)
        watched.in_state(State.FAILED)
        (failure,) = watched.events(RunFailed)
        assert str(failure.sentence).startswith("At step 3 the loss was no longer a number, and the first layer")
        # what came before the layer has learned from it since
        assert "“conv1”" in str(failure.sentence) and failure.step == 4
        assert len(watched.losses()) == 4


def test_a_validation_that_gives_no_number_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def spoil(state: TrainingState) -> None:
        state.module.get_buffer("norm1.running_mean").fill_(float("nan"))

    before_step(monkeypatch, 4, spoil)
    with session(project()) as watched:
        watched.session.play()
        watched.in_state(State.FAILED)
        (failure,) = watched.events(RunFailed)
        assert "At step 5 the validation loss was no longer a number" in str(failure.sentence)
        assert "“norm1”" in str(failure.sentence)
        assert not [one for one in watched.session.metrics.read()[0] if isinstance(one, Evaluation)]
