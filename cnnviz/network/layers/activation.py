"""Activations: a fixed function of each value alone. Without them a stack of layers is one linear map."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.network.layers.base import Inference, Layer
from cnnviz.network.problems import Shape


@dataclass(frozen=True)
class ReLU(Layer):
    """Rectified linear unit (Nair and Hinton, ICML 2010): negative values become 0."""

    family = "activation"
    summary = "Sets negative values to 0 and leaves the others as they are."
    formula = "y = max(0, x)"
    signed = False
    elementwise = True

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        return Inference(inputs[0])
