"""Arrays that are only read, and arrays as the content of files."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)


def frozen(array: NDArray[S]) -> NDArray[S]:
    """The same array, of any shape and dtype, made read-only."""
    array.flags.writeable = False
    return array


def as_npy(values: NDArray[np.generic]) -> bytes:
    """The content of an npy file with an array of any shape and dtype."""
    content = BytesIO()
    np.save(content, values, allow_pickle=False)
    return content.getvalue()
