"""Arrays that are handed out to be read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)


def frozen(array: NDArray[S]) -> NDArray[S]:
    """The same array, of any shape and dtype, made read-only."""
    array.flags.writeable = False
    return array
