"""The weights of a layer: the kernels of a convolution, or the matrix of a dense layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cnnviz.inspection.look import Look, as_array
from cnnviz.inspection.questions import Array, NodeQuestion, Question

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.inspection.moment import Moment

_WEIGHT = ".weight"
"""The end of the name of the weights of a layer, which begins with the id of its node."""


@dataclass(frozen=True, eq=False)
class Kernels:
    """The weights of one convolution or dense layer.

    ``weight``: float32 (O, I, kH, kW), of a transposed convolution (I, O, kH, kW), or (O, I); with groups the second
    axis counts the maps of one group. ``bias``: float32 (O,), or None. ``limit`` > 0 is the robust colour scale:
    weights from -limit to limit are drawn, and larger ones in the last colour; no weight lies beyond ``full``.
    ``source`` is the id of the node whose output is the input of the layer.
    """

    weight: Array
    bias: Array | None
    limit: float
    source: str
    full: float = 0.0


@dataclass(frozen=True)
class KernelsOf(NodeQuestion[Kernels]):
    """Asks for the weights of a node; there is an answer only if they are kernels or a matrix."""

    node: str
    needs_forward: ClassVar[bool] = False

    def possible(self, moment: Moment) -> bool:
        """See :meth:`Question.possible`."""
        weight = moment.tensors.get(f"{self.node}{_WEIGHT}")
        return weight is not None and weight.dim() > 1


def kernels(look: Look, question: KernelsOf) -> Kernels:
    """Answer the question: the weights themselves, with the colour scale of their layer."""
    node, tensors = question.node, look.moment.tensors
    weight = as_array(tensors[f"{node}{_WEIGHT}"])
    bias = tensors.get(f"{node}.bias")
    limit, full = look.scales.limits("kernels", node, weight)
    source = look.moment.network.inputs[node][0]
    return Kernels(weight, None if bias is None else as_array(bias), limit, source, full)


@dataclass(frozen=True)
class WeightScale(Question[float]):
    """The widest robust scale of the weights of all layers that have a matrix or kernels of them."""

    needs_forward: ClassVar[bool] = False

    def possible(self, moment: Moment) -> bool:
        """See :meth:`Question.possible`."""
        return bool(_weights(moment))


def weight_scale(look: Look, _question: WeightScale) -> float:
    """The answer: a limit > 0."""
    weights = _weights(look.moment)
    return max(look.scales.limits("kernels", node, as_array(weight))[0] for node, weight in weights.items())


def _weights(moment: Moment) -> dict[str, Tensor]:
    """The kernels, float32 (O, I, kH, kW), or the matrix, float32 (O, I), of each layer that has them, by node."""
    return {
        name.removesuffix(_WEIGHT): tensor
        for name, tensor in moment.tensors.items()
        if name.endswith(_WEIGHT) and tensor.dim() > 1
    }
