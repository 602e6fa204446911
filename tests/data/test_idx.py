"""IDX files are not believed: sizes, lengths and checksums are compared before anything is used."""

from __future__ import annotations

import gzip
import hashlib
import random
import tracemalloc
from collections.abc import Callable
from itertools import accumulate, pairwise
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.errors import DataError
from cnnviz.data.idx import read_idx


def _idx(shape: tuple[int, ...], content: bytes, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape) + content


Pack = Callable[[bytes], Path]
GOOD = _idx((2, 3), bytes(range(6)))


@pytest.fixture(params=["plain", "gzipped"])
def pack(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    def write(content: bytes) -> Path:
        path = tmp_path / "file-idx"
        path.write_bytes(gzip.compress(content) if request.param == "gzipped" else content)
        return path

    return write


def test_a_file_is_read_as_it_says(pack: Pack) -> None:
    array = read_idx(pack(GOOD), (2, 3), hashlib.sha256(GOOD).hexdigest())
    np.testing.assert_array_equal(array, [[0, 1, 2], [3, 4, 5]])
    assert array.dtype == np.uint8
    assert not array.flags.writeable


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is truncated. Replace it by a complete copy."),
        (GOOD[:3], "is truncated. Replace it by a complete copy."),
        (GOOD[:7], "is truncated. Replace it by a complete copy."),
        (GOOD[:-1], "is truncated. Replace it by a complete copy."),
        (GOOD + b"x", "goes on after its last value; it is damaged. Replace it by a fresh copy."),
        (b"PNG!" + GOOD, "is not an IDX file."),
        (_idx((), b""), "is not an IDX file."),
        (_idx((2, 3), bytes(24), kind=0x0D), "does not hold unsigned bytes"),
        (_idx((3, 2), bytes(6)), "holds 3×2 values, where 2×3 are expected."),
        (_idx((2**32 - 1, 2**32 - 1), b""), "claims to hold 18,446,744,065,119,617,025 values"),
        (_idx((2, 3), bytes(6)), "is damaged: its checksum is wrong. Replace it by a fresh copy."),
    ],
)
def test_what_is_wrong_is_said(pack: Pack, content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        read_idx(pack(content), (2, 3), hashlib.sha256(GOOD).hexdigest())
    assert str(caught.value).startswith("“file-idx” ")
    assert sentence in str(caught.value)


@given(length=st.integers(2, len(gzip.compress(GOOD)) - 1))
def test_a_gzip_file_cut_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "file-idx.gz"
    path.write_bytes(gzip.compress(GOOD)[:length])
    with pytest.raises(DataError, match=r"^“file-idx.gz” is (truncated|damaged).*\.$"):
        read_idx(path)


@given(
    sizes=st.lists(st.sampled_from([0, 1, 5000, 300_000]), min_size=1, max_size=3),
    zeros=st.sampled_from([0, 1, 300_000]),
    noise=st.booleans(),
)
def test_members_and_the_zeros_between_them_are_read_as_gzip_does(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], zeros: int, noise: bool
) -> None:
    content = random.Random(sum(sizes)).randbytes(sum(sizes)) if noise else bytes(sum(sizes))
    whole = _idx((len(content),), content)
    ends = [0, *accumulate(sizes, initial=8)]
    packed = b"".join(gzip.compress(whole[a:b]) + bytes(zeros) for a, b in pairwise(ends))
    assert gzip.decompress(packed) == whole
    path = tmp_path_factory.mktemp("members") / "file-idx.gz"
    path.write_bytes(packed)
    np.testing.assert_array_equal(read_idx(path), np.frombuffer(content, np.uint8))


@given(at=st.integers(10, len(gzip.compress(GOOD, mtime=0)) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    content = bytearray(gzip.compress(GOOD, mtime=0))
    content[at] ^= 1 << bit
    path = tmp_path_factory.mktemp("flipped") / "file-idx.gz"
    path.write_bytes(content)
    try:
        array = read_idx(path, (2, 3), hashlib.sha256(GOOD).hexdigest())
    except DataError as error:
        assert str(error).endswith(".")
        return
    np.testing.assert_array_equal(array, np.arange(6).reshape(2, 3))


def test_a_false_size_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "file-idx"
    path.write_bytes(_idx((2**31 - 1,), bytes(10)))
    tracemalloc.start()
    with pytest.raises(DataError, match="truncated"):
        read_idx(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "file-idx.gz"
    path.write_bytes(gzip.compress(_idx((2, 3), bytes(200_000_000)), 1))
    tracemalloc.start()
    with pytest.raises(DataError, match="goes on after its last value"):
        read_idx(path, (2, 3))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6


@pytest.mark.parametrize("sizes", [(1,) * 255, (1,) * 65, (1,) * 5, (0, 2**32 - 1, 2**32 - 1), (2**32 - 1, 0)])
def test_more_axes_or_larger_ones_than_images_have(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    path = tmp_path / "images"
    head = bytes((0, 0, 8, len(sizes))) + b"".join(size.to_bytes(4, "big") for size in sizes)
    path.write_bytes(head + bytes(prod(sizes)))
    with pytest.raises(DataError, match=r"^“images” claims to (have \d+ axes|hold [\d,]+ values)"):
        read_idx(path)


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^“gone” could not be read: No such file or directory\.$"):
        read_idx(tmp_path / "gone")
    with pytest.raises(DataError, match=r"could not be read: it is a folder, not an ordinary file\.$"):
        read_idx(tmp_path)
