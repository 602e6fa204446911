"""A digest of weights."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256, in hexadecimal, of the names and values of contiguous CPU tensors of any type and shape."""
    checksum = sha256()
    for name, tensor in sorted(tensors.items()):
        checksum.update(name.encode())
        checksum.update(tensor.numpy().tobytes())
    return checksum.hexdigest()
