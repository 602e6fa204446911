"""The gradient of one weight, as a sum over positions: the input at each position times the gradient of the output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cnnviz.inspection.look import as_array
from cnnviz.inspection.questions import Question
from cnnviz.inspection.scales import largest
from cnnviz.inspection.weight_uses import PARAMETERS, Use

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Array
    from cnnviz.inspection.weight_uses import Index, Meeting


@dataclass(frozen=True, eq=False)
class WeightGradient:
    """How the loss of the sample changes with one weight, in evaluation mode.

    ``parameter`` is "weight", "bias" or another parameter of the layer, ``index`` the weight's place in it and
    ``weight`` its value. ``gradient`` is autograd's, see :mod:`cnnviz.inspection.backward`. ``meetings`` are the uses
    of the weight: several only for a slope that all maps share. ``shape`` is the parameter's shape, ``largest`` the
    largest finite absolute value in it, and ``around`` the part of it that the weight is in, float32: the slice of a
    filter (kH, kW), the row of a matrix (n,), a map (H, W) of a parameter of maps, or a whole vector (n,). ``loss``,
    ``label`` and ``labelled`` are as in :class:`~cnnviz.inspection.answers.gradient.Gradient`.
    """

    node: str
    parameter: str
    index: Index
    weight: float
    gradient: float
    meetings: tuple[Meeting, ...]
    shape: Index
    around: Array
    largest: float
    loss: float
    label: int
    labelled: bool

    @property
    def count(self) -> int:
        """The number of positions in the sum."""
        return sum(meeting.products.size for meeting in self.meetings)

    @property
    def total(self) -> float:
        """The sum of the products of all positions."""
        return sum(meeting.total for meeting in self.meetings)


@dataclass(frozen=True)
class WeightGradientOf(Question[WeightGradient]):
    """Asks how the loss of the sample changes with one weight of a parameter of a layer."""

    node: str
    index: Index
    parameter: str = "weight"
    needs_gradients: ClassVar[bool] = True
    # the answer runs the network itself
    needs_forward: ClassVar[bool] = False

    def possible(self, moment: Moment) -> bool:
        """See :meth:`Question.possible`. After an edit of the network the index may lie outside the parameter."""
        tensor = moment.tensors.get(f"{self.node}.{self.parameter}")
        if self.node not in moment.shapes.taking_part or tensor is None or len(self.index) != tensor.dim():
            return False
        inside = all(0 <= at < size for at, size in zip(self.index, tensor.shape, strict=True))
        return inside and (type(moment.network[self.node]), self.parameter) in PARAMETERS


def weight_gradient(look: Look, question: WeightGradientOf) -> WeightGradient:
    """Answer the question: autograd's gradient, and the products whose sum it is."""
    # not at the top: torch is loaded on the observer's thread
    from cnnviz.inspection.backward import backward

    node, index, name = question.node, question.index, f"{question.node}.{question.parameter}"
    (source,) = look.moment.network.inputs[node]
    parameter = look.moment.tensors[name].detach().clone().requires_grad_()
    run = backward(look, tensors={name: parameter})
    own, gradient = run.gradients([parameter, run.outputs[node]])
    used = Use(look, node, source, as_array(run.outputs[source].detach()[0]), as_array(gradient[0]))
    layer = look.moment.network[node]
    meetings = PARAMETERS[type(layer), question.parameter](used, layer, index)
    return WeightGradient(
        node,
        question.parameter,
        index,
        float(parameter.detach()[index]),
        float(own[index]),
        tuple(meetings),
        tuple(parameter.shape),
        as_array(parameter.detach()[index[: -2 if len(index) > 2 else -1]]),
        largest(as_array(parameter.detach())),
        float(run.loss.detach()),
        run.label,
        run.labelled,
    )
