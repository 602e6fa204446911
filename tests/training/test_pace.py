"""The paces of runs are kept, by machine, for the next training of such a network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from training_kit import project, session, with_recipe

from cnnviz.network.check import examine
from cnnviz.project import edits
from cnnviz.training import pace
from cnnviz.training.channels import State
from cnnviz.training.facts import facts_of_data
from cnnviz.training.pace import Pace, remember, remembered, step_of

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.project.project import Project

ONE = Pace(image=0.002, evaluated=0.0005, measured=60.0)


def step(one: Project) -> str:
    return step_of(one, examine(one.network, facts_of_data(one)))


def test_a_pace_is_that_of_all_networks_that_take_the_same_step() -> None:
    one = project()
    same: tuple[Project, ...] = (
        edits.rename(one, "conv1", "first"),
        with_recipe(one, learning_rate=0.001, epochs=7, seed=3),
        edits.set_parameter(one, "drop1", "p", 0.75),
    )
    assert {step(each) for each in same} == {step(one)}
    others = (
        edits.set_parameter(one, "conv1", "out_channels", 7),
        with_recipe(one, batch_size=17),
        with_recipe(one, optimizer="adam"),
        with_recipe(one, rotation=10.0),
        with_recipe(one, repeatable=True, threads=3),
    )
    assert len({step(each) for each in (one, *others)}) == 1 + len(others)


def test_paces_are_kept_by_device_and_threads() -> None:
    remember("CPU", 2, "one", ONE)
    other = Pace(0.003, 0.0, 20.0)
    remember("CPU", 2, "two", other)
    assert remembered("CPU", 2) == {"one": ONE, "two": other}
    assert remembered("CPU", 20) == remembered("H100", 2) == {}
    # a short run says less than a long one, unless nothing else is known
    remember("CPU", 2, "one", Pace(0.1, 0.0, 2.0))
    assert remembered("CPU", 2)["one"] == ONE
    remember("CPU", 2, "one", other)
    assert remembered("CPU", 2)["one"] == other


@pytest.mark.parametrize("entry", [None, 3, {}, {"image": 1.0}, {"image": 0.0, "evaluated": 0.0, "measured": 1.0}])
def test_a_damaged_entry_is_left_out(entry: Any, home: Path) -> None:
    remember("CPU", 2, "one", ONE)
    remember("CPU", 2, "two", ONE)
    path = home / "cache" / pace.CACHE.file
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({key: entry if key.endswith("one") else value for key, value in kept.items()}))
    assert remembered("CPU", 2) == {"two": ONE}


def test_a_run_that_stands_still_has_its_pace_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.training.clock.WARM_SECONDS", 1e-9)
    monkeypatch.setattr("cnnviz.training.clock.SURE_SECONDS", 1e-9)
    one = with_recipe(project(), epochs=2)
    with session(one) as watched:
        assert watched.session.status.measured is None
        watched.session.play()
        watched.in_state(State.FINISHED)
        status = watched.session.status
        assert status.measured is not None and status.measured.evaluated > 0
        assert remembered(status.device, status.threads) == {step(one): status.measured}
        # another network: what was measured does not count for it
        watched.session.go_on(edits.set_parameter(one, "conv1", "out_channels", 7))
        watched.until(lambda: watched.session.status.measured != status.measured)
