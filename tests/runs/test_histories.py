"""The measures of a run by step: smoothed, reduced for the screen, and timed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from curves_kit import batches
from training_kit import project

from cnnviz.runs.histories import series
from cnnviz.runs.histories.growing import LARGEST, Growing
from cnnviz.runs.histories.recorded import recorded_history
from cnnviz.runs.histories.run_history import RunHistory
from cnnviz.runs.histories.series import Series, Times
from cnnviz.runs.summary import Facts, summarize
from cnnviz.runs.writer import RunWriter
from cnnviz.training.channels import BatchMetrics, Evaluation
from cnnviz.training.events import RunStarted, SettingChanged

if TYPE_CHECKING:
    from pathlib import Path


def moving_mean(values: np.ndarray) -> np.ndarray:
    """The oracle: each mean on its own, over the last eighth of the run and at most 50 steps."""
    wide = np.asarray(values, np.float64)
    return np.array([wide[end - min(50, math.ceil(end / 8)) : end].mean() for end in range(1, len(wide) + 1)])


@pytest.mark.parametrize("chunk", [1, 7, 49, 50, 51, 600])
def test_the_bold_curve_is_the_mean_of_the_last_eighth_of_the_run(chunk: int) -> None:
    values = np.random.default_rng(0).random(600).astype(np.float32)
    series = Series()
    for start in range(0, len(values), chunk):
        series.extend(values[start : start + chunk])
    assert np.allclose(series.smoothed(), moving_mean(values), rtol=1e-9)
    assert np.array_equal(series.values().astype(np.float32), values)


def test_means_are_of_what_is_known() -> None:
    """A training that goes on from a folder begins where nothing is known of the steps before."""
    values = np.random.default_rng(0).random(600)
    values[:210] = values[450] = np.nan
    series = Series()
    series.extend(values)
    smooth = series.smoothed()
    assert np.isnan(smooth[:210]).all() and not np.isnan(smooth[210:]).any()
    assert smooth[210] == pytest.approx(values[210], rel=1e-6)
    assert smooth[460] == pytest.approx(np.nanmean(values[411:461]), rel=1e-6)


def test_the_bold_curve_keeps_up_with_a_training_that_has_just_begun() -> None:
    truth = 0.95 - 0.85 * np.exp(-np.arange(1, 401) / 20)
    series = Series()
    series.extend(truth)
    behind = truth - series.smoothed()
    assert (behind < 0.1).all() and (behind[50:] < 0.03).all()


@pytest.mark.parametrize(("first", "last"), [(1, 5000), (17, 4321), (4000, 4100), (4990, 9999), (1, 1)])
@pytest.mark.parametrize("points", [50, 333])
def test_every_block_holds_its_extremes(first: int, last: int, points: int) -> None:
    values = np.random.default_rng(1).random(5000).astype(np.float32)
    series = Series()
    for start in range(0, 5000, 777):
        series.extend(values[start : start + 777])
    curve = series.curve(first, last, points)
    assert len(curve.smooth) <= points + 1
    last = min(last, 5000)
    if len(curve.raw) == len(curve.smooth):
        assert np.array_equal(curve.raw, values[curve.raw_steps - 1])
        return
    ends = curve.smooth_steps
    block = int(ends[1] - ends[0])
    starts = np.concatenate([[(first - 1) // block * block], ends[:-1]])
    assert ends[-1] == last
    for start, end, (low, high) in zip(starts, ends, curve.raw.reshape(-1, 2), strict=True):
        assert low == values[start:end].min() and high == values[start:end].max()


@pytest.mark.parametrize("chunk", [1, 5000, 3 * LARGEST])
def test_what_grows_keeps_its_values_over_its_blocks(chunk: int) -> None:
    count = LARGEST // 60 if chunk == 1 else 3 * LARGEST + 17
    values = np.random.default_rng(2).random(count).astype(np.float32)
    growing = Growing()
    for start in range(0, count, chunk):
        growing.extend(values[start : start + chunk])
    assert len(growing) == count and np.array_equal(growing.view(), values)
    for start, stop in ((0, 10), (LARGEST - 3, LARGEST + 5), (700, count), (count, count)):
        assert np.array_equal(growing.view(start, stop), values[start:stop])
        for stride in (1, 8, 2 * LARGEST):
            assert np.array_equal(growing.every(stride, start, min(stop, count)), values[start:stop:stride])
    assert growing[count - 1] == values[-1]


def test_means_of_blocks_are_the_means_at_their_ends() -> None:
    values = np.random.default_rng(3).random(3000).astype(np.float32)
    series = Series()
    for start in range(0, 3000, 13):
        series.extend(values[start : start + 13])
    means = moving_mean(values)
    for points in (3000, 1000, 500, 300, 20, 1):
        for first, last in ((1, 3000), (77, 2999), (2000, 2001)):
            curve = series.curve(first, last, points)
            assert np.allclose(curve.smooth, means[curve.smooth_steps - 1], rtol=1e-6)


def test_seconds_run_straight_between_what_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Times()
    for step, seconds in ((10, 1.0), (30, 2.0), (40, 2.0), (50, 12.0)):
        times.add(step, seconds)
    assert times.at(np.array([5, 10, 20, 35, 45, 50, 99])).tolist() == [0.5, 1.0, 1.5, 2.0, 7.0, 12.0, 12.0]
    assert [times.step_at(seconds) for seconds in (-1.0, 0.5, 1.5, 7.0, 12.0, 99.0)] == [0, 5, 20, 45, 50, 50]
    monkeypatch.setattr(series, "MOST_TIMES", 65)
    times = Times()
    for step in range(1, 1001):
        times.add(step, step / 2)
    assert len(times._steps) <= 65
    assert np.allclose(times.at(np.arange(1001)), np.arange(1001) / 2)


def test_of_many_evaluations_as_many_are_drawn_as_there_is_room_for() -> None:
    one = RunHistory()
    one.add_metrics([Evaluation(1, "validation", n, 10 * n, 1 / n, 0.5, float(n)) for n in range(1, 5001)])
    few = one.evaluated("validation", 1, 50_000, 100)
    assert 50 <= len(few) <= 101 and few[-1].epoch == 5000
    assert [shown.epoch for shown in one.evaluated("validation", 100, 120, 100)] == [9, 10, 11, 12, 13]
    assert one.evaluated("test", 1, 50_000, 100) == []
    # a newer one moves none of those that are drawn
    one.add_metrics([Evaluation(1, "validation", 5001, 50_010, 0.1, 0.5, 5001.0)])
    assert set(few[:-1]) < set(one.evaluated("validation", 1, 50_010, 100))


def test_a_joined_entry_is_drawn_like_its_pieces() -> None:
    pieces, joined = RunHistory(), RunHistory()
    losses = np.linspace(1, 0, 12, dtype=np.float32)
    for end, seconds in ((4, 1.0), (12, 5.0)):
        begin = 0 if end == 4 else 4
        pieces.add_metrics([batches(losses[begin:end], begin + 1, seconds=seconds)])
    ends, times = np.array([4, 12], np.int32), np.array([1.0, 5.0])
    joined.add_metrics([batches(losses[:2], seconds=0.5)])
    joined.add_metrics([BatchMetrics(1, 1, losses, 1 - losses, 5.0, ends, times)])
    assert joined.loss.values().tolist() == pieces.loss.values().tolist() == losses.tolist()
    steps = np.array([4, 8, 12])
    assert joined.at(steps, "seconds").tolist() == pieces.at(steps, "seconds").tolist() == [1.0, 3.0, 5.0]
    assert joined.step_at(3.0, "seconds") == 8


def test_a_reading_says_how_its_own_step_was_measured_after_settings_were_changed_live() -> None:
    history = RunHistory()
    history.add_events([RunStarted(1, project(dropout=0.0, shift=1.0))])
    history.add_metrics([batches(np.ones(20))])
    history.add_events([SettingChanged(1, 5, "drop1 p", 0.5, 0.0), SettingChanged(1, 10, "shift", 0.0, 1.0)])
    readings = [history.reading(step) for step in (5, 6, 10, 11)]
    measured = [(each.dropout, each.augmented) for each in readings if each is not None]
    assert measured == [(False, True), (True, True), (True, True), (True, False)]


def test_a_setting_that_was_changed_before_the_first_step_counts_from_there() -> None:
    history = RunHistory()
    history.add_events([RunStarted(1, project(dropout=0.0)), SettingChanged(1, 0, "drop1 p", 0.5, 0.0)])
    history.add_metrics([batches(np.ones(3))])
    reading = history.reading(1)
    assert reading is not None and reading.dropout and history.changes == []


def test_the_best_evaluation_is_the_one_that_the_summary_of_the_run_names(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", project(), Facts("small"), 10**9)
    writer.add([BatchMetrics(1, 1, np.ones(9, np.float32), np.ones(9, np.float32), 1.0)], [])
    measured = ((3, 0.08, 0.97), (6, 0.07, 0.98), (7, 0.06, 0.98), (9, 0.09, 0.96))
    writer.add([Evaluation(1, "validation", 1, step, loss, right, 1.0) for step, loss, right in measured], [])
    writer.flush()
    writer.close()
    history, numbers = recorded_history(writer.folder), summarize(writer.folder).numbers
    best = history.best(9)
    assert best is not None
    assert (best.step, best.loss, best.accuracy) == (6, 0.07, 0.98)
    assert (numbers.best_step, numbers.validation_loss, numbers.validation_accuracy) == (6, 0.07, 0.98)
    earlier = history.best(5)
    assert earlier is not None and earlier.step == 3 and history.best(2) is None
