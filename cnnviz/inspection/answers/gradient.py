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
    """What the input ``port`` of ``node`` does with a value: the values of ``node`` that depend on it, n of them.

    ``channels``, ``rows`` and ``columns``: int (n,), their places. ``gradients``: float32 (n,), how the loss changes
    with each of them. ``derivatives``: float64 (n,), how much each changes with the value, never 0: of a convolution,
    the weights that meet it.
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
        """The terms, int (n,), the one with the largest absolute product first."""
        return by_size(self.products)

    @cached_property
    def by_channel(self) -> tuple[Indices, Numbers]:
        """The channels that depend on the value, int (m,), and what comes back from each, float64 (m,); the one with
        the largest absolute sum first."""
        channels, at = np.unique(self.channels, return_inverse=True)
        sums = np.zeros(len(channels))
        np.add.at(sums, at, self.products)
        order = by_size(sums)
        return frozen(channels[order]), frozen(sums[order])

    @property
    def total(self) -> float:
        """What comes back on this way."""
        return float(self.products.sum())

    def place(self, at: int) -> Place:
        """The value of term ``at``."""
        return Place(self.node, int(self.channels[at]), int(self.rows[at]), int(self.columns[at]))


@dataclass(frozen=True, eq=False)
class Gradient:
    """How the loss of the sample changes with one value, in evaluation mode.

    ``gradient`` is autograd's, see :mod:`cnnviz.inspection.backward`. ``map``: float32 (H, W) the gradients of the
    whole map that the value is in, or (n,) of its vector. ``loss`` is the cross-entropy with ``label``: that of the
    sample, or where it has none (``labelled`` is False) the class that the network says. ``feeds`` are all ways on from
    the value. A logit of the Output feeds the loss alone: ``probability`` is its share of the softmax, None elsewhere.
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
        """The sum over all that the value feeds; of a logit its probability, less 1 where it is that of the label."""
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
    none = at[0] * 0
    channels, rows, columns = (frozen(each.numpy()) for each in (*at, none, none)[:3])
    return Fed(name, port, channels, rows, columns, as_array(gradient[0][at]), frozen(derivatives[at].numpy()))
