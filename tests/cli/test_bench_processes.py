"""``cnnviz bench --processes``: which trainings are measured, and their ratios within each round."""

from __future__ import annotations

import json

import pytest

from cnnviz.cli import main
from cnnviz.cli.bench_processes import Setup, Speed, setups, summary
from cnnviz.cli.errors import CommandError


def test_cores_are_shared_and_one_thread_each_is_measured_too() -> None:
    assert setups("1,2", 4) == [Setup(1, 4), Setup(1, 1), Setup(2, 2), Setup(2, 1)]
    assert setups("2,8", 4) == [Setup(2, 2), Setup(2, 1), Setup(8, 1)]


@pytest.mark.parametrize("processes", ["", "0", "two", "1,", "65", "-1", "1.5"])
def test_other_numbers_are_refused(processes: str) -> None:
    with pytest.raises(CommandError, match="--processes takes numbers from 1 to 64"):
        setups(processes, 2)


def test_ratios_are_those_of_one_round() -> None:
    speeds = {
        Setup(1, 2): [(100.0, 0.0), (200.0, 0.0), (50.0, 0.0)],
        Setup(2, 1): [(150.0, 0.2), (100.0, 0.1), (75.0, 0.4)],
    }
    assert summary(speeds) == [Speed(1, 2, 100.0, 1.0, 0.0), Speed(2, 1, 100.0, 1.5, 0.2)]


def test_a_real_measurement(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--processes", "2", "--rounds", "1", "--seconds", "0.1", "--json"]) == 0
    found = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert {each["processes"] for each in found["setups"]} == {2}
    for each in found["setups"]:
        assert each["images_per_second"] > 0
        assert each["exchanging"] > 0
