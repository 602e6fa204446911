"""Images kept in the cache: the same bytes as in memory, made whole or not at all, and never believed."""

from __future__ import annotations

import hashlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from full_disk import full_disk

from cnnviz.data import catalogue
from cnnviz.data.catalogue import Dataset, Description, load
from cnnviz.data.decoded import Part, mapped
from cnnviz.data.errors import DataError
from cnnviz.data.idx import idx_blocks, read_idx
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

IMAGE = (1, 5, 4)
CONTENT = np.random.default_rng(1).integers(0, 256, (20, *IMAGE), dtype=np.uint8)


class Source:
    """Blocks of :data:`CONTENT`; counts how often they are decoded."""

    def __init__(self, content: NDArray[np.uint8] = CONTENT, breaks: Exception | None = None) -> None:
        self.content, self.breaks, self.times = content, breaks, 0

    def blocks(self) -> Iterator[NDArray[np.uint8]]:
        self.times += 1
        yield self.content[:7]
        if self.breaks is not None:
            raise self.breaks
        yield self.content[7:]

    def part(self) -> dict[str, Part]:
        return {"train": Part(self.content.shape, self.blocks)}


@pytest.fixture
def cache(home: Path) -> Path:
    return home / "cache" / "decoded"


def test_it_is_decoded_once_and_mapped(cache: Path) -> None:
    source = Source()
    for _ in range(3):
        array = mapped("one", source.part())["train"]
        assert isinstance(array, np.memmap) and not array.flags.writeable
        assert np.array_equal(array, CONTENT)
    assert source.times == 1
    assert [path.name for path in cache.iterdir()] == ["one"]


def truncate(folder: Path) -> None:
    path = folder / "train.npy"
    path.write_bytes(path.read_bytes()[:-1])


def flip(folder: Path) -> None:
    content = bytearray((folder / "train.npy").read_bytes())
    content[-5] ^= 1
    (folder / "train.npy").write_bytes(content)


def reshape(folder: Path) -> None:
    """Sound by itself, but not what is wanted."""
    np.save(folder / "train.npy", CONTENT[:3])
    path = folder / "train.npy"
    facts = {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (folder / "contents.json").write_text(json.dumps({"train": facts}))


def forget(folder: Path) -> None:
    (folder / "contents.json").unlink()


def garble(folder: Path) -> None:
    (folder / "contents.json").write_text('{"train": 3}')


def lose(folder: Path) -> None:
    (folder / "train.npy").unlink()


@pytest.mark.parametrize("damage", [truncate, flip, reshape, forget, garble, lose])
def test_what_is_not_as_it_was_written_is_made_anew(cache: Path, damage: object) -> None:
    source = Source()
    mapped("one", source.part())
    assert callable(damage)
    damage(cache / "one")
    assert np.array_equal(mapped("one", source.part())["train"], CONTENT)
    assert source.times == 2
    mapped("one", source.part())
    assert source.times == 2


def test_what_breaks_off_leaves_nothing(cache: Path) -> None:
    with pytest.raises(DataError, match="damaged"):
        mapped("one", Source(breaks=DataError(Sentence("damaged"))).part())
    assert list(cache.iterdir()) == []


def test_a_disk_that_fills_up_between_two_blocks_is_a_sentence(cache: Path) -> None:
    source = Source()
    with full_disk(128 + CONTENT[:7].nbytes + 1), pytest.raises(DataError, match="Make room on the disk"):
        mapped("one", source.part())
    assert source.times == 1 and list(cache.iterdir()) == []


def test_no_images_at_all_need_no_map() -> None:
    array = mapped("one", Source(CONTENT[:0]).part())["train"]
    assert array.shape == (0, *IMAGE)


def _idx(array: NDArray[np.uint8]) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def small_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data set of 60 and 10 images in a folder."""
    generator = np.random.default_rng(2)
    digests = {}
    for part, count in (("train", 60), ("t10k", 10)):
        for what, shape in (("images-idx3", (count, 28, 28)), ("labels-idx1", (count,))):
            content = _idx(generator.integers(0, 10, shape, dtype=np.uint8))
            (tmp_path / f"{part}-{what}-ubyte").write_bytes(content)
            digests[f"{part}-{what}-ubyte"] = hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(catalogue, "_MNIST", digests)
    about = Description("mnist", "Small", (1, 28, 28), tuple("0123456789"), 60, 10, (0.1,), (0.3,))
    monkeypatch.setattr(catalogue, "DESCRIPTIONS", MappingProxyType({"mnist": about}))
    monkeypatch.setattr(catalogue, "_BLOCK_BYTES", 7 * 784)
    return tmp_path


def _loaded(folder: Path, monkeypatch: pytest.MonkeyPatch, free: int, validation: int) -> Dataset:
    monkeypatch.setattr(catalogue, "available", lambda: free)
    catalogue._loaded.clear()
    try:
        return load("mnist", validation, 3, folder)
    finally:
        catalogue._loaded.clear()


@pytest.mark.parametrize("validation", [0, 13])
def test_a_mapped_data_set_is_the_same_as_one_in_memory(
    small_set: Path, monkeypatch: pytest.MonkeyPatch, validation: int
) -> None:
    enough = 3 * 70 * 784
    resident = _loaded(small_set, monkeypatch, enough, validation)
    large = _loaded(small_set, monkeypatch, enough - 1, validation)
    for name in ("train", "validation", "test"):
        one, other = getattr(resident, name), getattr(large, name)
        assert not isinstance(one.images, np.memmap)
        assert isinstance(other.images, np.memmap) or not len(other)
        assert np.array_equal(one.images, other.images) and np.array_equal(one.labels, other.labels)


def test_another_choice_of_validation_images_is_another_cache(
    small_set: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    for validation in (10, 20):
        assert len(_loaded(small_set, monkeypatch, 0, validation).validation) == validation
    assert len(list(cache.iterdir())) == 2


def test_a_damaged_source_is_refused_at_its_end(small_set: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    path = small_set / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    with pytest.raises(DataError, match="its checksum is wrong"):
        _loaded(small_set, monkeypatch, 0, 10)
    assert list(cache.iterdir()) == []


def test_blocks_are_the_file(small_set: Path) -> None:
    path = small_set / "train-images-idx3-ubyte"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    blocks = list(idx_blocks(path, (60, 28, 28), digest, 7))
    assert [len(block) for block in blocks] == [7] * 8 + [4]
    assert np.array_equal(np.concatenate(blocks), read_idx(path))


def test_what_another_process_has_decoded_meanwhile_stays(home: Path) -> None:
    file = home / "cache" / "decoded" / "one" / "train.npy"
    first: list[dict[str, NDArray[np.uint8]]] = []
    inodes: list[int] = []

    def blocks() -> Iterator[NDArray[np.uint8]]:
        yield CONTENT[:7]
        first.append(mapped("one", {"train": Part(CONTENT.shape, lambda: iter([CONTENT]))}))
        inodes.append(file.stat().st_ino)
        yield CONTENT[7:]

    found = mapped("one", {"train": Part(CONTENT.shape, blocks)})
    assert (found["train"] == CONTENT).all() and (first[0]["train"] == CONTENT).all()
    assert inodes == [file.stat().st_ino]
    assert [path.name for path in file.parent.parent.iterdir()] == ["one"]
