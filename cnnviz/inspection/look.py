"""One look at a moment: what the answers to all questions about it have in common."""

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
    """A moment, a sample, and one forward pass in evaluation mode, as far as a question needs it.

    ``outputs``: float32 (C, H, W) or (n,), read-only, for the nodes that questions name. ``logits``: float32
    (classes,); None where no question needs a forward pass. ``pixels``: float32 (1, C, H, W) in [0, 1]. ``signed`` says
    for each node whether its output can be negative. ``module`` computes the network with the weights of the moment,
    for questions that take gradients.
    """

    moment: Moment
    sample: Sample
    outputs: Mapping[str, Array]
    logits: Tensor | None
    pixels: Tensor
    signed: Mapping[str, bool]
    scales: Scales
    module: CompiledNetwork


def as_array(tensor: Tensor) -> Array:
    """The values of a tensor, float32 of its shape, read-only; a contiguous tensor shares its memory."""
    array: Array = tensor.contiguous().numpy()
    assert array.dtype == np.float32
    array.flags.writeable = False
    return array
