"""Stop, slow motion, several runs, added epochs: the session does what it is told, and no bit is lost by it."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from training_kit import LONG, Watched, advance, assert_same, data, project, session, state_of, tensors, with_recipe

from cnnviz.network.layers import Dropout, Layer
from cnnviz.project import edits
from cnnviz.training.channels import BatchMetrics, Evaluation, State
from cnnviz.training.events import EpochsAdded, NetworkChanged, RunFinished, RunResumed, SettingChanged
from cnnviz.training.modules import SeededDropout
from cnnviz.training.standing import PreviousRun

if TYPE_CHECKING:
    from cnnviz.training.state import TrainingState


def evaluations(watched: Watched) -> list[Evaluation]:
    return [one for one in watched.session.metrics.read()[0] if isinstance(one, Evaluation)]


def dropped(watched: Watched) -> list[str]:
    return [layer.node for layer in watched.session.standing.dropped]


def test_a_stop_looks_at_the_test_images_and_loses_nothing() -> None:
    one = project(epochs=4, optimizer="adam", schedule="cosine")
    with session(one) as watched:
        watched.session.stop()
        watched.batches(3)
        watched.session.stop()
        watched.in_state(State.FINISHED)
        status = watched.session.status
        assert (status.epoch, status.epochs, status.step) == (0, 4, 3)
        assert status.stopped and status.resumable
        assert [(one.split, one.step) for one in evaluations(watched)] == [("test", 3)]
        assert len(watched.events(RunFinished)) == 1
        watched.batches(4)
        watched.session.play()
        watched.session.stop()
        watched.in_state(State.FINISHED)
        step = watched.session.status.step
        assert 7 <= step < 20
        watched.session.play()
        watched.until(lambda: len(watched.events(RunFinished)) == 3 and watched.session.status.state is State.FINISHED)
        assert watched.session.status.step == 20 and not watched.events(EpochsAdded)
        assert not watched.session.status.stopped and not watched.session.status.resumable
        last = watched.tensors()
    state = state_of(one)
    advance(state, data(), 20)
    assert_same(last, tensors(state))


def test_slow_motion_answers_at_once_and_computes_the_same() -> None:
    """At a batch in a thousand seconds nothing but the commands can have moved it."""
    one = project(epochs=LONG)
    with session(one) as watched:
        watched.session.pace(0.001)
        watched.session.play()
        watched.until(lambda: watched.session.status.step == 1)
        assert watched.session.status.pace == 0.001
        seen: list[int] = []
        watched.session.visit(lambda state: seen.append(state.step if state else -1))
        watched.session.apply(with_recipe(one, learning_rate=0.01))
        watched.session.pause()
        watched.in_state(State.PAUSED)
        assert seen == [1] and watched.session.status.step == 1
        assert [change.step for change in watched.events(SettingChanged)] == [1]
        watched.batches(1)
        watched.session.play()
        watched.until(lambda: watched.session.status.step == 3)
        weights = watched.session.weights
        weights.request()
        watched.session.pace(0)
        watched.until(lambda: watched.session.status.step > 20)
        watched.session.pause()
        watched.in_state(State.PAUSED)
        steps, last = watched.session.status.step, watched.tensors()
        measured = [one.first_step for one in watched.session.metrics.read()[0] if isinstance(one, BatchMetrics)]
        assert measured[:3] == [1, 2, 3]
        watched.session.pace(2.0)
        watched.session.reset(one)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
        assert watched.session.status.pace == 2.0
    state = state_of(one)
    advance(state, data(), 1)
    state.recipe = with_recipe(one, learning_rate=0.01).recipe
    advance(state, data(), steps - 1)
    assert_same(last, tensors(state))


def test_slow_motion_waits_between_batches() -> None:
    """Counted on the thread itself: how long it was willing to wait for a command before each batch."""
    with session(project(epochs=LONG)) as watched:
        waits: list[float] = []
        commands = watched.session.channels.commands

        class Commands:
            def get(self, block: bool = True, timeout: float | None = None) -> Any:
                if block and timeout is not None:
                    waits.append(timeout)
                return commands.get(block, timeout)

            put = commands.put

        watched.session.channels.commands = Commands()  # type: ignore[assignment]
        watched.session.pace(10.0)
        watched.session.play()
        # a step that takes longer than its share, on a busy machine, is followed by no wait
        watched.until(lambda: len(waits) >= 3)
        watched.session.pause()
        watched.in_state(State.PAUSED)
        assert all(0 < wait <= 1 / 10 for wait in waits) and watched.session.status.step >= 3


def test_the_run_before_is_kept_and_can_be_gone_back_to() -> None:
    one = project(epochs=LONG, optimizer="adam")
    other = edits.set_parameter(with_recipe(one, seed=5), "conv1", "out_channels", 6)
    with session(one) as watched:
        watched.session.back()
        watched.batches(7)
        first = watched.tensors()
        watched.session.reset(other)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
        assert watched.session.standing.previous == PreviousRun(1, 7, one)
        watched.batches(3)
        second = watched.tensors()
        watched.session.play()
        watched.session.back()
        watched.until(lambda: watched.events(RunResumed))
        status = watched.session.status
        assert (status.state, status.step, status.epoch, status.images) == (State.PAUSED, 7, 1, 107)
        assert watched.events(RunResumed) == [RunResumed(1, 7, one)]
        assert watched.session.standing.project == one
        assert_same(watched.tensors(), first)
        assert watched.session.standing.previous is not None and watched.session.standing.previous.run == 2
        watched.batches(6)
        last = watched.tensors()
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 2)
        assert watched.session.standing.project == other and watched.session.status.step >= 3
        assert watched.tensors().keys() == second.keys()
        watched.session.reset(one)
        watched.until(lambda: watched.session.status.run == 3 and watched.session.status.device)
        assert watched.session.standing.previous is not None and watched.session.standing.previous.run == 2
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 2)
        assert watched.session.standing.previous is None
    state = state_of(one)
    advance(state, data(), 13)
    assert_same(last, tensors(state))


def test_a_run_that_cannot_be_gone_back_to_gives_up_its_tensors_at_once() -> None:
    """Not when Python next looks for cycles of objects: they may be gigabytes."""
    one = project(epochs=LONG)
    states: list[weakref.ref[TrainingState]] = []
    gc.collect()
    gc.disable()
    try:
        with session(one) as watched:

            def start_over(run: int) -> None:
                watched.batches(2)
                watched.session.reset(with_recipe(one, seed=run))
                watched.until(lambda: watched.session.status.run == run and watched.session.status.device)

            for run in (2, 3, 4):
                watched.session.visit(lambda state: states.append(weakref.ref(state)) if state else None)
                start_over(run)
            assert [state() is None for state in states] == [True, True, False]
            watched.session.back()
            watched.until(lambda: watched.events(RunResumed))
            start_over(4)
            start_over(5)
            assert states[-1]() is None
    finally:
        gc.enable()


def test_a_run_that_was_never_trained_leaves_its_number_to_the_next_one() -> None:
    one = project(epochs=LONG)
    with session(one) as watched:
        watched.batches(3)
        for seed in (5, 6):
            watched.session.reset(with_recipe(one, seed=seed))
            watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
            watched.session.back()
            watched.until(lambda: watched.session.status.run == 1)
        watched.session.reset(with_recipe(one, seed=7))
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
        watched.batches(2)
        watched.session.reset(one)
        watched.until(lambda: watched.session.status.run == 3)


def test_a_run_is_gone_back_to_without_changes_that_it_never_trained_with() -> None:
    one = project(epochs=LONG)
    tried = with_recipe(one, weight_decay=0.1)
    other = edits.set_parameter(with_recipe(tried, learning_rate=0.001, epochs=3, rotation=20.0), "drop1", "p", 0.75)
    with session(one) as watched:
        watched.batches(2)
        watched.session.apply(tried)
        watched.batches(2)
        watched.session.apply(other)
        watched.session.apply(with_recipe(other, learning_rate=0.002))
        watched.session.reset(with_recipe(other, learning_rate=0.002))
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
        assert watched.session.standing.previous == PreviousRun(1, 4, tried)
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
        assert watched.session.standing.project == tried
        assert watched.session.status.epochs == LONG
        watched.batches(3)
        last = watched.tensors()
    state, images = state_of(one), data()
    advance(state, images, 2)
    state.recipe = tried.recipe
    state.optimizer.param_groups[0]["weight_decay"] = 0.1
    advance(state, images, 5)
    assert_same(last, tensors(state))


def test_what_was_dropped_goes_with_its_run() -> None:
    one = project(epochs=LONG)
    wider = edits.set_parameter(one, "fc1", "bias", False)
    with session(one) as watched:
        watched.batches(3)
        then = watched.tensors()
        watched.session.go_on(wider)
        watched.until(lambda: watched.events(NetworkChanged))
        watched.session.reset(one)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
        assert dropped(watched) == []
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
        assert dropped(watched) == ["fc1"]
        caught: list[Any] = []
        watched.session.weights.listen(lambda: caught.append(watched.session.weights.latest))
        watched.session.go_on(one)
        watched.until(lambda: len(watched.events(NetworkChanged)) == 2)
        assert_same({"fc1.weight": caught[0].tensors["fc1.weight"]}, {"fc1.weight": then["fc1.weight"]})


@pytest.mark.parametrize(("schedule", "raised"), [("one-cycle", True), ("constant", False)])
def test_added_epochs_are_marked_and_train_at_a_rate_that_teaches(schedule: str, raised: bool) -> None:
    one = project(epochs=1, schedule=schedule, learning_rate=0.5)
    with session(one) as watched:
        watched.session.play()
        watched.in_state(State.FINISHED)
        before = watched.tensors()
        watched.session.epoch()
        watched.until(lambda: watched.session.status.epoch == 2)
        watched.in_state(State.FINISHED)
        rate = 0.05 if raised else 0.5
        (added,) = watched.events(EpochsAdded)
        assert added == EpochsAdded(1, 5, 1, added.rate, raised) and added.rate == pytest.approx(rate)
        moved = (watched.tensors()["fc1.weight"] - before["fc1.weight"]).abs().max()
        assert moved > 1e-3


def test_every_live_change_says_what_it_was_and_undo_sends_it_back() -> None:
    one = project(epochs=LONG)
    changed = with_recipe(one, learning_rate=0.001, weight_decay=0.1, rotation=20.0, erasing=0.25)
    changed = edits.set_parameter(changed, "drop1", "p", 0.75)
    with session(one) as watched:
        watched.batches(2)
        watched.session.apply(changed)
        watched.batches(2)
        watched.session.apply(one)
        watched.batches(2)
        found = {(mark.step, mark.parameter, mark.before, mark.value) for mark in watched.events(SettingChanged)}
        there = {
            ("learning_rate", 0.05, 0.001), ("weight_decay", 0.0, 0.1), ("rotation", 0.0, 20.0),
            ("erasing", 0.0, 0.25), ("drop1 p", 0.25, 0.75),
        }  # fmt: skip
        back = {(4, name, after, before) for name, before, after in there}
        assert found == {(2, name, before, after) for name, before, after in there} | back
        last = watched.tensors()
    state, images = state_of(one), data()
    for now in (one, changed, one):
        state.recipe = now.recipe
        state.optimizer.param_groups[0]["weight_decay"] = now.recipe.weight_decay
        layer: Layer = now.network["drop1"]
        dropout = state.module._modules["drop1"]
        assert isinstance(layer, Dropout) and isinstance(dropout, SeededDropout)
        dropout.p = layer.p
        advance(state, images, 2)
    assert_same(last, tensors(state))


def test_nothing_of_it_leaves_a_thread() -> None:
    with session(project(epochs=LONG)) as watched:
        watched.session.pace(0.001)
        watched.session.play()
        watched.until(lambda: watched.session.status.step == 1)
    assert "cnnviz-session" not in {thread.name for thread in threading.enumerate()}
