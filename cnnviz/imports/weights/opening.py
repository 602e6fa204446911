"""Opens a file of weights, whose kind is recognized by its first bytes."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from cnnviz.files import cause, open_ordinary, shown
from cnnviz.imports.weights.stored import WeightsError, WeightsFile
from cnnviz.sentence import Sentence, said
from cnnviz.zip_files import BoundedFile

if TYPE_CHECKING:
    from pathlib import Path

ZIP = b"PK\x03\x04"
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The beginning of a file of PyTorch before version 1.6: a pickled magic number."""
HDF5 = b"\x89HDF\r\n\x1a\n"
SUFFIXES = (".safetensors", ".pth", ".pt")
"""The usual endings of the files that are read."""
_HEAD = 64
"""Bytes from the beginning, enough to recognize each kind."""


def open_weights(path: Path) -> WeightsFile:
    """The weights in a file; raises :class:`WeightsError` with a sentence that names the file."""
    try:
        return _open(path)
    except OSError as error:
        reason = cause(error)
        raise WeightsError(
            Sentence("“{name}” could not be opened: {reason}.", name=shown(path.name), reason=reason)
        ) from error
    except WeightsError as error:
        raise _with_name(path, said(error)) from error
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError) as e:
        raise _with_name(path, Sentence("It is truncated or damaged. Replace it by a complete copy.")) from e


def _open(path: Path) -> WeightsFile:
    with open_ordinary(path) as file:
        head = file.read(_HEAD)
        size = file.seek(0, 2)
    if head[:4] == ZIP:
        return _open_zip(path, size)
    if (about := _refused(head)) is not None:
        raise WeightsError(about)
    # safetensors: the length of the header in 8 bytes, and the header in JSON
    if len(head) > 8 and head[8:9] == b"{":
        from cnnviz.imports.weights.safetensors_file import open_safetensors

        return open_safetensors(path)
    raise WeightsError(Sentence("It holds no weights: a safetensors file, or a state dict of PyTorch, does."))


def _open_zip(path: Path, size: int) -> WeightsFile:
    from cnnviz.imports.weights.torch_file import open_torch

    # detach(): the file without its buffer, because a BoundedFile has its own
    with BoundedFile(open_ordinary(path).detach()) as file, zipfile.ZipFile(file) as archive:
        return open_torch(path, archive, size)


def _refused(head: bytes) -> Sentence | None:
    """Why a file of another kind is not read; None if it may be a safetensors file."""
    if head.startswith(LEGACY):
        return Sentence(
            "PyTorch wrote it before version 1.6, in a form that cannot be read safely. Convert it where you trust it:"
            " torch.save(torch.load(OLD, weights_only=True), NEW)."
        )
    if head.startswith(HDF5):
        return Sentence(
            "It is an HDF5 file, as Keras writes it, which is not read. An ONNX file is, which Keras writes with"
            ' model.export(FILE, format="onnx").'
        )
    if head.startswith(b"version https://git-lfs"):
        return Sentence("It is only the name of a file in Git LFS. Fetch the file itself with “git lfs pull”.")
    if head.lstrip()[:1] == b"<":
        return Sentence("It is a web page, not weights. Download the file itself.")
    if head[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        return Sentence("It is a pickle, which is never loaded. Save the weights with torch.save or as safetensors.")
    return Sentence("It is empty.") if not head else None


def _with_name(path: Path, reason: Sentence) -> WeightsError:
    return WeightsError(
        Sentence("The weights in “{name}” cannot be read. {reason}", name=shown(path.name), reason=reason)
    )
