"""The processor cores that a study may use."""

from __future__ import annotations

import torch


def leave_cores_to_training() -> None:
    """Compute on the calling thread alone from now on."""
    torch.set_num_threads(1)
