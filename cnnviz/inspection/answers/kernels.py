"""The kernels of a layer: its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cnnviz.inspection.look import Look, as_array
from cnnviz.inspection.questions import Array, NodeQuestion
from cnnviz.inspection.scales import largest

if TYPE_CHECKING:
    from cnnviz.inspection.moment import Moment


@dataclass(frozen=True, eq=False)
class Kernels:
    """The weights of one convolution or dense layer: float32 (O, I, kH, kW) or (O, I); ``bias`` (O,) or None.

    ``limit`` > 0 is the scale: weights are drawn from -limit to limit. ``source`` is the node whose output they weigh.
    """

    weight: Array
    bias: Array | None
    limit: float
    source: str


@dataclass(frozen=True)
class KernelsOf(NodeQuestion[Kernels]):
    """The weights of a node; one without a matrix or kernels of weights has no answer."""

    node: str
    needs_forward: ClassVar[bool] = False

    def possible(self, moment: Moment) -> bool:
        """See :meth:`Question.possible`."""
        weight = moment.tensors.get(f"{self.node}.weight")
        return weight is not None and weight.dim() > 1


def kernels(look: Look, question: KernelsOf) -> Kernels:
    """The answer: the weights themselves, on the scale of their layer."""
    node, tensors = question.node, look.moment.tensors
    weight = as_array(tensors[f"{node}.weight"])
    bias = tensors.get(f"{node}.bias")
    limit = look.scales.limit("kernels", node, largest(weight))
    return Kernels(weight, None if bias is None else as_array(bias), limit, look.moment.network.inputs[node][0])
