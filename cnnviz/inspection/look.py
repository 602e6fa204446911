"""The forward pass of one sample at one moment, which the answers to all questions share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.questions import Array
    from cnnviz.inspection.scales import Scales
    from cnnviz.training.model import CompiledNetwork


@dataclass(frozen=True, eq=False)
class Look:
    """A moment, a sample, and what one forward pass in evaluation mode gave.

    ``outputs``: float32 (C, H, W) or (n,), read-only, by node id; only the nodes that a question reads. ``logits``:
    float32 (classes,); None if no question needs a forward pass. ``pixels``: float32 (1, C, H, W) in [0, 1], the
    sample. ``signed``: for each node whether its output can be negative. ``module``: the network with the weights of
    the moment, for questions that need gradients. ``judge``: whether maps are ordered by their present strength too.
    """

    moment: Moment
    sample: Sample
    outputs: Mapping[str, Array]
    logits: Tensor | None
    pixels: Tensor
    signed: Mapping[str, bool]
    scales: Scales
    module: CompiledNetwork
    judge: bool


def as_array(tensor: Tensor) -> Array:
    """The values of a tensor as a read-only array: float32, of the same shape. A contiguous tensor is not copied."""
    array: Array = tensor.contiguous().numpy()
    assert array.dtype == np.float32
    array.flags.writeable = False
    return array
