"""Settings that were changed while a run was trained: the project they lead to, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from runs_kit import recorded_run
from training_kit import project

from cnnviz.network.layers import Dropout
from cnnviz.runs.entries import of_event
from cnnviz.runs.folder import NUMBERS, project_at
from cnnviz.runs.live_changes import changes_until, differing_changes, trained_project, with_changes
from cnnviz.training.events import EpochsAdded, SettingChanged

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.training.events import Event

RATE = "learning_rate"


def test_the_trained_project_has_the_settings_of_its_step(tmp_path: Path) -> None:
    folder = recorded_run(tmp_path / "run")
    events = [SettingChanged(1, 2, RATE, 0.01, 0.05), SettingChanged(1, 6, "drop1 p", 0.5, 0.25)]
    with (folder / NUMBERS).open("ab") as file:
        file.write(b"".join(map(of_event, events)))
    rates = [trained_project(folder, step).recipe.learning_rate for step in (0, 2, 3, 9)]
    assert rates == [0.05, 0.05, 0.01, 0.01] and project_at(folder, 9).recipe.learning_rate == 0.05
    dropouts = [trained_project(folder, step, events).network["drop1"] for step in (6, 7)]
    assert dropouts == [Dropout(0.25), Dropout(0.5)]


@pytest.mark.parametrize("change", [(RATE, -1.0), ("no such layer p", 0.5), ("fc1 p", 0.5), ("optimizer", 1.0)])
def test_a_change_that_no_project_can_have_is_left_out(change: tuple[str, float]) -> None:
    assert with_changes(project(), [SettingChanged(1, 2, *change)]) == project()


def test_epochs_stay_whole_numbers() -> None:
    assert repr(with_changes(project(), [SettingChanged(1, 2, "epochs", 7.0)]).recipe.epochs) == "7"


def test_changes_until_a_moment_are_those_that_were_trained_with() -> None:
    events: list[Event] = [
        SettingChanged(1, 2, RATE, 0.01, 0.05),
        EpochsAdded(1, 3, 1, 0.002, raised=True),
        SettingChanged(1, 4, RATE, 0.001, 0.01),
        EpochsAdded(1, 4, 1, 0.002, raised=True),
        SettingChanged(1, 5, RATE, 0.1, 0.001),
    ]
    before = [SettingChanged(7, 2, RATE, 0.01, 0.05), EpochsAdded(7, 3, 1, 0.002, raised=False)]
    assert changes_until(events, 4, project(learning_rate=0.01), 7) == before
    after = [*before, SettingChanged(7, 4, RATE, 0.001, 0.01)]
    assert changes_until(events, 4, project(learning_rate=0.001), 7) == after
    twice: list[Event] = [*events[:4], SettingChanged(1, 4, RATE, 0.002, 0.001)]
    assert changes_until(twice, 4, project(learning_rate=0.001), 7) == after


def test_what_was_changed_in_one_run_alone_is_said_of_it() -> None:
    both = SettingChanged(1, 100, "weight_decay", 0.1, 0.0)
    own = SettingChanged(2, 425, RATE, 0.001, 0.01)
    assert list(map(str, differing_changes([both], [both, own]))) == ["B: learning rate: 0.01 → 0.001 at step 425."]
    assert not differing_changes([own], [own])
    many = [SettingChanged(1, step, RATE, step / 1000, (step - 10) / 1000) for step in (1010, 1020, 1030, 1040)]
    assert [str(one) for one in differing_changes(many, [])] == [
        "A: learning rate: 1 → 1.04 in 4 changes, from step 1,010 to step 1,040."
    ]
