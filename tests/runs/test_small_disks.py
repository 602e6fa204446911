"""A disk that is filled to the brim, and a folder made read-only, while a run is recorded: on real file systems."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from own_mounts import program

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (0, 4096, 8192, 12_288, 16_384, 24_576, 40_960, 65_536)
"""Bytes that are left on the disk: the recording ends in files of every kind."""


@pytest.mark.parametrize(("kind", "sizes", "error"), [("full", SIZES, 28), ("read-only", (0,), 30)])
def test_recording_ends_with_a_sentence_and_what_was_recorded_stays(
    kind: str, sizes: tuple[int, ...], error: int, tmp_path: Path
) -> None:
    found = program("runs/small_disks.py", kind, tmp_path, *sizes)
    assert len(found) == len(sizes)
    for size, one in zip(sizes, found, strict=True):
        assert one["same"] and one["closed"] and one["kept"], (size, one)
        assert one["missing"] == [] and one["parts"] == [], (size, one)
        assert one["steps"][0] == 7 and one["steps"][1] >= 7, (size, one)
        assert one["trouble"].endswith(f"{os.strerror(error)}. Training goes on."), (size, one)
