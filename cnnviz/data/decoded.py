"""Images that are too many for the memory: decoded once into files of the user's cache, which are mapped.

A folder of the cache holds an array for each part and ``contents.json`` with their sizes and checksums. It is made
under a temporary name and moved into place; whatever does not agree with its contents is made anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from cnnviz.data.idx import DataError
from cnnviz.settings import folders

log = logging.getLogger(__name__)

CONTENTS = "contents.json"
_MOST_BYTES = 2**16


@dataclass(frozen=True)
class Part:
    """An array to be decoded: uint8 of ``shape``, from ``blocks()`` of whole rows in order."""

    shape: tuple[int, ...]
    blocks: Callable[[], Iterator[NDArray[np.uint8]]]


def mapped(name: str, parts: Mapping[str, Part]) -> dict[str, NDArray[np.uint8]]:
    """Each part as a read-only memory map; decoded where the cache has no sound folder ``name``.

    The name has to change whenever the content would. Raises :class:`DataError` where the cache cannot be written, and
    whatever the blocks raise.
    """
    try:
        folder = folders().cache / "decoded" / name
        found = _opened(folder, parts)
        if found is None:
            _make(folder, parts)
            found = _opened(folder, parts)
    except OSError as error:
        raise DataError(
            f"The images do not fit into memory, and could not be kept in the cache: {error.strerror or error}."
            " Make room on the disk, or close other programs."
        ) from error
    if found is None:
        raise DataError("The images do not fit into memory, and what was written to the cache could not be read again.")
    return found


def _opened(folder: Path, parts: Mapping[str, Part]) -> dict[str, NDArray[np.uint8]] | None:
    """The maps of a folder that is as it was made; None for any other."""
    try:
        with (folder / CONTENTS).open("rb") as file:
            contents: dict[str, Any] = json.loads(file.read(_MOST_BYTES))
        found = {}
        for name, part in parts.items():
            path = folder / f"{name}.npy"
            if contents[name] != _facts(path):
                raise ValueError(name)
            # there is no map of nothing
            array = np.load(path, mmap_mode="r" if part.shape[0] else None, allow_pickle=False)
            if array.shape != part.shape or array.dtype != np.uint8:
                raise ValueError(name)
            found[name] = array
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        if folder.exists():
            log.warning("what “%s” holds is not what was written there (%s); it is made anew", folder, error)
        return None
    return found


def _make(folder: Path, parts: Mapping[str, Part]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, suffix=".part"))
    try:
        contents = {}
        for name, part in parts.items():
            path = temporary / f"{name}.npy"
            _write(path, part)
            contents[name] = _facts(path)
        (temporary / CONTENTS).write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(path: Path, part: Part) -> None:
    if part.shape[0] == 0:
        np.save(path, np.empty(part.shape, np.uint8))
        return
    array: NDArray[np.uint8] = open_memmap(path, "w+", np.uint8, part.shape)
    first = 0
    for block in part.blocks():
        array[first : first + len(block)] = block
        first += len(block)
    array.flush()  # type: ignore[attr-defined] # it is a memory map


def _facts(path: Path) -> dict[str, Any]:
    """What a file is recognized by."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
