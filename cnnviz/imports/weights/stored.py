"""The tensors of a file of weights: their names, types and shapes, and how one of them is read. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cnnviz.network.shape import Shape

MOST_TENSORS = 100_000
"""A file with more tensors than these is refused."""
MOST_AXES = 16
"""A tensor with more axes than these is refused."""
CONVERTED = ("float16", "bfloat16", "float64")
"""Types of weights that become float32."""


class WeightsError(SaidError):
    """A file whose weights cannot be read. ``str()`` is a sentence for the user."""


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file. ``dtype`` is its type there, such as ``"float16"``."""

    name: str
    dtype: str
    shape: Shape

    @property
    def count(self) -> int:
        """The number of values."""
        return prod(self.shape)


@dataclass(frozen=True, eq=False)
class WeightsFile:
    """A file of weights that was opened: its ``tensors`` by name, in the order of the layers.

    ``format`` is "PyTorch" or "safetensors". ``notes`` say what of the file is not read, and whether its values
    are converted. ``reader`` returns the values of a tensor in its shape as float32, or as int64 if they are whole
    numbers; it opens the file anew, so that nothing has to be closed.
    """

    path: Path
    format: str
    tensors: Mapping[str, StoredTensor]
    notes: tuple[Sentence, ...]
    reader: Callable[[StoredTensor], NDArray[Any]]

    def read(self, name: str) -> NDArray[Any]:
        """The values of a tensor in its shape, in memory of their own: float32, or int64 if they are whole numbers.

        Raises :class:`WeightsError`.
        """
        return self.reader(self.tensors[name])


def without_ones(shape: Shape) -> Shape:
    """A shape without axes of 1 at its end."""
    end = len(shape)
    while end and shape[end - 1] == 1:
        end -= 1
    return shape[:end]


def conversion_note(tensors: Mapping[str, StoredTensor]) -> tuple[Sentence, ...]:
    """A note if values are stored in another type of numbers than float32, which the program computes with."""
    kinds = sorted({tensor.dtype for tensor in tensors.values()} & set(CONVERTED))
    if not kinds:
        return ()
    return (Sentence("Its values are stored as {kinds}, and are converted to float32.", kinds=tuple(kinds)),)
