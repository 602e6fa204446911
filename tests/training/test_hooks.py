"""Callbacks between two batches: they come at the right steps with the state of that step, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from training_kit import advance, assert_same, data, project, session, state_of, tensors, with_recipe

from cnnviz.training.channels import State

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.training.hooks import Place
    from cnnviz.training.state import TrainingState


def always(_: Place) -> bool:
    return True


def test_a_hook_sees_the_state_of_its_step_and_training_gives_the_same_bits() -> None:
    one = project(dropout=0.5)
    copies: dict[int, dict[str, Tensor]] = {}

    def copy(place: Place, state: TrainingState) -> None:
        assert (place.run, place.step, place.epoch, place.batch) == (1, state.step, state.epoch, state.batch)
        copies[place.step] = tensors(state)

    with session(one) as watched:
        watched.session.at(lambda place: place.step % 2 == 1 and not place.evaluated, copy)
        watched.batches(7)
        last = watched.tensors()
    assert list(copies) == [1, 3, 5, 7]
    state, images = state_of(one), data()
    for step in (1, 3, 5, 7):
        advance(state, images, step - state.step)
        assert_same(copies[step], tensors(state))
    assert_same(last, copies[7])


def test_a_hook_is_called_after_evaluations_too_and_in_the_next_run_until_it_is_ended() -> None:
    one = project(epochs=1)
    seen: list[Place] = []

    def note(place: Place, _: TrainingState) -> None:
        seen.append(place)

    with session(one) as watched:
        end = watched.session.at(lambda place: place.evaluated != "", note)
        watched.session.play()
        watched.in_state(State.FINISHED)
        assert [place.evaluated for place in seen] == ["validation", "test", "test best"]
        assert {(place.run, place.step, place.epoch) for place in seen} == {(1, 5, 1)}
        watched.session.reset(with_recipe(one, seed=3))
        watched.session.epoch()
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.state is State.FINISHED)
        assert [place.run for place in seen[3:]] == [2, 2, 2]
        end()
        watched.session.epoch()
        watched.until(lambda: watched.session.status.epoch == 2 and watched.session.status.state is State.FINISHED)
        assert len(seen) == 6


@pytest.mark.parametrize("what", ["when", "callback"])
def test_a_hook_that_fails_is_logged_and_removed_and_training_goes_on(
    what: str, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def fail(*_: object) -> Any:
        calls.append(1)
        raise ValueError("no room")

    with session(project()) as watched:
        watched.session.at(fail if what == "when" else always, fail)
        watched.batches(3)
    assert calls == [1]
    assert [record.getMessage() for record in caplog.records] == ["a hook of the training has failed and is removed"]
