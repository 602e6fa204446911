"""The session: what each command does in each state, repetition to the bit, live changes, failures, and its end."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from training_kit import (
    LONG,
    PATIENCE,
    advance,
    assert_same,
    data,
    network,
    project,
    session,
    state_of,
    tensors,
    with_recipe,
)

from cnnviz.network import graph
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import Evaluation, State
from cnnviz.training.driver import CALM_SECONDS, calm_seconds
from cnnviz.training.events import RunFinished, RunStarted, SettingChanged

if TYPE_CHECKING:
    from cnnviz.training.state import TrainingState


def test_a_training_from_start_to_end() -> None:
    one = project()
    with session(one) as watched:
        assert watched.session.status.state is State.UNTRAINED
        first = watched.tensors()
        watched.session.play()
        watched.in_state(State.FINISHED)
        status = watched.session.status
        assert (status.epoch, status.step, status.images) == (2, 10, 150)
        evaluations = [one for one in watched.session.metrics.read()[0] if isinstance(one, Evaluation)]
        assert [one.split for one in evaluations] == ["validation", "validation", "test", "test best"]
        assert [type(one) for one in watched.session.events.read()[0]] == [RunStarted, RunFinished]
        last = watched.tensors()
        measured = watched.losses()
    state = state_of(one)
    assert_same(first, tensors(state))
    expected = advance(state, data(), 10)
    assert_same(last, tensors(state))
    assert measured.tolist() == [loss.item() for loss in expected]


def test_batches_epochs_and_pauses_make_no_difference() -> None:
    with session(project()) as watched:
        watched.session.batches(3)
        watched.in_state(State.PAUSED)
        assert (watched.session.status.step, watched.session.status.epoch) == (3, 0)
        watched.session.epoch()
        watched.until(lambda: watched.session.status.epoch == 1 and watched.session.status.state is State.PAUSED)
        assert watched.session.status.step == 5
        watched.session.batches()
        watched.until(lambda: watched.session.status.step == 6 and watched.session.status.state is State.PAUSED)
        watched.session.play()
        watched.in_state(State.FINISHED)
        last, measured = watched.tensors(), watched.losses()
    state = state_of(project())
    expected = advance(state, data(), 10)
    assert_same(last, tensors(state))
    assert measured.tolist() == [loss.item() for loss in expected]


def test_a_pause_stands_still_and_shows_its_own_step() -> None:
    with session(project(epochs=LONG)) as watched:
        watched.session.play()
        watched.until(lambda: watched.session.status.step > 3)
        watched.session.pause()
        watched.in_state(State.PAUSED)
        weights = watched.session.weights.latest
        assert weights is not None and weights.settled
        assert weights.step == watched.session.status.step == len(watched.losses())
        assert watched.session.status.images_per_second == 0


def test_starting_over_repeats_the_run_to_the_bit() -> None:
    one = project(optimizer="adam", rotation=10.0)
    with session(one) as watched:
        runs = []
        for run in (1, 2):
            if run == 2:
                watched.session.reset(one)
                watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
            watched.session.play()
            watched.in_state(State.FINISHED)
            runs.append((watched.tensors(), watched.losses(run)))
        assert_same(runs[0][0], runs[1][0])
        assert runs[0][1].tolist() == runs[1][1].tolist()
        watched.session.reset(with_recipe(one, seed=1))
        watched.until(lambda: watched.session.status.run == 3 and watched.session.status.device)
        assert not torch.equal(watched.tensors()["conv1.weight"], state_of(one).module.get_parameter("conv1.weight"))


def test_playing_on_after_the_end_appends_epochs() -> None:
    with session(project(epochs=2)) as watched:
        watched.session.play()
        watched.in_state(State.FINISHED)
        watched.session.epoch()
        watched.until(lambda: watched.session.status.epoch == 3 and watched.session.status.state is State.FINISHED)
        watched.session.play()
        watched.until(lambda: watched.session.status.epoch == 5 and watched.session.status.state is State.FINISHED)
        last = watched.tensors()
    state = state_of(project(epochs=5))
    advance(state, data(), 25)
    assert_same(last, tensors(state))


def test_an_early_end_is_an_end_and_can_be_played_on() -> None:
    with session(project(epochs=LONG, patience=1, learning_rate=1e-8)) as watched:
        watched.session.play()
        watched.in_state(State.FINISHED)
        done = watched.session.status.epoch
        assert done == watched.session.status.epochs < LONG == watched.session.status.planned
        assert watched.session.status.ended_early and not watched.session.status.stopped
        watched.session.epoch()
        watched.until(lambda: watched.session.status.epoch == done + 1)
        watched.in_state(State.FINISHED)
        assert not watched.session.status.ended_early


def test_live_changes_are_taken_over_and_marked() -> None:
    one = project(epochs=LONG)
    with session(one) as watched:
        watched.session.batches(2)
        watched.in_state(State.PAUSED)
        changed = with_recipe(one, learning_rate=0.001, noise=0.1)
        changed = edits.set_parameter(changed, "drop1", "p", 0.75)
        watched.session.apply(changed)
        watched.until(lambda: len(watched.events(SettingChanged)) == 3)
        assert {(one.parameter, one.value, one.step) for one in watched.events(SettingChanged)} == {
            ("learning_rate", 0.001, 2), ("noise", 0.1, 2), ("drop1 p", 0.75, 2),
        }  # fmt: skip
        found: list[TrainingState | None] = []
        watched.session.batches(1)
        watched.session.visit(found.append)
        watched.until(lambda: found)
        assert found[0] is not None
        assert found[0].recipe.learning_rate == 0.001
        watched.until(lambda: watched.session.status.step == 3)
        assert found[0].optimizer.param_groups[0]["lr"] == 0.001
        assert watched.session.standing.project == changed


def test_other_changes_wait_for_a_start_over_and_moving_a_node_changes_nothing() -> None:
    one = project(epochs=LONG)
    with session(one) as watched:
        watched.session.batches(2)
        watched.in_state(State.PAUSED)
        wider = edits.set_parameter(one, "conv1", "out_channels", 6)
        moved = replace(one, layout=one.layout.placed({"conv1": (500.0, 500.0)}))
        seen: list[object] = []
        watched.session.apply(wider)
        watched.session.apply(moved)
        watched.session.apply(wider)
        watched.session.visit(seen.append)
        watched.session.batches(1)
        watched.until(lambda: watched.session.status.step == 3)
        assert seen and watched.session.standing.project.network == one.network
        assert watched.events(SettingChanged) == []
        watched.session.reset(wider)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
        assert watched.tensors()["conv1.weight"].shape[0] == 6


def test_an_untrained_network_follows_each_edit() -> None:
    one = project()
    with session(one) as watched:
        watched.session.apply(edits.set_parameter(one, "conv1", "out_channels", 6))
        watched.until(
            lambda: watched.session.weights.latest and len(watched.session.weights.latest.tensors["conv1.bias"]) == 6
        )
        broken = replace(one, network=graph.remove(network(), ["fc1"]))
        watched.session.apply(broken)
        watched.until(lambda: watched.session.weights.latest is None)
        watched.session.play()
        watched.session.apply(one)
        watched.until(lambda: watched.session.weights.latest is not None)
        assert watched.session.status.state is State.UNTRAINED


def test_weights_tell_runs_of_the_same_number_apart() -> None:
    one = project()
    with session(one) as watched:

        def published(run: int, step: int, *but: int) -> int:
            """The start of the weights of this run and step, which is none of ``but``."""
            slot = watched.session.weights
            watched.until(
                lambda: (
                    (latest := slot.latest) is not None
                    and (latest.run, latest.step) == (run, step)
                    and latest.start not in but
                )
            )
            assert slot.latest is not None
            return slot.latest.start

        first = published(1, 0)
        watched.session.reset(with_recipe(one, seed=1))
        second = published(1, 0, first)
        watched.session.batches(1)
        assert published(1, 1) == second
        watched.session.reset(one)
        assert published(2, 0) not in (first, second)
        watched.session.back()
        assert published(1, 1) == second


def test_closing_in_the_middle_of_a_training() -> None:
    with session(project(epochs=LONG)) as watched:
        watched.session.play()
        watched.until(lambda: watched.session.status.step > 3)
        assert watched.session.close(PATIENCE)
        assert watched.session.status.state is State.CLOSING
    assert "cnnviz-session" not in {thread.name for thread in threading.enumerate()}


def test_a_live_rate_leaves_added_epochs_alone() -> None:
    one = project()
    with session(one) as watched:
        watched.session.play()
        watched.in_state(State.FINISHED)
        watched.session.batches(1)
        watched.in_state(State.PAUSED)
        added = watched.session.status.epochs
        assert added > one.recipe.epochs
        watched.session.apply(with_recipe(one, learning_rate=0.001))
        watched.session.batches(1)
        watched.until(
            lambda: (
                watched.session.status.state is State.PAUSED
                and watched.session.standing.project.recipe.learning_rate == 0.001
            )
        )
        assert watched.session.status.epochs == added


def test_a_pause_while_the_test_images_are_looked_at_adds_no_epoch() -> None:
    one = with_recipe(project(), epochs=1)
    with session(one) as watched:
        paused = threading.Event()

        def pause() -> None:
            status = watched.session.status
            if status.epoch == 1 and status.state is State.RUNNING and not paused.is_set():
                paused.set()
                watched.session.pause()

        watched.session.listen(pause)
        watched.session.play()
        assert paused.wait(30)
        watched.until(lambda: watched.session.status.state in (State.PAUSED, State.FINISHED))
        if watched.session.status.state is State.PAUSED:
            watched.session.play()
        watched.in_state(State.FINISHED)
        assert (watched.session.status.epoch, watched.session.status.epochs) == (1, 1)
        assert len(watched.events(RunFinished)) == 1


def test_the_larger_a_network_the_longer_the_next_edit_may_take_before_it_is_built() -> None:
    small, large = TEMPLATES["fast"].project(), TEMPLATES["densenet-121"].project()
    assert CALM_SECONDS <= calm_seconds(small) < 1.5 * CALM_SECONDS
    assert 4 * CALM_SECONDS < calm_seconds(large) < 1
