"""The numbers of a recorded run as event files of TensorBoard. No torch.

The format is that of TensorFlow's ``record_writer.h`` and ``event.proto``. A file is a row of records: the length of
the data as uint64, a checksum of the length, the data, a checksum of the data. The data are protocol buffers; the few
fields used here are encoded by hand.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.files import cause, shown, write_atomically
from cnnviz.runs.folder import RunError
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.runs.curves import Curves

TRAIN = "train"
"""The folder for the numbers of training steps; evaluations have a folder named after their split."""
_POLYNOMIAL = 0x82F63B78
"""The polynomial of CRC-32C, with its bits reversed."""
_MASK = 0xA282EAD8
"""Added to each checksum, see ``record_writer.h``."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""The wire types of protocol buffers."""
_WALL_TIME, _STEP, _FILE_VERSION, _SUMMARY = 1, 2, 3, 5
"""The numbers of the fields of an event."""
_VALUE, _TAG, _SIMPLE_VALUE = 1, 1, 2
"""The numbers of the field of a summary, and of the fields of each value in it."""


def write_events(curves: Curves, folder: Path, created: float) -> list[Path]:
    """Write an event file into the folder of each split in ``folder``: ``train``, ``validation``, ``test``, ...

    Each has the scalars ``loss`` and ``accuracy``, so that TensorBoard draws the splits over each other. ``created`` is
    when the run began, in seconds since 1970. Returns the files; raises :class:`RunError`.
    """
    steps, losses, accuracies = curves.steps.tolist(), curves.losses.tolist(), curves.accuracies.tolist()
    splits = {TRAIN: list(zip(steps, losses, accuracies, curves.seconds.tolist(), strict=True))}
    for evaluation in curves.evaluations:
        splits.setdefault(evaluation.split.replace(" ", "-"), []).append(
            (evaluation.step, evaluation.loss, evaluation.accuracy, evaluation.seconds)
        )
    written = []
    for split, rows in splits.items():
        events = [
            _field(_WALL_TIME, _FIXED64, struct.pack("<d", created)) + _field(_FILE_VERSION, _BYTES, b"brain.Event:2")
        ]
        for step, loss, accuracy, seconds in rows:
            wall_time = _field(_WALL_TIME, _FIXED64, struct.pack("<d", created + seconds))
            summary = _field(_SUMMARY, _BYTES, _scalar(b"loss", loss) + _scalar(b"accuracy", accuracy))
            events.append(wall_time + _field(_STEP, _VARINT, _varint(step)) + summary)
        path = folder / split / f"events.out.tfevents.{int(created)}.cnnviz"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, records(events))
        except OSError as error:
            raise RunError(
                Sentence("“{name}” could not be written: {reason}.", name=shown(path), reason=cause(error))
            ) from error
        written.append(path)
    return written


def records(contents: list[bytes]) -> bytes:
    """The content of a file with these records."""
    lengths = [struct.pack("<Q", len(content)) for content in contents]
    parts = zip(lengths, _checksums(lengths), contents, _checksums(contents), strict=True)
    return b"".join(part for record in parts for part in record)


def _scalar(tag: bytes, value: float) -> bytes:
    """The encoded value of a scalar named ``tag``."""
    return _field(_VALUE, _BYTES, _field(_TAG, _BYTES, tag) + _field(_SIMPLE_VALUE, _FIXED32, struct.pack("<f", value)))


def _field(number: int, wire_type: int, content: bytes) -> bytes:
    length = _varint(len(content)) if wire_type == _BYTES else b""
    return _varint(number << 3 | wire_type) + length + content


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _checksums(contents: list[bytes]) -> list[bytes]:
    """The masked CRC-32C of each of the contents, 4 bytes."""
    found: list[bytes] = [b""] * len(contents)
    for places, rows in _by_length(contents):
        crc = np.full(len(places), 0xFFFFFFFF, np.uint32)
        for column in rows.T:
            crc = _table()[(crc ^ column) & 0xFF] ^ (crc >> 8)
        crc = ~crc
        masked = ((crc >> 15) | (crc << 17)) + np.uint32(_MASK)
        for place, checksum in zip(places, masked.astype("<u4"), strict=True):
            found[place] = checksum.tobytes()
    return found


def _by_length(contents: list[bytes]) -> Iterator[tuple[list[int], NDArray[np.uint8]]]:
    """The places of contents of the same length, and their bytes: uint8 (contents, bytes)."""
    places: dict[int, list[int]] = {}
    for place, content in enumerate(contents):
        places.setdefault(len(content), []).append(place)
    for length, of_one_length in places.items():
        joined = b"".join(contents[place] for place in of_one_length)
        yield of_one_length, np.frombuffer(joined, np.uint8).reshape(len(of_one_length), length)


@cache
def _table() -> NDArray[np.uint32]:
    """The table of CRC-32C, by the value of a byte: uint32 (256,)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table
