"""What is known of the times of networks: the pace of a run counts more than trial steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnviz.gui.run.known_times import MOST_TRIALS, MOST_TRIED, KnownTimes
from cnnviz.training.estimate import Estimate
from cnnviz.training.pace import ENOUGH_SECONDS, Pace

RUN = Pace(image=0.002, evaluated=0.0005, measured=60.0)


def test_the_pace_of_a_run_counts_more_than_trial_steps() -> None:
    times = KnownTimes()
    assert times.get("one") is None and times.begin_trial("one")
    assert not times.end_trial("one", Estimate(0.003, 0.003), interrupted=False)
    assert times.get("one") == (Estimate(0.003, 0.003), Estimate(0.001, 0.001))
    times.add_run("one", RUN)
    assert times.get("one") == (Estimate(0.002, 0.002), Estimate(0.0005, 0.0005))
    # before the first evaluation its time is estimated
    times.add_run("two", replace(RUN, evaluated=0.0))
    known = times.get("two")
    assert known is not None and known[1].least == known[1].most == pytest.approx(0.002 / 3)
    assert not times.begin_trial("two")


def test_a_short_run_does_not_replace_a_long_one() -> None:
    times = KnownTimes()
    times.add_run("one", RUN)
    for measured, counts in ((2.0, False), (ENOUGH_SECONDS, True)):
        times.add_run("one", replace(RUN, image=0.1, measured=measured))
        assert (times.get("one") == (Estimate(0.1, 0.1), Estimate(0.0005, 0.0005))) is counts
    # kept from earlier starts of the program: this run is newer
    times.add_runs({"one": RUN, "two": RUN})
    assert times.get("one") != times.get("two")


def test_trial_steps_beside_other_programs_are_repeated_and_the_least_disturbed_count() -> None:
    times = KnownTimes()
    for image, counts in ((Estimate(1.0, 7.0), True), (Estimate(1.1, 3.3), True), (Estimate(0.9, 9.0), False)):
        assert times.begin_trial("one")
        assert times.end_trial("one", image, interrupted=False)
        known = times.get("one")
        assert known is not None and (known[0] == image) is counts
    assert not times.begin_trial("one")
    assert times.begin_trial("two")
    assert not times.end_trial("two", Estimate(1.0, 1.2), interrupted=False)
    assert not times.begin_trial("two")


def test_what_was_interrupted_is_tried_again_and_what_failed_is_not() -> None:
    times = KnownTimes()
    for _ in range(2 * MOST_TRIALS):
        assert times.begin_trial("one") and times.end_trial("one", None, interrupted=True)
    assert times.begin_trial("one")
    assert not times.end_trial("one", None, interrupted=False)
    assert not times.begin_trial("one") and times.get("one") is None


def test_only_the_trials_of_the_last_networks_are_known() -> None:
    times = KnownTimes()
    for number in range(MOST_TRIED + 1):
        assert times.begin_trial(f"{number}")
        times.end_trial(f"{number}", Estimate(1.0, 1.0), interrupted=False)
    assert times.get("0") is None and times.get("1") is not None
    assert times.begin_trial("0") and not times.begin_trial("1")
