"""Layers that make training harder so that the network generalizes better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, channels_first
from cnnviz.parameters import choice, number
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class RandomDropping(Layer):
    """Sets values to 0 at random in training; the probability can be changed while training runs."""

    family = "regularization"
    formula = "y = x · mask / (1 − p) while training;  y = x otherwise"
    keeps_sign = True

    p: float = number(0.5, 0.0, 0.99, "Probability that a value is set to 0 while training.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference(inputs[0])

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "dropout_zero" if self.p == 0 else ""

    def brief(self) -> Sentence:
        return Sentence("{kind} {p:g}", kind=self.kind, p=self.p)


@dataclass(frozen=True)
class Dropout(RandomDropping):
    """Dropout (Srivastava et al., JMLR 15, 2014); inverted: in training the values kept are divided by ``1 - p``.

    https://jmlr.org/papers/v15/srivastava14a.html
    """

    summary = "While training, sets each value to 0 with probability p; does nothing when looking or testing."
    elementwise = True


@dataclass(frozen=True)
class StochasticDepth(RandomDropping):
    """Stochastic depth (Huang et al., https://arxiv.org/abs/1603.09382), at the end of a residual branch.

    As in torchvision, the branches that are kept are divided by ``1 - p``.
    https://docs.pytorch.org/vision/stable/generated/torchvision.ops.StochasticDepth.html
    """

    summary = "While training, drops a whole residual branch with probability p; does nothing when looking or testing."
    aliases = ("drop path", "droppath", "drop connect")
    formula = "y = x · mask / (1 − p) while training, a mask for each image or batch;  y = x otherwise"
    elementwise = True

    p: float = number(0.2, 0.0, 0.99, "Probability that the branch is set to 0 while training.")
    mode: str = choice("row", ("row", "batch"), "Whether chance decides for each image alone or for the whole batch.")


@dataclass(frozen=True)
class Dropout2d(RandomDropping):
    """Spatial dropout (Tompson et al., https://arxiv.org/abs/1411.4280): a map is dropped as a whole or not at all."""

    summary = "While training, sets whole maps to 0 with probability p; does nothing when looking or testing."
    aliases = ("spatial dropout", "channel dropout")
    formula = "y[c] = x[c] · mask[c] / (1 − p) while training;  y = x otherwise"

    p: float = number(0.2, 0.0, 0.99, "Probability that a map is set to 0 while training.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference(channels_first(inputs))
