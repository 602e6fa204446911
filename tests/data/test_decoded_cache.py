"""What is removed from the cache of decoded images, and what stays."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from folders_of_pictures import coloured

from cnnviz.data import decoded_cache
from cnnviz.data.sources import own
from cnnviz.data.sources.own import describe_path

if TYPE_CHECKING:
    from pathlib import Path


def kept(home: Path, name: str, size: int, days: float) -> Path:
    """Decoded images of a size that were used some days ago."""
    folder = home / "cache" / "decoded" / name
    folder.mkdir(parents=True)
    (folder / "train.bin").write_bytes(bytes(size))
    used = time.time() - days * 86_400
    os.utime(folder, (used, used))
    return folder


def test_what_was_not_used_for_long_is_removed(home: Path) -> None:
    old, new = kept(home, "own-1", 100, 61), kept(home, "own-2", 50, 1)
    assert decoded_cache.size() == 150
    decoded_cache.prune(home)
    assert not old.exists() and new.exists() and decoded_cache.size() == 50


def test_beyond_the_limit_the_longest_unused_goes_first(home: Path) -> None:
    first, second, third = (kept(home, f"own-{days}", 100, days) for days in (30, 20, 10))
    decoded_cache.prune(home, most=250)
    assert not first.exists() and second.exists() and third.exists()
    # the folder that is about to be used stays, whatever its age is
    decoded_cache.prune(second, most=0)
    assert second.exists() and not third.exists()


def test_what_is_being_written_is_left_alone(home: Path) -> None:
    part, filling = kept(home, "tmp1.part", 100, 99), kept(home, "filling-1-x", 100, 99)
    assert decoded_cache.size() == 0
    decoded_cache.prune(home, most=0)
    assert part.exists() and filling.exists()


def test_a_file_beside_the_folders_is_not_part_of_the_cache(home: Path) -> None:
    images = kept(home, "own-1", 100, 1)
    stray = images.parent / ".DS_Store"
    stray.write_bytes(bytes(10))
    os.utime(stray, (0, 0))
    assert [each.folder for each in decoded_cache.kept()] == [images]
    decoded_cache.prune(images)
    assert stray.exists()


@pytest.mark.parametrize("larger", [False, True])
def test_images_that_are_used_again_stay(
    larger: bool, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if larger:
        monkeypatch.setattr(own, "available", lambda: 1000)
    pets, birds = coloured(tmp_path / "pets"), coloured(tmp_path / "birds", ("a", "b"))
    first = describe_path(pets).choice
    data = own.load_own(first)
    # where they are decoded in the background, this waits for the end
    own.forget()
    (folder,) = [each.folder for each in decoded_cache.kept()]
    os.utime(folder, (0, 0))
    own.load_own(first)
    assert folder.stat().st_mtime > time.time() - 3600
    # other images are decoded: what was not used since 1970 goes, and what is open stays readable
    os.utime(folder, (0, 0))
    before = np.array(data.train.images)
    own.load_own(describe_path(birds).choice)
    assert not folder.exists() and np.array_equal(before, data.train.images)
    own.forget()
