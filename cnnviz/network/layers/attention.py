"""Attention: every position looks at every other one and decides by itself how much each counts."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Misfit, Remedy, channels_first
from cnnviz.parameters import integer, switch
from cnnviz.sentence import Sentence, unchanged

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class MultiheadSelfAttention(Layer):
    """Multi-head self-attention (Vaswani et al., https://arxiv.org/abs/1706.03762) over the positions of maps.

    Maps ``(C, H, W)`` are read as ``H·W`` tokens of C features each, in the order of rows; there is no positional
    encoding and no skip connection. The weights are those of ``torch.nn.MultiheadAttention``.
    """

    family = "attention"
    summary = "Lets every position gather from all others, weighted by how well their features fit together."
    aliases = ("mha", "multihead attention", "multi-head attention", "transformer")
    formula = "head = softmax(Q Kᵀ / √d) V;  Q, K, V = x W + b;  y = [heads] W_out + b_out;  d = C / heads"
    sees_all = True

    num_heads: int = integer(1, 1, 4096, "How many attentions run side by side, each on its share of the channels.")
    bias: bool = switch(True, "Whether learned numbers are added to queries, keys, values and the result.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        if channels % self.num_heads:
            remedy = Remedy("set", "num_heads", gcd(self.num_heads, channels))
            raise Misfit("heads", (remedy,), heads=self.num_heads, channels=channels)
        parameters: dict[str, Shape] = {"in_proj_weight": (3 * channels, channels)}
        if self.bias:
            parameters["in_proj_bias"] = (3 * channels,)
        parameters["out_proj.weight"] = (channels, channels)
        if self.bias:
            parameters["out_proj.bias"] = (channels,)
        tokens = height * width
        macs = 4 * tokens * channels * channels + 2 * tokens * tokens * channels
        return Inference((channels, height, width), parameters, macs=macs)

    def brief(self) -> Sentence:
        return unchanged(f"{self.kind} ×{self.num_heads}")
