"""Layers that make training harder so that the network generalizes better."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.network.layers.base import Inference, Layer, number
from cnnviz.network.problems import Shape


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout (Srivastava et al., JMLR 15, 2014); inverted: survivors are divided by ``1 - p`` while training."""

    family = "regularization"
    summary = "While training, sets each value to 0 with probability p; does nothing when looking or testing."
    formula = "y = x · mask / (1 − p) while training;  y = x otherwise"
    elementwise = True

    p: float = number(0.5, 0.0, 0.99, "Probability that a value is set to 0 while training.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference(inputs[0])

    def caption(self) -> str:
        return f"Dropout {self.p:g}"
