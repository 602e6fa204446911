"""Reads an ONNX file as a project with weights. Nothing but the file itself is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.files import cause, read_ordinary, shown
from cnnviz.imports.imported import Imported
from cnnviz.imports.onnx.refusal import OnnxError, damaged
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".onnx"
MOST_BYTES = 2**31 - 1
"""protobuf reads no larger message."""


def network_of(path: Path) -> Imported:
    """The network in an ONNX file, with its weights.

    A file of cnnviz gives the project as it was exported. Any other file is read operator by operator: what has no
    layer here is named. Raises :class:`~cnnviz.imports.onnx.refusal.OnnxError` with a sentence that names the file.
    """
    name = shown(path.name)
    try:
        return read(read_ordinary(path, MOST_BYTES))
    except OSError as error:
        raise OnnxError(Sentence("“{name}” could not be opened: {reason}.", name=name, reason=cause(error))) from error
    except OnnxError as error:
        raise OnnxError(Sentence("“{name}” could not be imported. {reason}", name=name, reason=said(error))) from error


def read(content: bytes) -> Imported:
    """As :func:`network_of`, from the bytes of a file."""
    import torch
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    from cnnviz.imports.onnx.bounds import check
    from cnnviz.imports.onnx.foreign import foreign
    from cnnviz.imports.onnx.own import classes_of, is_own, restored

    check(content)
    try:
        model = ModelProto.FromString(content)
    except DecodeError as error:
        raise damaged() from error
    size = len(content)
    # a large file is in memory once more as the model
    del content
    found = restored(model, size) if is_own(model) else None
    notes: tuple[Sentence, ...] = ()
    if found is None:
        found, notes = foreign(model)
        if is_own(model):
            changed = Sentence("Another program has changed the file: it was read operator by operator.")
            notes = (changed, *notes)
    weights = {key: torch.from_numpy(array) for key, array in found.weights.items()}
    return Imported(found.project, weights, notes, classes_of(model))
