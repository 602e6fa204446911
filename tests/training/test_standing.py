"""What a session says of itself belongs together at every moment, whichever thread reads it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest
from training_kit import project, session, with_recipe

from cnnviz.project import edits
from cnnviz.training.channels import State
from cnnviz.training.events import Event, NetworkChanged, RunResumed, RunStarted

if TYPE_CHECKING:
    from cnnviz.training.standing import Standing


def test_project_previous_run_and_dropped_layers_are_always_those_of_the_run() -> None:
    one = project(epochs=100_000)
    wider = edits.set_parameter(one, "fc1", "bias", False)
    other = with_recipe(one, seed=5)
    seen: list[Standing] = []
    with session(one) as watched:
        watched.session.listen(lambda: seen.append(watched.session.standing))
        watched.session.batches(2)
        watched.in_state(State.PAUSED)
        watched.session.go_on(wider)
        watched.until(lambda: watched.session.status.step > 4)
        watched.session.reset(other)
        watched.session.batches(3)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.step == 3)
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
    for standing in seen:
        dropped = [layer.node for layer in standing.dropped]
        if standing.status.run == 2:
            assert standing.project == other and dropped == []
            assert standing.previous is not None and standing.previous.run == 1
            assert standing.previous.project == wider and standing.previous.step > 4
        else:
            assert standing.project in (one, wider) and dropped == (["fc1"] if standing.project == wider else [])
            assert standing.previous is None or (standing.previous.run, standing.previous.project) == (2, other)
    assert {(standing.status.run, standing.previous is None) for standing in seen} == {
        (1, True), (2, False), (1, False),
    }  # fmt: skip
    with pytest.raises(FrozenInstanceError):
        seen[0].project = other  # type: ignore[misc]


def test_who_reads_an_event_of_a_run_reads_a_standing_that_is_as_new() -> None:
    one = project(epochs=100_000)
    wider = edits.set_parameter(one, "fc1", "bias", False)
    other = with_recipe(one, seed=5)
    told: list[tuple[Any, Standing]] = []
    with session(one) as watched:
        append = watched.session.events.append

        def append_and_note(item: Event) -> None:
            told.append((item, watched.session.standing))
            append(item)

        watched.session.events.append = append_and_note  # type: ignore[method-assign]
        watched.session.batches(2)
        watched.in_state(State.PAUSED)
        watched.session.go_on(wider)
        watched.until(lambda: watched.session.status.step > 2)
        watched.session.reset(other)
        watched.until(lambda: watched.session.status.run == 2 and watched.session.status.device)
        watched.session.back()
        watched.until(lambda: watched.session.status.run == 1)
    runs = [(event, one) for event, one in told if isinstance(event, NetworkChanged | RunStarted | RunResumed)]
    assert [type(event) for event, _ in runs] == [NetworkChanged, RunStarted, RunResumed]
    for event, standing in runs:
        assert standing.project == event.project and standing.status.run == event.run
