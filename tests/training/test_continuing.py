"""Going on with another network: what fits keeps its bits, what was dropped comes back, nothing else moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor
from training_kit import (
    advance,
    arranged_project,
    assert_same,
    data,
    state_of,
    tensors,
    with_recipe,
)

from cnnviz.network.check import check
from cnnviz.network.graph import Edge, Network
from cnnviz.network.layers import Conv2d, Dropout, MaxPool2d, ReLU
from cnnviz.network.pairing import pairing
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.training.changes import (
    Continuation,
    LayerChange,
    changed_nodes,
    compare,
    continuation,
    layer_changes,
    strongest_change,
)
from cnnviz.training.continuing import DroppedLayers, continued
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState, optimizer_of

if TYPE_CHECKING:
    from cnnviz.project.project import Project

pytestmark = pytest.mark.usefixtures("one_torch_thread")

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9, "nesterov": True},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1},
    "rmsprop": {"optimizer": "rmsprop", "momentum": 0.3},
    "adagrad": {"optimizer": "adagrad"},
    "bfloat16": {"optimizer": "adam", "precision": "bfloat16"},
    "everything": {"optimizer": "adam", "schedule": "one-cycle", "rotation": 10.0, "noise": 0.1, "clip_norm": 0.5},
}


def report_of(one: Project) -> Any:
    return check(one.network, Facts((1, 28, 28), 10))


def go_on(
    state: TrainingState, old: Project, new: Project, memory: DroppedLayers | None = None
) -> tuple[TrainingState, Continuation]:
    return continued(state, old, report_of(old), new, report_of(new), memory or DroppedLayers())


def without_doing(one: Project) -> Project:
    """Layers added that compute nothing."""
    one, _ = edits.insert(one, Edge("relu1", "pool1"), ReLU())
    one, _ = edits.insert(one, Edge("conv1", "norm1"), MaxPool2d((1, 1), (1, 1)))
    return edits.insert(one, Edge("flatten", "drop1"), Dropout(0.0))[0]


def optimizer_state(state: TrainingState) -> dict[str, Tensor]:
    found = {}
    for name, parameter in state.module.named_parameters():
        for key, value in state.optimizer.state[parameter].items():
            if isinstance(value, Tensor):
                found[f"{name} {key}"] = value.detach().clone()
    return found


def like_new(one: Network, name: str) -> str:
    return one.nodes[name].identity


@pytest.mark.parametrize("recipe", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_a_change_of_nothing_gives_the_bits_of_going_on(recipe: dict[str, Any]) -> None:
    one, images = arranged_project(epochs=9, **recipe), data()
    straight = state_of(one)
    expected = advance(straight, images, 16)
    state = state_of(one)
    losses = advance(state, images, 8)
    wider = edits.rename(without_doing(one), "conv1", "first")
    state, went = go_on(state, one, wider)
    assert (went.new, dict(went.recalled)) == ((), {})
    assert dict(went.kept) == {"first": "conv1", "norm1": "norm1", "fc1": "fc1"}
    losses += advance(state, images, 8)
    assert [loss.item() for loss in losses] == [loss.item() for loss in expected]

    def named(found: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name.replace("first.", "conv1."): tensor for name, tensor in found.items()}

    assert_same(named(tensors(state)), tensors(straight))
    assert_same(named(optimizer_state(state)), optimizer_state(straight))


@pytest.mark.parametrize("recipe", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_what_fits_is_kept_and_the_rest_starts_from_the_seed(recipe: dict[str, Any]) -> None:
    """The oracle puts the same training together with torch's own means: fresh modules, load_state_dict, copies."""
    one, images = arranged_project(epochs=9, **recipe), data()
    other = edits.set_parameter(one, "fc1", "bias", False)
    state = state_of(one)
    advance(state, images, 7)
    weights, remembered = tensors(state), optimizer_state(state)
    place = (state.epoch, state.batch, state.step)
    state, went = go_on(state, one, other)
    assert (dict(went.kept), went.new) == ({"conv1": "conv1", "norm1": "norm1"}, ("fc1",))
    assert (state.epoch, state.batch, state.step) == place == (1, 2, 7)

    oracle = state_of(other)
    fresh = tensors(oracle)
    kept = {name: one for name, one in weights.items() if name.partition(".")[0] != "fc1"}
    assert_same(tensors(state), {**fresh, **kept})
    oracle.module.load_state_dict({**fresh, **kept})
    oracle.epoch, oracle.batch, oracle.step = place
    for name, parameter in oracle.module.named_parameters():
        for key in {key.split()[1] for key in remembered if key.startswith(f"{name} ")} if "fc1" not in name else ():
            value = remembered[f"{name} {key}"]
            same = value.dim() and value.shape == parameter.shape
            oracle.optimizer.state[parameter][key] = torch.empty_like(parameter).copy_(value) if same else value
    if recipe.get("momentum") and recipe.get("optimizer", "sgd") == "sgd":
        weight = oracle.module.get_parameter("fc1.weight")
        oracle.optimizer.state[weight]["momentum_buffer"] = torch.zeros_like(weight)
    before, after = state.module._modules["drop1"], oracle.module._modules["drop1"]
    assert isinstance(after, SeededDropout) and isinstance(before, SeededDropout) and before.generator is not None
    after.generator = torch.Generator()
    after.generator.set_state(before.generator.get_state())
    expected = advance(oracle, images, 8)
    found = advance(state, images, 8)
    assert [loss.item() for loss in found] == [loss.item() for loss in expected]
    assert_same(tensors(state), tensors(oracle))


def test_momentum_of_new_layers_begins_like_torchs_own() -> None:
    """Without the fused kernel torch lets each parameter begin by itself."""
    one, images = arranged_project(epochs=9, momentum=0.9), data()
    other = edits.set_parameter(one, "fc1", "bias", False)
    states = []
    for fused in (True, False):
        state = state_of(one)
        advance(state, images, 4)
        state, _ = go_on(state, one, other)
        if not fused:
            plain = torch.optim.SGD(state.module.parameters(), 0.05, 0.9, fused=False, foreach=False)
            for parameter in state.module.parameters():
                if not torch.equal(state.optimizer.state[parameter]["momentum_buffer"], torch.zeros_like(parameter)):
                    plain.state[parameter] = state.optimizer.state[parameter]
            assert len(plain.state) == 4
            state.optimizer = plain
        advance(state, images, 4)
        states.append(tensors(state))
    for name, tensor in states[0].items():
        assert torch.allclose(tensor.float(), states[1][name].float(), rtol=1e-5, atol=1e-7), name


@pytest.mark.parametrize("recipe", [{"optimizer": "adam"}, {"momentum": 0.9}], ids=["adam", "momentum"])
def test_what_a_change_dropped_comes_back_with_its_values_of_then(recipe: dict[str, Any]) -> None:
    one, images, memory = arranged_project(epochs=9, **recipe), data(), DroppedLayers()
    wider = edits.set_parameter(one, "conv1", "out_channels", 6)
    state = state_of(one)
    advance(state, images, 6)
    then, moments = tensors(state), optimizer_state(state)
    state, went = go_on(state, one, wider, memory)
    assert went.new == ("conv1", "norm1", "fc1") and not went.kept
    advance(state, images, 3)
    second = tensors(state)
    state, went = go_on(state, wider, one, memory)
    assert set(went.recalled) == {"conv1", "norm1", "fc1"} and not went.new
    assert_same(tensors(state), then)
    assert_same(optimizer_state(state), moments)
    assert state.step == 9
    advance(state, images, 3)
    third = tensors(state)
    state, _ = go_on(state, one, wider, memory)
    assert_same(tensors(state), second)
    state, _ = go_on(state, wider, one, memory)
    assert_same(tensors(state), third)


def test_a_layer_that_was_cut_off_comes_back_under_another_name() -> None:
    one, images, memory = arranged_project(epochs=9, optimizer="adam"), data(), DroppedLayers()
    cut = edits.bypass(one, ["norm1"])
    state = state_of(one)
    advance(state, images, 6)
    then = tensors(state)
    state, _ = go_on(state, one, cut, memory)
    again = edits.rename(one, "norm1", "batchnorm")
    state, went = go_on(state, cut, again, memory)
    assert set(went.recalled) == {"batchnorm"}
    for leaf in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
        assert torch.equal(tensors(state)[f"batchnorm.{leaf}"], then[f"norm1.{leaf}"])
    assert memory.layers == ()


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    one, images = arranged_project(epochs=9), data()
    state = state_of(one)
    advance(state, images, 1)
    fc1 = 4 * sum(one.numel() for name, one in state.module.named_parameters() if name.startswith("fc1."))
    memory = DroppedLayers(most=fc1 + 100)
    old = one
    for channels in (5, 6, 4):
        new = edits.set_parameter(one, "conv1", "out_channels", channels)
        state, _ = go_on(state, old, new, memory)
        old = new
    assert [layer.node for layer in memory.layers] == []  # fc1 of 6 channels alone is larger than the bound
    small = DroppedLayers(most=1000)
    state, _ = go_on(state, old, edits.bypass(old, ["norm1"]), small)
    assert [layer.node for layer in small.layers] == ["norm1"]


def test_another_optimizer_keeps_weights_and_starts_anew_itself() -> None:
    one, images = arranged_project(epochs=9, optimizer="adam"), data()
    other = with_recipe(one, optimizer="sgd", momentum=0.9)
    state = state_of(one)
    advance(state, images, 6)
    then, best = tensors(state), state.best
    state, went = go_on(state, one, other)
    assert not went.new
    assert_same(tensors(state), then)
    assert not state.optimizer.state and isinstance(state.optimizer, torch.optim.SGD)
    assert state.best == best and state.best_accuracy >= 0
    advance(state, images, 3)


def test_a_network_that_computes_something_else_is_measured_anew() -> None:
    one, images = arranged_project(epochs=9, schedule="plateau"), data()
    state = state_of(one)
    advance(state, images, 6)
    assert state.best and state.best_accuracy >= 0
    best = {name.replace("conv1", "first"): tensor for name, tensor in state.best.items()}
    state, _ = go_on(state, one, edits.rename(one, "conv1", "first"))
    assert_same(state.best, best)
    renamed = edits.rename(one, "conv1", "first")
    state, _ = go_on(state, renamed, edits.bypass(renamed, ["relu1"]))
    assert (state.best, state.best_accuracy, state.best_loss) == ({}, -1.0, float("inf"))


def test_strides_of_what_the_optimizer_remembers_are_those_of_its_parameter() -> None:
    one, images = arranged_project(epochs=9, optimizer="adam"), data()
    state = state_of(one)
    advance(state, images, 2)
    state, _ = go_on(state, one, edits.insert(one, Edge("relu1", "pool1"), Conv2d(4, (2, 2)))[0])
    advance(state, images, 2)
    compared = 0
    for parameter in state.module.parameters():
        for value in state.optimizer.state[parameter].values():
            if isinstance(value, Tensor) and value.dim() and value.shape == parameter.shape:
                assert value.stride() == parameter.stride()
                compared += 1
    assert compared == 16


def test_nodes_are_told_apart_by_the_ids_that_they_were_made_with() -> None:
    old = arranged_project()
    network = old.network
    swapped = edits.rename(edits.rename(edits.rename(old, "conv1", "x"), "fc1", "conv1"), "x", "fc1").network
    assert pairing(network, swapped) == {**{name: name for name in network.nodes}, "fc1": "conv1", "conv1": "fc1"}
    renamed = edits.rename(old, "conv1", "first")
    again, _ = edits.insert(renamed, Edge("input", "first"), Conv2d())
    assert "conv1" in again.network.nodes
    assert pairing(network, again.network)["first"] == "conv1"
    assert "conv1" not in pairing(network, again.network)
    assert pairing(again.network, edits.rename(again, "first", "second").network)["second"] == "first"
    assert edits.rename(renamed, "first", "conv1").network.nodes["conv1"].origin == ""
    replaced = edits.set_parameter(renamed, "first", "bias", False).network
    assert like_new(replaced, "first") == "conv1"
    assert changed_nodes(network, renamed.network) == frozenset()
    assert changed_nodes(network, replaced) == {"first"}


def test_what_a_change_means() -> None:
    one = arranged_project()
    change = compare(one, edits.rename(one, "conv1", "first"))
    assert (change.renamed, change.restart) == (True, False)
    dropped = edits.set_parameter(edits.rename(one, "drop1", "drop"), "drop", "p", 0.75)
    change = compare(one, dropped)
    assert (change.renamed, change.restart, change.live) == (True, False, ("drop p",))
    for changes, continuable in (
        ({"optimizer": "adam"}, True),
        ({"schedule": "cosine", "warm_up": 1.0}, True),
        ({"batch_size": 8}, False),
        ({"seed": 1}, False),
    ):
        change = compare(one, with_recipe(one, **changes))
        assert (change.restart, change.continuable) == (True, continuable)
    wider = edits.set_parameter(one, "conv1", "out_channels", 6)
    assert compare(one, wider).continuable
    assert not compare(one, with_recipe(wider, seed=1)).continuable


def test_the_window_can_say_it_before() -> None:
    one = arranged_project()
    wider = edits.set_parameter(one, "conv1", "stride", (2, 2))
    went = continuation(one.network, report_of(one), wider.network, report_of(wider))
    assert (dict(went.kept), went.new, went.count) == ({"conv1": "conv1", "norm1": "norm1"}, ("fc1",), 3)


def test_an_exception_while_it_is_taken_over_leaves_the_state_as_it_was() -> None:
    one = arranged_project(epochs=9, optimizer="adam")
    images = data()
    state, straight = state_of(one), state_of(one)
    advance(state, images, 4)
    advance(straight, images, 8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cnnviz.training.continuing.optimizer_of", lambda *_: optimizer_of(one.recipe, None))  # type: ignore[arg-type]
        with pytest.raises(AttributeError):
            go_on(state, one, edits.set_parameter(one, "fc1", "bias", False))
    advance(state, images, 4)
    assert_same(tensors(state), tensors(straight))


def test_the_mark_of_each_layer_says_what_becomes_of_its_weights() -> None:
    plan = Continuation({"a": "a", "b": "b"}, {}, ("c",))
    marks = layer_changes({"b", "c", "pool"}, plan)
    assert marks == {"b": LayerChange.KEPT, "c": LayerChange.NEW, "pool": LayerChange.BARE}
    assert layer_changes({"c"}, None) == {"c": LayerChange.UNPLANNED}
    assert strongest_change(marks, ("a", "pool", "c")) is LayerChange.NEW
    assert strongest_change(marks, ("a", "pool")) is LayerChange.BARE
    assert strongest_change(marks, ("a",)) is None
