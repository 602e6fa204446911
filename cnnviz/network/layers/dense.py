"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Misfit, Remedy
from cnnviz.network.layers.shaping import Flatten
from cnnviz.parameters import integer, switch
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class Dense(Layer):
    """Fully connected: every output is a weighted sum of every input (Keras ``Dense``;
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
    """

    family = "dense"
    summary = "Connects every input with every output: each output is a weighted sum of all inputs."
    aliases = ("linear", "fc", "fully connected", "fullyconnected", "inner product", "mlp")
    formula = "y[o] = b[o] + Σ(i) w[o, i] · x[i]"

    out_features: int = integer(64, 1, 1_000_000_000, "How many numbers come out.", "units")
    bias: bool = switch(True, "Whether a learned number is added to each output.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        (only,) = inputs
        if len(only) != 1:
            raise Misfit("needs_flat", (Remedy("insert", layer=Flatten()),), shape=only)
        parameters: dict[str, Shape] = {"weight": (self.out_features, only[0])}
        if self.bias:
            parameters["bias"] = (self.out_features,)
        return Inference((self.out_features,), parameters, macs=self.out_features * only[0])

    def brief(self) -> Sentence:
        return unchanged(f"Dense {self.out_features}")
