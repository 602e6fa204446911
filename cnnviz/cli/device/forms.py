"""The precisions of a device."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.training.device import (
    Placement,
    deterministic,
    native_bfloat16,
    set_deterministic,
    set_tf32,
    tf32,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def forms(placement: Placement) -> dict[str, Placement]:
    """Placements by the name of their precision: float32, on a GPU also TF32, and bfloat16 if the device supports it.

    TF32 has the placement of float32; :func:`computing` switches it on.
    """
    plain = replace(placement, precision="float32")
    found = {"float32": plain}
    if placement.device.type == "cuda":
        found["TF32"] = plain
    if native_bfloat16(placement.device):
        found["bfloat16"] = replace(placement, precision="bfloat16")
    return found


@contextmanager
def computing(form: str) -> Iterator[None]:
    """Compute in a precision of :func:`forms`, or "repeatable": float32 with deterministic algorithms. The previous
    setting is restored afterwards."""
    tf32_before, deterministic_before = tf32(), deterministic()
    set_tf32(form == "TF32", form == "TF32")
    set_deterministic(form == "repeatable")
    try:
        yield
    finally:
        set_tf32(*tf32_before)
        set_deterministic(deterministic_before)
