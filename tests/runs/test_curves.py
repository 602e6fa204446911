"""The curves of a run as arrays, CSV files and event files hold the numbers that were recorded."""

from __future__ import annotations

import csv
import random
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from full_disk import full_disk
from runs_kit import recorded_run
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from cnnviz.runs import entries
from cnnviz.runs.curves import Curves, curves_of, read_curves
from cnnviz.runs.folder import NUMBERS, RunError
from cnnviz.runs.tables import evaluations_path, write_csv
from cnnviz.runs.tensorboard import records, write_events
from cnnviz.training.channels import BatchMetrics, Evaluation

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.training.channels import Metrics


def batch(first: int, losses: list[float], seconds: float, ends: list[int], times: list[float]) -> BatchMetrics:
    values = np.array(losses, np.float32)
    accuracies = np.linspace(0, 1, len(losses), dtype=np.float32)
    return BatchMetrics(1, first, values, accuracies, seconds, np.array(ends, np.int32), np.array(times))


METRICS: tuple[Metrics, ...] = (
    batch(1, [3.0, 2.0, 1.5, 0.1], 8.0, [1, 4], [2.0, 8.0]),
    Evaluation(1, "validation", 1, 4, 0.5, 0.75, 8.0),
    BatchMetrics(1, 7, np.array([np.nan, 1e-30], np.float32), np.zeros(2, np.float32), 14.0),
    Evaluation(1, "test best", 2, 8, 0.25, 0.875, 14.0),
)


@pytest.fixture
def curves() -> Curves:
    return curves_of(entries.read(b"".join(map(entries.of_metrics, METRICS))))


def test_steps_losses_and_seconds(curves: Curves) -> None:
    assert curves.steps.tolist() == [1, 2, 3, 4, 7, 8]
    assert np.array_equal(curves.losses, np.array([3.0, 2.0, 1.5, 0.1, np.nan, 1e-30], np.float32), equal_nan=True)
    # measured after steps 1, 4 and 8
    assert curves.seconds.tolist() == [2.0, 4.0, 6.0, 8.0, 12.5, 14.0]
    assert curves.evaluations == (METRICS[1], METRICS[3]) and not curves.missing
    assert {curves.losses.dtype, curves.accuracies.dtype} == {np.dtype(np.float32)}


def test_a_run_without_numbers_has_empty_curves(tmp_path: Path) -> None:
    none = read_curves(tmp_path)
    assert [len(each) for each in (none.steps, none.losses, none.accuracies, none.seconds)] == [0] * 4
    assert [str(sentence) for sentence in none.missing] == ["The recorded numbers are missing."]
    write_csv(none, tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text() == "step,loss,accuracy,seconds\n"


def test_csv_files_hold_the_same_float32(curves: Curves, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    write_csv(curves, path)
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["step", "loss", "accuracy", "seconds"]
    columns = list(zip(*rows, strict=True))
    assert np.array_equal(np.array(columns[0], np.int64), curves.steps)
    for column, values in zip(columns[1:3], (curves.losses, curves.accuracies), strict=True):
        assert np.array_equal(np.array(column, np.float32), values, equal_nan=True)
    assert np.allclose(np.array(columns[3], np.float64), curves.seconds, rtol=0, atol=1e-6)
    assert evaluations_path(path).read_text().splitlines() == [
        "step,epoch,split,loss,accuracy,seconds",
        "4,1,validation,0.5,0.75,8.0",
        "8,2,test best,0.25,0.875,14.0",
    ]


def test_tensorboard_reads_what_was_written(curves: Curves, tmp_path: Path) -> None:
    paths = write_events(curves, tmp_path / "new" / "folder", 1_700_000_000.5)
    assert [path.parent.name for path in paths] == ["train", "validation", "test-best"]
    first, *events = EventFileLoader(str(paths[0])).Load()
    assert (first.file_version, first.wall_time) == ("brain.Event:2", 1_700_000_000.5)
    assert [event.step for event in events] == curves.steps.tolist()
    assert [event.wall_time for event in events] == (1_700_000_000.5 + curves.seconds).tolist()
    for place, (tag, values) in enumerate((("loss", curves.losses), ("accuracy", curves.accuracies))):
        assert {event.summary.value[place].tag for event in events} == {tag}
        read = np.array([event.summary.value[place].tensor.float_val[0] for event in events], np.float32)
        assert np.array_equal(read, values, equal_nan=True)
    _, validation = EventFileLoader(str(paths[1])).Load()
    assert validation.step == 4
    assert [value.tensor.float_val[0] for value in validation.summary.value] == [0.5, 0.75]


def test_tensorboard_refuses_a_changed_byte(curves: Curves, tmp_path: Path) -> None:
    path = write_events(curves, tmp_path, 1.0)[0]
    whole = len(list(EventFileLoader(str(path)).Load()))
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    assert len(list(EventFileLoader(str(path)).Load())) == whole - 1


def crc32c(content: bytes) -> int:
    """CRC-32C bit by bit, as its definition has it."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    return crc ^ 0xFFFFFFFF


def test_records_have_the_checksums_of_their_definition() -> None:
    # the check value of CRC-32C
    assert crc32c(b"123456789") == 0xE3069283 != zlib.crc32(b"123456789")
    chance = random.Random(0)
    contents = [chance.randbytes(chance.choice((0, 1, 9, 30))) for _ in range(40)]
    expected = b""
    for content in contents:
        length = len(content).to_bytes(8, "little")
        for part in (length, content):
            crc = crc32c(part)
            masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
            expected += part + masked.to_bytes(4, "little")
    assert records(contents) == expected


def test_what_cannot_be_written_is_said(curves: Curves, tmp_path: Path) -> None:
    with full_disk(10):
        with pytest.raises(RunError, match=r"“.*/numbers\.csv” could not be written: File too large"):
            write_csv(curves, tmp_path / "numbers.csv")
        with pytest.raises(RunError, match=r"could not be written: File too large"):
            write_events(curves, tmp_path, 1.0)


def test_damage_costs_the_steps_of_its_block(tmp_path: Path) -> None:
    folder = recorded_run(tmp_path / "run")
    assert read_curves(folder).steps.tolist() == list(range(1, 10))
    content = bytearray((folder / NUMBERS).read_bytes())
    content[30] ^= 255
    (folder / NUMBERS).write_bytes(content)
    damaged = read_curves(folder)
    assert damaged.steps.tolist() == [4, 5, 6, 7, 8, 9]
    assert damaged.losses.tolist() == [4, 5, 6, 7, 8, 9] and len(damaged.missing) == 1
