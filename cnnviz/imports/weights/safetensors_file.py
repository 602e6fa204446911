"""Reads a safetensors file."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from cnnviz.imports.weights.stored import (
    MOST_AXES,
    MOST_TENSORS,
    StoredTensor,
    WeightsError,
    WeightsFile,
    conversion_note,
)
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TYPES = {
    "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
"""The types that are read, by their names in the file."""
MOST_NOTES = 3
"""Of tensors that are not read, so many are named."""


def open_safetensors(path: Path) -> WeightsFile:
    """The weights in a safetensors file; raises WeightsError.

    The file sorts its tensors by name; here ``features.2`` comes before ``features.10``.
    """
    from safetensors import SafetensorError, safe_open

    tensors, notes = {}, []
    try:
        with safe_open(path, framework="pt") as file:
            names = sorted(file.keys(), key=_sort_key)
            if len(names) > MOST_TENSORS:
                raise WeightsError(
                    Sentence("It has more than {most} tensors, which no network has.", most=MOST_TENSORS)
                )
            for name in names:
                part = file.get_slice(name)
                kind, shape = TYPES.get(part.get_dtype()), tuple(part.get_shape())
                if len(shape) > MOST_AXES:
                    notes.append(
                        Sentence(
                            "“{name}” is not read, because it has {axes} axes.", name=quoted(name), axes=len(shape)
                        )
                    )
                elif kind is None:
                    notes.append(
                        Sentence(
                            "“{name}” is not read, because its values are of type {kind}.",
                            name=quoted(name),
                            kind=quoted(part.get_dtype()),
                        )
                    )
                else:
                    tensors[name] = StoredTensor(name, kind, shape)
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged() from error
    notes = [*notes[:MOST_NOTES], *conversion_note(tensors)]
    return WeightsFile(path, "safetensors", tensors, tuple(notes), partial(_read, path))


def _damaged() -> WeightsError:
    return WeightsError(Sentence("It is truncated or damaged. Replace it by a complete copy."))


def _sort_key(name: str) -> list[tuple[int, str]]:
    # parts of one name are letters and digits in turn; int() is slow for very many digits
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", name)]


def _read(path: Path, tensor: StoredTensor) -> NDArray[Any]:
    """The values of a tensor, see :meth:`WeightsFile.read`."""
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            stored = file.get_tensor(tensor.name)
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise _damaged() from error
    if tuple(stored.shape) != tensor.shape:
        # the file was replaced meanwhile
        raise _damaged()
    kind = torch.float32 if stored.is_floating_point() else torch.int64
    values: NDArray[Any] = torch.empty(stored.shape, dtype=kind).copy_(stored).numpy()
    return values
