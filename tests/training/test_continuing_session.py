"""A session whose run continues with a changed network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training_kit import (
    LONG,
    advance,
    arranged_project,
    assert_same,
    data,
    session,
    state_of,
    tensors,
    with_recipe,
)

from cnnviz.network.graph import Edge
from cnnviz.network.layers import Dense, ReLU
from cnnviz.project import edits
from cnnviz.training.channels import State
from cnnviz.training.events import NetworkChanged, Refused, RunFinished, SettingChanged
from cnnviz.training.modules import SeededDropout

if TYPE_CHECKING:
    from cnnviz.project.project import Project


def test_a_session_goes_on_with_a_change_and_back() -> None:
    one = arranged_project(epochs=4, optimizer="adam")
    wider = edits.set_parameter(one, "fc1", "bias", False)
    with session(one) as watched:
        watched.batches(6)
        then = watched.tensors()
        watched.session.go_on(wider)
        watched.until(lambda: watched.events(NetworkChanged))
        watched.in_state(State.FINISHED)
        (mark,) = watched.events(NetworkChanged)
        assert mark == NetworkChanged(1, 6, wider, ("conv1", "norm1"), ("fc1",))
        assert watched.session.standing.project == wider
        assert [layer.node for layer in watched.session.standing.dropped] == ["fc1"]
        weights = watched.session.weights.latest
        assert weights is not None and weights.network == wider.network and "fc1.bias" not in weights.tensors
        assert (watched.session.status.run, watched.session.status.step) == (1, 20)
        watched.session.go_on(one)
        watched.until(lambda: len(watched.events(NetworkChanged)) == 2)
        assert watched.events(NetworkChanged)[1].new == ()
        watched.until(lambda: len(watched.events(RunFinished)) == 2)
        assert watched.session.status.step == 40
        watched.session.reset(one)
        watched.until(lambda: watched.session.status.run == 2)
        assert watched.session.standing.dropped == ()
    oracle, images = state_of(one), data()
    advance(oracle, images, 6)
    assert_same(then, tensors(oracle))


def test_weights_and_network_change_together_while_it_runs() -> None:
    one = arranged_project(epochs=LONG)
    other = edits.insert(one, Edge("relu1", "pool1"), ReLU())[0]
    with session(one) as watched:
        seen: list[bool] = []

        def look() -> None:
            weights = watched.session.weights.latest
            assert weights is not None
            names = {name for name in weights.network.nodes if weights.network[name].kind in ("Conv2d", "Dense")}
            seen.append(names == {name.partition(".")[0] for name in weights.tensors} - {"norm1"})
            watched.session.weights.request()

        watched.session.weights.listen(look)
        watched.session.play()
        watched.until(lambda: watched.session.status.step > 5)

        def trains(target: Project) -> None:
            watched.session.go_on(target)
            watched.until(lambda: watched.session.standing.project == target)
            step = watched.session.status.step
            watched.until(lambda: watched.session.status.step > step + 3)

        trains(edits.insert(other, Edge("flatten", "drop1"), Dense(7))[0])
        trains(one)
        assert watched.session.status.state is State.RUNNING
        assert len(seen) > 2 and all(seen)


def test_a_renamed_layer_goes_on_without_a_word() -> None:
    one = arranged_project(epochs=LONG, optimizer="adam")
    renamed = edits.rename(edits.set_parameter(one, "drop1", "p", 0.5), "conv1", "first")
    back = edits.set_parameter(one, "drop1", "p", 0.5)
    with session(one) as watched:
        watched.batches(4)
        watched.session.apply(renamed)
        watched.batches(2)
        weights = watched.session.weights.latest
        assert weights is not None and "first.weight" in weights.tensors
        assert watched.session.standing.project.network == renamed.network
        watched.session.apply(back)
        watched.batches(2)
        assert [type(one) for one in watched.events(object)][1:] == [SettingChanged]
        last = watched.tensors()
    state = state_of(one)
    advance(state, data(), 4)
    dropout = state.module._modules["drop1"]
    assert isinstance(dropout, SeededDropout)
    dropout.p = 0.5
    advance(state, data(), 4)
    assert_same(last, tensors(state))


def test_a_name_changed_before_the_first_step_is_another_start() -> None:
    one = arranged_project()
    renamed = edits.rename(one, "conv1", "first")
    with session(one) as watched:
        watched.session.apply(renamed)
        watched.until(
            lambda: watched.session.weights.latest and "first.weight" in watched.session.weights.latest.tensors
        )
        assert_same(watched.tensors(), tensors(state_of(renamed)))


def test_what_cannot_be_taken_over_is_refused_and_changes_nothing() -> None:
    one = arranged_project(epochs=LONG)
    with session(one) as watched:
        watched.batches(2)
        then = watched.tensors()
        broken = edits.remove(one, ["fc1"])
        for wrong in (with_recipe(one, batch_size=8), broken):
            watched.session.go_on(wrong)
        watched.until(lambda: len(watched.events(Refused)) == 2)
        assert "from scratch" in str(watched.events(Refused)[0].sentence)
        assert watched.session.status.state is State.PAUSED
        assert_same(watched.tensors(), then)
        assert watched.session.standing.project == one
        watched.batches(1)
