"""Writes results of studies to files beside the recorded moment that they belong to, and reads them. No torch."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from cnnviz.files import read_ordinary, write_atomically
from cnnviz.inspection.adversarial.attack import Robustness, sizes_of_study
from cnnviz.inspection.studies.excitation import KEPT, ORDERS, Excitations, Ranking, map_shape
from cnnviz.inspection.studies.predictions import Predictions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.data.catalogue import Split
    from cnnviz.inspection.adversarial.attack import Method, Norm
    from cnnviz.inspection.moment import Moment

R = TypeVar("R")
log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
"""Larger results are not written."""
SEAL = "seal"
"""The name of the array that proves that the others are whole and belong to the key."""
_HEADER_BYTES = 4096
"""The most bytes of the header of a file."""
_HASHED_IMAGES = 64
"""The number of images of a split whose pixels its key depends on, besides all labels and the shape of the images."""


def key_of(moment: Moment, split: Split) -> bytes:
    """A digest of the weights and of the split, 32 bytes: results of a study with the same key are the same."""
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


def write(path: Path, arrays: Mapping[str, NDArray[Any]], key: bytes) -> None:
    """Write the arrays of a result, of any shape and dtype, if they are small.

    Never raises: without the file the result is made again.
    """
    from safetensors.numpy import save

    if sum(array.nbytes for array in arrays.values()) > MOST_BYTES:
        return
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = save({**contiguous, SEAL: np.frombuffer(_seal(key, contiguous), np.uint8)})
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        log.info("a result is not kept: %s", error)


def read(path: Path, key: bytes, result_of: Callable[[dict[str, NDArray[Any]]], R]) -> R | None:
    """The result of the arrays in a file; None if the file does not hold arrays with this key.

    ``result_of`` takes the arrays by name, and raises KeyError or ValueError if some are missing or have another shape
    or dtype.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(read_ordinary(path, MOST_BYTES + _HEADER_BYTES))
        sealed = arrays.pop(SEAL).tobytes() == _seal(key, arrays)
        return result_of(arrays) if sealed else None
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        return None


def predictions_of(arrays: Mapping[str, NDArray[Any]], moment: Moment, split: Split, name: str) -> Predictions:
    """Predictions at a moment for a split, called ``name``; see :func:`read` for errors.

    ``arrays``: "probabilities" float32 (N, K) and "losses" float32 (N,).
    """
    probabilities, losses = arrays["probabilities"], arrays["losses"]
    count = len(split)
    fits = probabilities.ndim == 2 and len(probabilities) == count and losses.shape == (count,)
    if not fits or not probabilities.dtype == losses.dtype == np.float32:
        raise ValueError("no predictions for these images")
    return Predictions(name, moment.run, moment.step, probabilities, losses, split.labels)


def arrays_of_predictions(found: Predictions) -> dict[str, NDArray[Any]]:
    """The arrays from which :func:`predictions_of` makes predictions again: float32 (N, K) and float32 (N,)."""
    return {"probabilities": found.probabilities, "losses": found.losses}


def excitations_of(arrays: Mapping[str, NDArray[Any]], moment: Moment, split: Split, node: str) -> Excitations:
    """How the images of a split excite the maps of ``node`` at a moment; see :func:`read` for errors.

    ``arrays``: "means" float32 (K, C), and of each order the fields of its :class:`Ranking`, (C, k), as
    "strongest.images".
    """
    output = moment.shapes.nodes[node].output
    assert output is not None
    orders = [order for order in ORDERS if f"{order}.images" in arrays]
    rankings = {
        order: Ranking(*(arrays[f"{order}.{field}"] for field in ("images", "values", "positions"))) for order in orders
    }
    shape, means = map_shape(output), arrays["means"]
    shapes = {array.shape for ranking in rankings.values() for array in _fields(ranking).values()}
    images = [ranking.images for ranking in rankings.values()]
    if shapes != {(shape[0], min(KEPT, len(split)))} or means.shape[1:] != shape[:1]:
        raise ValueError("no excitations of this layer")
    if any(int(each.min(initial=0)) < 0 or int(each.max(initial=0)) >= len(split) for each in images):
        raise ValueError("no excitations by these images")
    return Excitations(node, moment.run, moment.step, shape, len(output) == 1, len(split), rankings, means)


def arrays_of_excitations(found: Excitations) -> dict[str, NDArray[Any]]:
    """The arrays from which :func:`excitations_of` makes excitations again, float32 and int64, (C, k) and (K, C)."""
    arrays: dict[str, NDArray[Any]] = {
        f"{order}.{field}": array
        for order, ranking in found.rankings.items()
        for field, array in _fields(ranking).items()
    }
    return {"means": found.means, **arrays}


def _fields(ranking: Ranking) -> dict[str, NDArray[Any]]:
    return {"images": ranking.images, "values": ranking.values, "positions": ranking.positions}


def robustness_of(
    arrays: Mapping[str, NDArray[Any]], moment: Moment, split: Split, method: Method, norm: Norm
) -> Robustness:
    """The accuracy on the images of a split under attack at a moment; see :func:`read` for errors.

    ``arrays``: "sizes" and "right", int64 (n,).
    """
    sizes, right = (tuple(arrays[name].tolist()) for name in ("sizes", "right"))
    if len(sizes) != len(right) or sizes != sizes_of_study(norm, split.images.shape[1:]):
        raise ValueError("no accuracy for these sizes")
    return Robustness(method, norm, moment.step, len(split), sizes, right)


def arrays_of_robustness(found: Robustness) -> dict[str, NDArray[Any]]:
    """The arrays from which :func:`robustness_of` makes the accuracy again: two of int64 (n,)."""
    return {"sizes": np.array(found.sizes, np.int64), "right": np.array(found.right, np.int64)}


def _seal(key: bytes, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """A digest of the key and of the arrays, 32 bytes."""
    digest = hashlib.blake2b(key, digest_size=32)
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
