"""The table of layer kinds and the functions that compute the arithmetic of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.inspection.arithmetic.activations import curve, softmax
from cnnviz.inspection.arithmetic.attention import attention
from cnnviz.inspection.arithmetic.merging import combined, concatenated
from cnnviz.inspection.arithmetic.normalizations import (
    batch_norm,
    channel_norm,
    group_norm,
    instance_norm,
    layer_norm,
    response_norm,
    scaled,
)
from cnnviz.inspection.arithmetic.pooling import largest, mean
from cnnviz.inspection.arithmetic.products import convolution, dense, transposed_convolution
from cnnviz.inspection.arithmetic.shaping import bordered, chunk, dropped, enlarged, same_index, shuffled
from cnnviz.inspection.arithmetic.structure import pixel, score
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.inspection.arithmetic.forms import Arithmetic
    from cnnviz.inspection.arithmetic.terms import Place
    from cnnviz.inspection.look import Look
    from cnnviz.network.layers import Layer

ARITHMETIC: Mapping[type[Layer], Callable[[Look, Any, Place], Arithmetic]] = {
    layers.Input: pixel,
    layers.Output: score,
    layers.Conv2d: convolution,
    layers.ConvTranspose2d: transposed_convolution,
    layers.MaxPool2d: largest,
    layers.AvgPool2d: mean,
    layers.AdaptiveMaxPool2d: largest,
    layers.AdaptiveAvgPool2d: mean,
    layers.GlobalMaxPool2d: largest,
    layers.GlobalAvgPool2d: mean,
    layers.Dense: dense,
    layers.ReLU: curve,
    layers.ReLU6: curve,
    layers.LeakyReLU: curve,
    layers.PReLU: curve,
    layers.ELU: curve,
    layers.SELU: curve,
    layers.GELU: curve,
    layers.SiLU: curve,
    layers.Mish: curve,
    layers.Hardswish: curve,
    layers.Sigmoid: curve,
    layers.Hardsigmoid: curve,
    layers.Tanh: curve,
    layers.Softplus: curve,
    layers.Softmax: softmax,
    layers.BatchNorm2d: batch_norm,
    layers.BatchNorm1d: batch_norm,
    layers.LayerNorm: layer_norm,
    layers.LayerNorm2d: channel_norm,
    layers.GroupNorm: group_norm,
    layers.InstanceNorm2d: instance_norm,
    layers.LocalResponseNorm: response_norm,
    layers.LayerScale: scaled,
    layers.Dropout: dropped,
    layers.Dropout2d: dropped,
    layers.StochasticDepth: dropped,
    layers.MultiheadSelfAttention: attention,
    layers.Add: combined,
    layers.Multiply: combined,
    layers.Concat: concatenated,
    layers.Chunk: chunk,
    layers.ChannelShuffle: shuffled,
    layers.Flatten: same_index,
    layers.Reshape: same_index,
    layers.Upsample: enlarged,
    layers.ZeroPad2d: bordered,
}
"""For each kind the function of (look, layer, place) that returns the arithmetic of the value at this place."""
