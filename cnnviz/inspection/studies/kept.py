"""Writes predictions to a file beside the recorded moment that they belong to, and reads them. No torch."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.files import read_ordinary, write_atomically
from cnnviz.inspection.studies.predictions import Predictions

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.moment import Moment

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
"""Larger predictions are not written."""
_HEADER_BYTES = 4096
"""The most bytes of the header of a file."""
_HASHED_IMAGES = 64
"""The number of images of a split whose pixels its key depends on, besides all labels and the shape of the images."""


def key_of(moment: Moment, split: Split) -> bytes:
    """A digest of the weights and of the split, 32 bytes: predictions with the same key are the same."""
    digest = hashlib.blake2b(digest_size=32)
    digest.update(repr(moment.network).encode())
    for name in sorted(moment.tensors):
        tensor = moment.tensors[name]
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).data)
    digest.update(repr(split.images.shape).encode())
    digest.update(np.ascontiguousarray(split.labels, np.int64).data)
    chosen = np.linspace(0, len(split) - 1, min(len(split), _HASHED_IMAGES)).astype(np.int64)
    digest.update(np.ascontiguousarray(split.images[chosen]).data)
    return digest.digest()


def write(path: Path, predictions: Predictions, key: bytes) -> None:
    """Write predictions if they are small. Never raises: without the file they are made again."""
    from safetensors.numpy import save

    probabilities, losses = predictions.probabilities, predictions.losses
    if probabilities.nbytes + losses.nbytes > MOST_BYTES:
        return
    seal = np.frombuffer(_seal(key, probabilities, losses), np.uint8)
    content = save({"probabilities": np.ascontiguousarray(probabilities), "losses": losses, "seal": seal})
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        log.info("predictions are not kept: %s", error)


def read(path: Path, moment: Moment, split: Split, name: str, key: bytes) -> Predictions | None:
    """The predictions at a moment for a split, called ``name``; None if the file does not hold exactly these."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        content = load(read_ordinary(path, MOST_BYTES + _HEADER_BYTES))
        probabilities, losses = content["probabilities"], content["losses"]
        sealed = content["seal"].tobytes() == _seal(key, probabilities, losses)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        return None
    count = len(split)
    fits = probabilities.ndim == 2 and len(probabilities) == count and losses.shape == (count,)
    if not sealed or not fits or not probabilities.dtype == losses.dtype == np.float32:
        return None
    return Predictions(name, moment.run, moment.step, probabilities, losses, split.labels)


def _seal(key: bytes, probabilities: NDArray[np.float32], losses: NDArray[np.float32]) -> bytes:
    """A digest of the key and of the values, 32 bytes."""
    digest = hashlib.blake2b(key, digest_size=32)
    digest.update(np.ascontiguousarray(probabilities).data)
    digest.update(np.ascontiguousarray(losses).data)
    return digest.digest()
