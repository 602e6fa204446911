"""Append-only files of blocks with checksums. Complete blocks are read back, even if others are damaged."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MAGIC = b"\xc5CNB"
_HEAD = struct.Struct("<BII")
"""The kind of a block, the number of bytes of its payload, and the CRC-32 of kind, length and payload."""
_BEFORE = len(MAGIC) + _HEAD.size
MOST_READINGS = 32
"""Reading ends when wrong checksums have been computed over this many times the bytes of the file, as in a file made to
be slow. In a file that is only damaged they cover little more than the file once."""


@dataclass(frozen=True)
class Blocks:
    """The blocks of a file in their order, each with its kind, and the number of ``lost`` bytes between and after."""

    found: tuple[tuple[int, bytes], ...]
    lost: int = 0


def block(kind: int, payload: bytes) -> bytes:
    """A block of a ``kind`` from 0 to 255."""
    return MAGIC + _HEAD.pack(kind, len(payload), _checksum(kind, payload)) + payload


def blocks(content: bytes) -> Blocks:
    """All complete blocks; the bytes of damaged or incomplete blocks are skipped and counted as lost.

    If wrong checksums take too long, the rest is lost, see :data:`MOST_READINGS`.
    """
    found = []
    at = lost = 0
    left = MOST_READINGS * len(content)
    while at < len(content):
        start = content.find(MAGIC, at)
        if start < 0 or start + _BEFORE > len(content) or left < 0:
            lost += len(content) - at
            break
        lost += start - at
        kind, length, checksum = _HEAD.unpack_from(content, start + len(MAGIC))
        first = start + _BEFORE
        payload = content[first : first + length] if length <= len(content) - first else None
        if payload is None or _checksum(kind, payload) != checksum:
            left -= len(payload or b"")
            lost += 1
            at = start + 1
            continue
        found.append((kind, payload))
        at = first + length
    return Blocks(tuple(found), lost)


def _checksum(kind: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(struct.pack("<BI", kind, len(payload))))
