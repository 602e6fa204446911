"""Normalization: values are shifted and scaled so that training stays in a good range."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.network.layers.base import Inference, Layer, channels_first, number, switch
from cnnviz.network.problems import Shape


@dataclass(frozen=True)
class BatchNorm2d(Layer):
    """Batch normalization (Ioffe and Szegedy, arXiv:1502.03167), one mean and variance for each map.

    While training they are those of the batch; when looking or testing, their running averages.
    """

    family = "normalization"
    summary = "Brings each map to mean 0 and variance 1 over the batch, then scales and shifts it by learned numbers."
    formula = "y = γ · (x − mean) / √(var + ε) + β"

    eps: float = number(1e-5, 1e-12, 1.0, "Added to the variance so that nothing is divided by 0.")
    momentum: float = number(0.1, 0.0, 1.0, "Share of the newest batch in the running mean and variance.")
    affine: bool = switch(True, "Whether a scale γ and a shift β are learned for each map.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        parameters: dict[str, Shape] = {"weight": (channels,), "bias": (channels,)} if self.affine else {}
        buffers: dict[str, Shape] = {
            "running_mean": (channels,),
            "running_var": (channels,),
            "num_batches_tracked": (),
        }
        return Inference((channels, height, width), parameters, buffers)

    def caption(self) -> str:
        return "BatchNorm"
