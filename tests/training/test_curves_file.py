"""The curves of a run that is kept come back with it; what is damaged costs the curves alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mutations import attacks, damaged_bytes, watched
from numpy.typing import NDArray
from safetensors.numpy import load, save
from training_kit import Watched, project, session

from cnnviz.training import curves_file
from cnnviz.training.channels import BatchMetrics, Evaluation, Metrics, State
from cnnviz.training.events import RunResumed, RunSaved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Arrays = dict[str, NDArray[np.generic]]


def trained(one: Watched, batches: int) -> None:
    step = one.session.status.step + batches
    one.session.batches(batches)
    one.until(lambda: one.session.status.step == step and one.session.status.state is State.PAUSED)


def keep(one: Watched, folder: Path) -> None:
    def saves() -> int:
        return sum(isinstance(event, RunSaved) for event in one.session.events.read()[0])

    before = saves()
    one.session.save(folder)
    one.until(lambda: saves() > before)


def resume(one: Watched, folder: Path) -> None:
    one.session.resume(folder)
    one.until(lambda: any(isinstance(event, RunResumed) for event in one.session.events.read()[0]))
    done: list[bool] = []
    one.session.visit(lambda _: done.append(True))
    trained(one, 1)
    assert done


def losses(metrics: Sequence[Metrics], run: int) -> list[float]:
    """The losses of a run, which follow each other from the first step on."""
    found: list[float] = []
    for one in metrics:
        if isinstance(one, BatchMetrics) and one.run == run:
            assert one.first_step == len(found) + 1
            found += one.losses.tolist()
    return found


def evaluations(metrics: Sequence[Metrics], run: int) -> list[tuple[object, ...]]:
    those = [one for one in metrics if isinstance(one, Evaluation) and one.run == run]
    return [(one.split, one.epoch, one.step, one.loss, one.accuracy) for one in those]


def test_a_run_goes_on_with_its_curves_time_after_time(tmp_path: Path) -> None:
    one = project(epochs=4)
    with session(one) as whole:
        trained(whole, 14)
        expected = whole.session.metrics.read()[0]
    with session(one) as first:
        trained(first, 7)
        keep(first, tmp_path)
    with session(one) as second:
        # a run of its own comes first, so that the one that is opened has another number
        trained(second, 2)
        resume(second, tmp_path)
        assert second.session.status.run == 2
        trained(second, 2)
        keep(second, tmp_path)
        assert losses(second.session.metrics.read()[0], 2) == losses(expected, 1)[:10]
    with session(one) as third:
        resume(third, tmp_path)
        trained(third, 3)
        metrics = third.session.metrics.read()[0]
        assert losses(metrics, 1) == losses(expected, 1)
        assert evaluations(metrics, 1) == evaluations(expected, 1)
        times = [seconds for one in metrics if isinstance(one, BatchMetrics) for _, seconds in one.pieces()]
        assert times == sorted(times) and times[0] > 0
        assert third.session.trained() == (14 * 16, times[-1])
    assert len(list(tmp_path.iterdir())) == 3


def test_a_training_that_was_kept_without_curves_goes_on(tmp_path: Path) -> None:
    with session(project()) as first:
        trained(first, 4)
        keep(first, tmp_path)
    (curves,) = tmp_path.glob("curves-*")
    curves.unlink()
    with session(project()) as second:
        resume(second, tmp_path)
        trained(second, 2)
        keep(second, tmp_path)
    with session(project()) as third:
        resume(third, tmp_path)
        first_steps = [one.first_step for one in third.session.metrics.read()[0] if isinstance(one, BatchMetrics)]
        assert first_steps == [5, 8]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "curves"
    pieces = np.array([2, 5], np.int32), np.array([0.25, 0.75])
    values = np.arange(5, dtype=np.float32)
    metrics: list[Metrics] = [
        BatchMetrics(7, 3, values, values / np.float32(4), 0.75, *pieces),
        Evaluation(7, "validation", 1, 6, 0.5, 0.75, 0.5),
        Evaluation(7, "test", 1, 7, 0.25, 1.0, 0.75),
        Evaluation(7, "test best", 1, 7, 0.25, 1.0, 0.75),
    ]
    curves_file.write(metrics, path)
    return path


def test_what_is_written_is_read(kept: Path) -> None:
    (batches, *rest) = curves_file.read(kept, 4, 7)
    assert isinstance(batches, BatchMetrics)
    assert (batches.run, batches.first_step, batches.losses.tolist()) == (4, 3, [0, 1, 2, 3, 4])
    assert batches.accuracies.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert list(batches.pieces()) == [(2, 0.25), (5, 0.75)] and batches.seconds == 0.75
    assert rest == [
        Evaluation(4, "validation", 1, 6, 0.5, 0.75, 0.5),
        Evaluation(4, "test", 1, 7, 0.25, 1.0, 0.75),
        Evaluation(4, "test best", 1, 7, 0.25, 1.0, 0.75),
    ]


def changed(name: str, value: object) -> Callable[[Arrays], object]:
    def change(arrays: Arrays) -> None:
        arrays[name] = np.array(value, arrays[name].dtype)

    return change


DAMAGES: dict[str, Callable[[Arrays], object]] = {
    "fewer arrays": lambda one: one.pop("times"),
    "another array": lambda one: one.update(more=np.zeros(1)),
    "another kind": lambda one: one.update(losses=one["losses"].astype(np.float64)),
    "another dimension": lambda one: one.update(losses=one["losses"][None]),
    "other lengths": changed("losses", [1, 2, 3]),
    "other lengths of evaluations": changed("seconds", [1]),
    "two beginnings": changed("first_step", [3, 3]),
    "begins before the first step": changed("first_step", [0]),
    "ends after the last step": changed("first_step", [4]),
    "accuracy above 1": changed("accuracies", [0, 0, 0, 0, 1.5]),
    "pieces that overlap": changed("ends", [5, 5]),
    "pieces that end early": changed("ends", [2, 4]),
    "times that go back": changed("times", [0.75, 0.25]),
    "times without end": changed("times", [0.75, np.inf]),
    "unknown split": changed("splits", [0, 1, 3]),
    "step after the last": changed("steps", [6, 7, 8]),
    "steps that go back": changed("steps", [7, 6, 7]),
    "negative epoch": changed("epochs", [1, -1, 1]),
    "accuracy that is none": changed("evaluated_accuracies", [0.5, np.nan, 1]),
    "loss that is none": changed("evaluated_losses", [0.5, np.nan, 1]),
    "evaluated before the beginning": changed("seconds", [-1, 0.5, 1]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_curves_are_left_out_with_a_line_in_the_log(
    kept: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    arrays = load(kept.read_bytes())
    DAMAGES[damage](arrays)
    kept.write_bytes(save(arrays))
    with caplog.at_level(logging.WARNING):
        assert curves_file.read(kept, 1, 7) == []
    (line,) = caplog.messages
    assert line.startswith("The curves of ") and line.endswith(".")


def test_whatever_the_file_holds_is_no_error(kept: Path) -> None:
    content = kept.read_bytes()
    for number, chance in attacks("curves", 60, 3_000):
        kept.write_bytes(damaged_bytes(content, chance))
        with watched(f"curves {number}"):
            curves_file.read(kept, 1, chance.choice((0, 7, 2**53)))


def test_a_folder_or_nothing_in_place_of_the_file_is_no_error(tmp_path: Path) -> None:
    assert curves_file.read(tmp_path, 1, 7) == curves_file.read(tmp_path / "nothing", 1, 7) == []
