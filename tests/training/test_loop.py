"""The loop computes what a plain torch loop computes, bit for bit; schedules, augmentation and early ends besides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from training_kit import advance, assert_same, data, project, state_of, tensors

from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output
from cnnviz.training import loop
from cnnviz.training.failure import NotANumber, explain
from cnnviz.training.loop import BatchDone, Evaluated, batches_per_epoch, evaluation_batch, train
from cnnviz.training.schedule import factor
from cnnviz.training.state import TrainingState, sample_order

BATCHES = 12


def plain(one: Any, weights: dict[str, Tensor], optimizer: Any, **options: Any) -> dict[str, Tensor]:
    """The same training as someone writes it down who has never seen this program."""
    torch.set_num_threads(1)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10)
    ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    names = {"conv1": "0", "norm1": "1", "fc1": "5"}
    ours = {f"{names[name.split('.')[0]]}.{name.split('.')[1]}": value for name, value in weights.items()}
    model.load_state_dict(ours)
    steps = optimizer(model.parameters(), lr=one.recipe.learning_rate, **options)
    images = data().train
    done, epoch = 0, 0
    while done < BATCHES:
        order = sample_order(one.recipe.seed, epoch, len(images))
        for first in range(0, len(images), one.recipe.batch_size):
            if done == BATCHES:
                break
            chosen = order[first : first + one.recipe.batch_size]
            x = (images.images[chosen].float() / 255).contiguous(memory_format=torch.channels_last)
            loss = nn.functional.cross_entropy(model((x - 0.1307) / 0.3081), images.labels[chosen])
            steps.zero_grad()
            torch.autograd.backward(loss)
            steps.step()
            done += 1
        epoch += 1
    back = {new: old for old, new in names.items()}
    return {f"{back[name.split('.')[0]]}.{name.split('.')[1]}": one for name, one in model.state_dict().items()}


@pytest.mark.parametrize(
    ("recipe", "optimizer", "options"),
    [
        ({"optimizer": "sgd"}, torch.optim.SGD, {}),
        (
            {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
            torch.optim.SGD,
            {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        ),
        ({"optimizer": "adam"}, torch.optim.Adam, {}),
        ({"optimizer": "adamw", "weight_decay": 0.1}, torch.optim.AdamW, {"weight_decay": 0.1}),
        ({"optimizer": "rmsprop", "momentum": 0.5}, torch.optim.RMSprop, {"momentum": 0.5}),
        ({"optimizer": "adagrad"}, torch.optim.Adagrad, {}),
    ],
)
def test_bit_for_bit_a_plain_loop(recipe: dict[str, Any], optimizer: Any, options: dict[str, Any]) -> None:
    one = project(dropout=0.0, epochs=3, **recipe)
    state = state_of(one)
    if state.optimizer.defaults.get("fused"):
        options = {**options, "fused": True}
    expected = plain(one, tensors(state), optimizer, **options)
    advance(state, data(), BATCHES)
    assert_same(tensors(state), expected)


@pytest.mark.parametrize(
    "recipe", [{"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "adam"}, {"optimizer": "adamw"}]
)
def test_fused_steps_are_the_textbook_steps(recipe: dict[str, Any]) -> None:
    one = project(dropout=0.0, epochs=3, learning_rate=0.01, **recipe)
    state = state_of(one)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[recipe["optimizer"]]
    options: dict[str, Any] = {"foreach": False, "weight_decay": 0.0}
    if "momentum" in recipe:
        options["momentum"] = 0.9
    expected = plain(one, tensors(state), kind, **options)
    advance(state, data(), BATCHES)
    # what normalization takes away again has gradients of rounding alone, which Adam makes steps of
    for name in expected.keys() - {"conv1.bias", "norm1.running_mean"}:
        torch.testing.assert_close(tensors(state)[name], expected[name], rtol=1e-3, atol=1e-4)


def test_an_epoch_sees_every_image_once() -> None:
    images = data()
    state = state_of(project(epochs=1))
    sizes = [moment.size for moment in train(state, images) if isinstance(moment, BatchDone)]
    assert sizes == [16, 16, 16, 16, 11]
    assert sorted(sample_order(0, 0, 75).tolist()) == list(range(75))
    assert not torch.equal(sample_order(0, 0, 75), sample_order(0, 1, 75))
    assert (batches_per_epoch(65, 16), batches_per_epoch(66, 16), batches_per_epoch(3, 1)) == (4, 5, 3)


@pytest.mark.parametrize("schedule", ["step", "cosine", "one-cycle"])
def test_each_step_takes_the_rate_of_the_schedule(schedule: str) -> None:
    one = project(epochs=3, schedule=schedule, warm_up=0.5)
    state = state_of(one)
    group = state.optimizer.param_groups[0]
    rates = [group["lr"] for moment in train(state, data()) if isinstance(moment, BatchDone)]
    assert rates == [0.05 * factor(one.recipe, step, 5) for step in range(15)]
    assert len(set(rates)) > 2


def test_plateau_lowers_the_rate_where_validation_does_not_get_better(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([1.0, 0.5, 0.6, 0.5, 0.4, 0.5, 0.5])
    monkeypatch.setattr(loop, "evaluate", lambda *_: iter([Evaluated("validation", next(losses), 0.5, 10)]))
    state = state_of(project(epochs=7, schedule="plateau", step_factor=0.1))
    lowered = [state.lowered for moment in train(state, data()) if isinstance(moment, Evaluated)]
    assert lowered == [1, 1, 1, 0.1, 0.1, 0.1, pytest.approx(0.01)]


def test_training_ends_early_where_validation_does_not_get_better(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracies = iter([0.5, 0.6, 0.6, 0.55, 0.9])
    monkeypatch.setattr(loop, "evaluate", lambda *_: iter([Evaluated("validation", 1.0, next(accuracies), 10)]))
    state = state_of(project(epochs=9, patience=2))
    assert sum(isinstance(moment, Evaluated) for moment in train(state, data())) == 4
    assert (state.epoch, state.epochs, state.planned, state.best_accuracy) == (4, 4, 9, 0.6)


def test_clipping_limits_the_gradient() -> None:
    state = state_of(project(clip_norm=0.001, learning_rate=1.0))
    before = tensors(state)
    advance(state, data(), 1)
    moved = [(one.detach() - before[name]).norm() for name, one in state.module.named_parameters()]
    assert torch.stack(moved).norm().item() == pytest.approx(0.001, rel=1e-3)


def test_label_smoothing_changes_what_is_learned_and_not_how_it_is_measured() -> None:
    plain_state, smooth = (state_of(project(label_smoothing=share)) for share in (0.0, 0.3))
    assert torch.equal(advance(plain_state, data(), 1)[0], advance(smooth, data(), 1)[0])
    images = data().train
    chosen = sample_order(0, 0, 75)[:16]
    again = state_of(project(label_smoothing=0.3))
    logits = again.module.train()(images.images[chosen].float() / 255)[0]
    loss = nn.functional.cross_entropy(logits, images.labels[chosen], label_smoothing=0.3)
    torch.autograd.backward(loss)
    weight = again.module.get_parameter("fc1.weight")
    assert weight.grad is not None
    torch.testing.assert_close(smooth.module.get_parameter("fc1.weight"), weight - 0.05 * weight.grad)
    assert not torch.equal(plain_state.module.get_parameter("fc1.weight"), smooth.module.get_parameter("fc1.weight"))


@pytest.mark.parametrize("recipe", [{}, {"rotation": 15.0, "elastic": 1.0, "noise": 0.1, "erasing": 0.3}])
def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(recipe: dict[str, Any]) -> None:
    runs = []
    for seed in (3, 3, 4):
        state = state_of(project(seed=seed, **recipe))
        torch.rand(5)
        advance(state, data(), 7)
        runs.append(tensors(state))
    assert_same(runs[0], runs[1])
    assert not torch.equal(runs[0]["conv1.weight"], runs[2]["conv1.weight"])


def test_a_loss_that_is_no_number_names_its_layer_and_leaves_the_weights() -> None:
    state = state_of(project(learning_rate=0.01))
    with torch.no_grad():
        state.module.get_parameter("fc1.weight").mul_(float("inf"))
    before = tensors(state)
    with pytest.raises(NotANumber) as failure:
        advance(state, data(), 1)
    assert (failure.value.step, failure.value.layer) == (1, "fc1")
    after = tensors(state)
    assert torch.equal(before["conv1.weight"], after["conv1.weight"])


def spoil(state: TrainingState) -> None:
    state.module.get_buffer("norm1.running_var").fill_(float("nan"))


def test_an_evaluation_that_gives_no_number_names_the_layer_and_is_no_best() -> None:
    state = state_of(project())
    moments = train(state, data())
    assert sum(isinstance(next(moments), BatchDone) for _ in range(5)) == 5
    spoil(state)
    with pytest.raises(NotANumber) as failure:
        list(moments)
    assert (failure.value.step, failure.value.layer, failure.value.split) == (5, "norm1", "validation")
    assert state.best == {} and state.epoch == 0
    assert "At step 5 the validation loss was" in str(explain(failure.value))
    assert str(explain(NotANumber(5))).startswith("At step 5 the loss was")


def test_a_test_that_gives_no_number_is_a_failure_with_the_best_weights_too() -> None:
    state = state_of(project(epochs=1))
    list(train(state, data()))
    state.best["fc1.bias"][0] = float("inf")
    with pytest.raises(NotANumber) as failure:
        list(loop.test(state, data()))
    assert (failure.value.layer, failure.value.split) == ("fc1", "test")
    spoil(state)
    with pytest.raises(NotANumber) as failure:
        list(loop.test(state, data()))
    assert (failure.value.layer, failure.value.split) == ("norm1", "test")


@pytest.mark.parametrize("seed", [0, 1])
def test_validation_is_in_evaluation_mode_and_changes_nothing(seed: int) -> None:
    state = state_of(project(seed=seed))
    images = data()
    advance(state, images, 3)
    before = tensors(state)
    found = [one for one in loop.evaluate(state, images.validation, "validation") if isinstance(one, Evaluated)]
    assert_same(tensors(state), before)
    with torch.no_grad():
        logits, _ = state.module.eval()(images.validation.images.float() / 255)
    assert found[0].accuracy == (logits.argmax(1) == images.validation.labels).double().mean().item()
    assert found[0].loss == pytest.approx(
        nn.functional.cross_entropy(logits, images.validation.labels).item(), rel=1e-5
    )


def test_an_evaluation_takes_fewer_images_at_once_where_outputs_are_large() -> None:
    wide = chain(
        ("input", Input()),
        ("conv1", Conv2d(500, (1, 1))),
        ("pool1", MaxPool2d((28, 28))),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    assert evaluation_batch(state_of(project())) == 500
    for batch_size, together in ((1, 2), (64, 64), (1000, 500)):
        one = replace(project(batch_size=batch_size), network=wide)
        assert evaluation_batch(state_of(one)) == together
