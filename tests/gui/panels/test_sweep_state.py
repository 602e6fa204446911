"""What the page of a sweep draws: places on axes, the scale of accuracies, the best so far."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest

from cnnviz.gui.panels.sweep.state import as_csv, drawn, drawn_axis, nearest, place_on, scale_of
from cnnviz.sweeps.results import Result
from cnnviz.sweeps.space import Axis

RATE = Axis("learning_rate", low=1e-4, high=1.0, scale="log")
SIZE = Axis("batch_size", low=16.0, high=256.0, whole=True)
KIND = Axis("optimizer", ("sgd", "adam", "adamw"))


def test_numbers_are_placed_on_their_scale() -> None:
    assert place_on(RATE, 1e-4) == 0.0
    assert place_on(RATE, 0.01) == pytest.approx(0.5)
    assert place_on(SIZE, 136) == 0.5
    assert [value for _, value in drawn_axis(RATE, ()).ticks] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    assert [value for _, value in drawn_axis(SIZE, ()).ticks] == [16, 136, 256]


def test_choices_have_places_of_their_own() -> None:
    found = drawn_axis(
        Axis("padding", ("same", 1, True)),
        [Result(0, "complete", 0.5, {"padding": each}) for each in (1, True, "same")],
    )
    assert found.places.tolist() == pytest.approx([0.5, 0.94, 0.06])
    assert drawn_axis(Axis("optimizer", ("adam",)), ()).ticks == ((0.5, "adam"),)
    assert math.isnan(drawn_axis(KIND, [Result(0, "running", None)]).places[0])


def test_one_bad_trial_does_not_press_the_good_ones_together() -> None:
    scale = scale_of([0.1, 0.97, 0.98, 0.985, 0.99])
    assert scale.cut and scale.low == pytest.approx(0.96) and scale.high == 0.99
    assert (scale.share(0.1), scale.share(0.99)) == (0.0, 1.0)
    assert not scale_of([0.97, 0.98, 0.99]).cut
    alone = scale_of([0.5])
    assert alone.low < 0.5 < alone.high


def test_the_best_so_far_is_the_best_of_complete_trials() -> None:
    results = (
        Result(0, "failed", None),
        Result(1, "complete", 0.9),
        Result(3, "pruned", 0.99),
        Result(4, "complete", 0.8),
        Result(5, "complete", 0.95),
        Result(6, "running", 0.97),
    )
    found = drawn(results, (RATE,))
    assert math.isnan(found.so_far[0])
    assert found.so_far[1:].tolist() == [0.9, 0.9, 0.9, 0.95, 0.95]
    assert found.best == 4 and found.row(3) == 2 and found.row(2) is None
    assert np.isnan(found.shares).tolist() == [True, False, False, False, False, False]
    assert drawn((), ()).best is None


def test_the_nearest_line_is_found_between_axes() -> None:
    lines, across = np.array([[0.0, 100.0], [100.0, 0.0], [math.nan, 50.0]]), np.array([0.0, 200.0])
    assert nearest(lines, across, 50.0, 26.0, 9.0) == 0
    assert nearest(lines, across, 50.0, 76.0, 9.0) == 1
    assert nearest(lines, across, 50.0, 50.0, 9.0) is None
    assert nearest(lines, across, 300.0, 100.0, 9.0) is None
    assert nearest(np.empty((0, 2)), across, 50.0, 50.0, 9.0) is None


def test_the_table_as_csv() -> None:
    results = (Result(3, "pruned", 0.5, {"learning_rate": 0.25}, "run", "a, b", 2),)
    header, row = csv.reader(as_csv(results, (RATE, KIND)).splitlines())
    assert dict(zip(header, row, strict=True)) == {
        "trial": "3",
        "state": "pruned",
        "validation_accuracy": "0.5",
        "epochs": "2",
        "learning_rate": "0.25",
        "optimizer": "",
        "run": "run",
        "reason": "a, b",
    }
