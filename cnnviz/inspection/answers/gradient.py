"""The gradient of one value: how the loss changes with it, as the sum over all that it feeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cnnviz.inspection.answers.value import has_place
from cnnviz.inspection.arithmetic.terms import Place, by_size
from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.look import as_array
from cnnviz.inspection.questions import Array, Question

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.inspection.arithmetic.terms import Indices, Numbers
    from cnnviz.inspection.backward import Backward
    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Moment


@dataclass(frozen=True, eq=False)
class Fed:
    """The n output values of ``node`` that depend on a value, which enters at the input ``port``.

    ``channels``, ``rows`` and ``columns``: int (n,), their places. ``gradients``: float32 (n,), the derivatives of the
    loss with respect to them. ``derivatives``: float64 (n,), their derivatives with respect to the value, never 0; in a
    convolution these are the weights that multiply the value.
    """

    node: str
    port: int
    channels: Indices
    rows: Indices
    columns: Indices
    gradients: Array
    derivatives: Numbers

    @cached_property
    def products(self) -> Numbers:
        """Each gradient times its derivative, float64 (n,)."""
        return frozen(self.gradients * self.derivatives)

    @cached_property
    def order(self) -> Indices:
        """The indices of the output values, int (n,), by absolute product, the largest first."""
        return by_size(self.products)

    @cached_property
    def by_channel(self) -> tuple[Indices, Numbers]:
        """The output channels that depend on the value, int (m,), and the sum of the products of each, float64 (m,).

        The channel with the largest absolute sum is first.
        """
        channels, at = np.unique(self.channels, return_inverse=True)
        sums = np.zeros(len(channels))
        np.add.at(sums, at, self.products)
        order = by_size(sums)
        return frozen(channels[order]), frozen(sums[order])

    @property
    def total(self) -> float:
        """The sum of all products: the part of the value's gradient that comes from this node."""
        return float(self.products.sum())

    def place(self, at: int) -> Place:
        """The place of the output value with the index ``at``."""
        return Place(self.node, int(self.channels[at]), int(self.rows[at]), int(self.columns[at]))


@dataclass(frozen=True, eq=False)
class Gradient:
    """How the loss of the sample changes with one value, in evaluation mode.

    ``gradient`` is autograd's, see :mod:`cnnviz.inspection.backward`. ``map``: float32 (H, W) the gradients of the
    whole map that the value is in, or (n,) of its vector. ``loss`` is the cross-entropy with ``label``, the
    label of the sample; for a sample without a label ``labelled`` is False, and ``label`` is the predicted class.
    ``feeds`` are the inputs of nodes that the value enters. A logit of the Output enters the loss alone:
    ``probability`` is its softmax probability, None for other values.
    """

    place: Place
    value: float
    gradient: float
    map: Array
    loss: float
    label: int
    labelled: bool
    feeds: tuple[Fed, ...]
    probability: float | None = None

    @property
    def total(self) -> float:
        """The sum over ``feeds``; for a logit its probability, minus 1 if it is the logit of the label."""
        if self.probability is not None:
            return self.probability - (self.place.channel == self.label)
        return sum(fed.total for fed in self.feeds)


@dataclass(frozen=True)
class GradientOf(Question[Gradient]):
    """How the loss of the sample changes with one value of a node's output."""

    place: Place
    needs_gradients: ClassVar[bool] = True
    needs_forward: ClassVar[bool] = False

    def possible(self, moment: Moment) -> bool:
        """The place may lie outside the maps since the network was edited."""
        return has_place(moment.shapes, self.place)


def gradient(look: Look, question: GradientOf) -> Gradient:
    """The answer: autograd's gradient, and the terms that it is the sum of."""
    # not at the top: torch is loaded on the observer's thread
    from cnnviz.inspection.backward import backward

    place, network = question.place, look.moment.network
    taking_part = look.moment.shapes.taking_part
    fed = [name for name in dict.fromkeys(network.outputs[place.node]) if name in taking_part]
    run = backward(look, since=place.node)
    output = run.outputs[place.node]
    own, *gradients = run.gradients([output, *(run.outputs[name] for name in fed)])
    at = (0, place.channel, place.row, place.column)[: output.dim()]
    feeds = [
        _fed(look, run, place, name, port, each)
        for name, each in zip(fed, gradients, strict=True)
        for port, source in enumerate(network.inputs[name])
        if source == place.node
    ]
    return Gradient(
        place,
        float(output.detach()[at]),
        float(own[at]),
        as_array(own[0, place.channel] if own.dim() > 2 else own[0]),
        float(run.loss.detach()),
        run.label,
        run.labelled,
        tuple(feeds),
        None if feeds else float(run.logits.softmax(0)[place.channel]),
    )


def _fed(look: Look, run: Backward, place: Place, name: str, port: int, gradient: Tensor) -> Fed:
    """The terms of the input ``port`` of the node ``name``, whose output has this gradient, (1, C, H, W) or (1, n)."""
    from cnnviz.inspection.backward import derivatives_at

    inputs = [run.outputs[source].detach() for source in look.moment.network.inputs[name]]
    module = look.module._modules[name]
    assert module is not None
    derivatives = derivatives_at(module, inputs, port, (place.channel, place.row, place.column))[0]
    at = derivatives.nonzero(as_tuple=True)
    zeros = at[0] * 0  # the rows and columns of a vector
    channels, rows, columns = (frozen(each.numpy()) for each in (*at, zeros, zeros)[:3])
    return Fed(name, port, channels, rows, columns, as_array(gradient[0][at]), frozen(derivatives[at].numpy()))
