"""The table of layer kinds: for each the function that writes its ONNX operators."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.export.onnx import elements, normalizations, windows
from cnnviz.export.onnx.elements import plain
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.export.onnx.operators import LayerOperators
    from cnnviz.network.layers import Layer

OPSET = 20
"""The version of ONNX's operators: the first with Gelu (2023)."""

WRITERS: Mapping[type[Layer], Callable[[Any, LayerOperators], None]] = MappingProxyType(
    {
        layers.Conv2d: windows.conv,
        layers.ConvTranspose2d: windows.conv_transpose,
        layers.MaxPool2d: windows.max_pool,
        layers.AvgPool2d: windows.average_pool,
        layers.AdaptiveMaxPool2d: windows.adaptive_max,
        layers.AdaptiveAvgPool2d: windows.adaptive_average,
        layers.GlobalMaxPool2d: windows.global_max,
        layers.GlobalAvgPool2d: windows.global_average,
        layers.Dense: windows.dense,
        layers.ReLU: plain("Relu"),
        layers.ReLU6: elements.relu6,
        layers.LeakyReLU: lambda layer, to: to.last("LeakyRelu", to.x, alpha=layer.negative_slope),
        layers.PReLU: elements.prelu,
        layers.ELU: lambda layer, to: to.last("Elu", to.x, alpha=layer.alpha),
        layers.SELU: plain("Selu"),
        layers.GELU: lambda layer, to: to.last("Gelu", to.x, approximate=layer.approximate),
        layers.SiLU: elements.silu,
        layers.Mish: plain("Mish"),
        layers.Hardswish: plain("HardSwish"),
        layers.Sigmoid: plain("Sigmoid"),
        layers.Hardsigmoid: lambda _, to: to.last("HardSigmoid", to.x, alpha=1 / 6, beta=0.5),
        layers.Tanh: plain("Tanh"),
        layers.Softplus: elements.softplus,
        layers.Softmax: lambda _, to: to.last("Softmax", to.x, axis=1),
        layers.BatchNorm2d: normalizations.batch_norm,
        layers.BatchNorm1d: normalizations.batch_norm,
        layers.LayerNorm: normalizations.layer_norm,
        layers.LayerNorm2d: normalizations.channel_norm,
        layers.LayerScale: normalizations.layer_scale,
        layers.GroupNorm: normalizations.group_norm,
        layers.InstanceNorm2d: normalizations.instance_norm,
        layers.LocalResponseNorm: normalizations.response_norm,
        layers.Dropout: elements.dropout,
        layers.Dropout2d: elements.dropout,
        layers.StochasticDepth: elements.dropout,
        layers.MultiheadSelfAttention: normalizations.attention,
        layers.Add: elements.add,
        layers.Multiply: elements.multiply,
        layers.Concat: elements.concat,
        layers.Chunk: elements.chunk,
        layers.ChannelShuffle: elements.channel_shuffle,
        layers.Flatten: plain("Flatten"),
        layers.Reshape: elements.reshape,
        layers.Upsample: elements.upsample,
        layers.ZeroPad2d: elements.zero_pad,
    }
)
"""All kinds but Input and Output, which are the ends of the graph."""
