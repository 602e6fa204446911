"""Blocks with checksums: whatever happens to a file, what was written whole comes back, and nothing else does."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from mutations import watched

from cnnviz.runs.blocks import MAGIC, block, blocks

PAYLOADS = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=60) | st.just(MAGIC * 3)), max_size=8)


@given(PAYLOADS)
def test_all_blocks_come_back(payloads: list[tuple[int, bytes]]) -> None:
    read = blocks(b"".join(block(*one) for one in payloads))
    assert read.found == tuple(payloads) and read.lost == 0


@given(PAYLOADS, st.data())
def test_a_file_that_ends_early_keeps_the_blocks_before(payloads: list[tuple[int, bytes]], data: st.DataObject) -> None:
    parts = [block(*one) for one in payloads]
    content = b"".join(parts)
    end = data.draw(st.integers(0, len(content)))
    whole = 0
    while whole < len(parts) and sum(map(len, parts[: whole + 1])) <= end:
        whole += 1
    read = blocks(content[:end])
    assert read.found == tuple(payloads[:whole])
    assert read.lost == end - sum(map(len, parts[:whole]))


@given(PAYLOADS.filter(len), st.data())
def test_one_changed_byte_costs_one_block(payloads: list[tuple[int, bytes]], data: st.DataObject) -> None:
    parts = [block(*one) for one in payloads]
    hit = data.draw(st.integers(0, len(parts) - 1))
    at = data.draw(st.integers(0, len(parts[hit]) - 1))
    damaged = bytearray(parts[hit])
    damaged[at] ^= data.draw(st.integers(1, 255))
    read = blocks(b"".join([*parts[:hit], bytes(damaged), *parts[hit + 1 :]]))
    assert read.found == (*payloads[:hit], *payloads[hit + 1 :])
    assert read.lost == len(damaged)


def test_a_file_that_is_full_of_heads_is_read_in_a_short_time() -> None:
    # each head claims all that follows it
    heads = 100_000
    size = len(MAGIC) + 9
    content = b"".join(MAGIC + struct.pack("<BII", 1, size * (heads - at - 1), 0) for at in range(heads))
    whole = block(1, b"before")
    with watched("many heads"):
        read = blocks(whole + content)
    assert read.found == ((1, b"before"),) and read.lost == len(content)
