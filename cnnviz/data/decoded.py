"""Images that do not fit into memory: decoded once into files of the user's cache, which are then memory-mapped.

A folder of the cache holds an array for each part, and ``contents.json`` with their sizes and checksums. It is written
under a temporary name and moved into place. A folder whose files differ from its ``contents.json`` is written again.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.format import write_array_header_1_0

from cnnviz.data import decoded_cache
from cnnviz.data.errors import DataError
from cnnviz.files import cause, open_ordinary, put_in_place, read_ordinary
from cnnviz.sentence import Sentence
from cnnviz.settings import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

CONTENTS = "contents.json"
_MAX_CONTENTS_BYTES = 2**16


@dataclass(frozen=True)
class Part:
    """An array of images to be decoded: uint8 of ``shape`` (N, C, H, W).

    ``blocks()`` yields the images in order, in blocks of uint8 (n, C, H, W); the n add up to N.
    """

    shape: tuple[int, ...]
    blocks: Callable[[], Iterator[NDArray[np.uint8]]]


def mapped(name: str, parts: Mapping[str, Part]) -> dict[str, NDArray[np.uint8]]:
    """Each part as a read-only memory map: uint8, of the part's shape (N, C, H, W).

    The parts are decoded if the cache has no intact folder ``name``; different contents need different names. Raises
    :class:`DataError` if the cache cannot be written, and whatever the blocks raise.
    """
    try:
        folder = folders().cache / "decoded" / name
        found = _opened(folder, parts)
        if found is None:
            decoded_cache.prune(folder)
            _make(folder, parts)
            found = _opened(folder, parts)
    except OSError as error:
        raise DataError(
            Sentence(
                "The images do not fit into memory, and could not be kept in the cache: {reason}. Make room on the"
                " disk, or close other programs.",
                reason=cause(error),
            )
        ) from error
    if found is None:
        raise DataError(
            Sentence("The images do not fit into memory, and what was written to the cache could not be read again.")
        )
    return found


def _opened(folder: Path, parts: Mapping[str, Part]) -> dict[str, NDArray[np.uint8]] | None:
    """The memory maps of a folder; None if its files are not those that were written."""
    try:
        contents: dict[str, Any] = json.loads(read_ordinary(folder / CONTENTS, _MAX_CONTENTS_BYTES))
        maps = {name: _map(folder / f"{name}.npy", part, contents[name]) for name, part in parts.items()}
        decoded_cache.mark_used(folder)
        return maps
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        if folder.exists():
            log.warning("what “%s” holds is not what was written there (%s); it is made anew", folder, error)
        return None


def _map(path: Path, part: Part, facts: object) -> NDArray[np.uint8]:
    """The memory map of one file; raises ValueError or OSError if it is not the file that was written.

    The header of the file is not parsed: its bytes must equal the header that numpy writes for this part.
    """
    header = _header(part)
    with open_ordinary(path) as file:
        if os.fstat(file.fileno()).st_size != len(header) + prod(part.shape) or file.read(len(header)) != header:
            raise ValueError(f"“{path.name}” is no array of this size")
        if facts != _facts(path):
            raise ValueError(f"“{path.name}” has changed")
        if part.shape[0] == 0:
            # mmap refuses an empty range
            return np.empty(part.shape, np.uint8)
        return np.memmap(file, np.uint8, "r", len(header), part.shape)


def _header(part: Part) -> bytes:
    """The bytes that numpy writes before the values of a part."""
    header = io.BytesIO()
    write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": part.shape})
    return header.getvalue()


def _make(folder: Path, parts: Mapping[str, Part]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, suffix=decoded_cache.UNFINISHED_SUFFIX))
    try:
        contents = {}
        for name, part in parts.items():
            path = temporary / f"{name}.npy"
            _write(path, part)
            contents[name] = _facts(path)
        (temporary / CONTENTS).write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
        put_in_place(temporary, folder, lambda: _opened(folder, parts) is not None)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(path: Path, part: Part) -> None:
    if part.shape[0] == 0:
        np.save(path, np.empty(part.shape, np.uint8))
        return
    # not through a memory map: if the disk is full, writing to a map ends the process
    with path.open("wb") as file:
        file.write(_header(part))
        for block in part.blocks():
            file.write(np.ascontiguousarray(block, np.uint8).data)


def _facts(path: Path) -> dict[str, Any]:
    """The size and checksum by which a file is recognized later."""
    with open_ordinary(path) as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
