"""Pictures decoded in several processes are the same as those decoded in one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from folders_of_pictures import coloured

from cnnviz.data.sources import open_source, workers
from cnnviz.data.sources.preparing import Progress, prepare
from cnnviz.data.sources.source import Block, Form, Source
from cnnviz.data.sources.workers import Workers, read_rows
from cnnviz.jobs import CancelledError

if TYPE_CHECKING:
    from pathlib import Path

FORM = Form(3, 16, 16)


@pytest.fixture(autouse=True)
def two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "FEWEST", 1)
    monkeypatch.setattr(workers, "processes", lambda: 2)


def test_the_same_images_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured(tmp_path, count=150)
    (tmp_path / "犬" / "broken.png").write_bytes(b"")
    source = open_source(tmp_path)
    several = prepare(source, FORM)
    monkeypatch.setattr(workers, "processes", lambda: 1)
    alone = source.read("train", 0, 601, FORM)
    assert np.array_equal(several.images["train"], alone.images[alone.good])
    assert several.faults == alone.faults and len(several.rows["train"]) == 600


def test_rows_that_are_no_neighbours(tmp_path: Path) -> None:
    source = open_source(coloured(tmp_path, count=5))
    scattered = read_rows(source, ("train", [1, 7, 8, 19]), FORM)
    assert np.array_equal(scattered.images, source.read("train", 0, 20, FORM).images[[1, 7, 8, 19]])


def test_cancelling_ends_the_processes(tmp_path: Path) -> None:
    source = open_source(coloured(tmp_path, count=150))
    seen: list[Progress] = []
    with pytest.raises(CancelledError):
        prepare(source, FORM, seen.append, lambda: bool(seen))
    assert len(seen) == 1


class Deadly:
    """A source that ends the process that reads it, unless it is this one."""

    kind, slow, scattered = "deadly", True, True

    def __init__(self, source: Source) -> None:
        self.path, self.contents, self.inner, self.home = source.path, source.contents, source, os.getpid()

    def read(self, split: str, first: int, stop: int, form: Form) -> Block:
        if os.getpid() != self.home:
            os._exit(1)
        return self.inner.read(split, first, stop, form)


def test_processes_that_are_killed_are_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = open_source(coloured(tmp_path, count=50))
    deadly = Deadly(source)
    pool = Workers(deadly, FORM)
    try:
        blocks = [block for _, block in pool.read([("train", range(at, at + 20)) for at in range(0, 200, 20)])]
    finally:
        pool.close()
    assert np.array_equal(np.concatenate([block.images for block in blocks]), source.read("train", 0, 200, FORM).images)
    assert "it goes on without them" in caplog.text
