"""The layer catalogue: a frozen class for each kind, a file for each family."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.network.layers.activation import (
    ELU,
    GELU,
    SELU,
    Hardsigmoid,
    Hardswish,
    LeakyReLU,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from cnnviz.network.layers.attention import MultiheadSelfAttention
from cnnviz.network.layers.base import Family, Layer, ParameterError
from cnnviz.network.layers.channels import ChannelShuffle, Chunk
from cnnviz.network.layers.convolution import Conv2d
from cnnviz.network.layers.dense import Dense
from cnnviz.network.layers.merge import Add, Concat, Multiply
from cnnviz.network.layers.normalization import (
    BatchNorm,
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    LayerNorm2d,
    LayerScale,
    LocalResponseNorm,
)
from cnnviz.network.layers.pooling import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    MaxPool2d,
    WindowPool2d,
)
from cnnviz.network.layers.regularization import Dropout, Dropout2d, RandomDropping, StochasticDepth
from cnnviz.network.layers.shaping import Flatten, Reshape, Upsample, ZeroPad2d
from cnnviz.network.layers.structure import Input, Output
from cnnviz.network.layers.transposed import ConvTranspose2d

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, type[Layer]] = MappingProxyType(
    {
        layer.kind: layer
        for layer in (
            Input,
            Output,
            Conv2d,
            ConvTranspose2d,
            MaxPool2d,
            AvgPool2d,
            AdaptiveMaxPool2d,
            AdaptiveAvgPool2d,
            GlobalMaxPool2d,
            GlobalAvgPool2d,
            Dense,
            ReLU,
            ReLU6,
            LeakyReLU,
            PReLU,
            ELU,
            SELU,
            GELU,
            SiLU,
            Mish,
            Hardswish,
            Sigmoid,
            Hardsigmoid,
            Tanh,
            Softplus,
            Softmax,
            BatchNorm2d,
            BatchNorm1d,
            LayerNorm,
            LayerNorm2d,
            GroupNorm,
            InstanceNorm2d,
            LocalResponseNorm,
            LayerScale,
            Dropout,
            Dropout2d,
            StochasticDepth,
            MultiheadSelfAttention,
            Add,
            Multiply,
            Concat,
            Chunk,
            ChannelShuffle,
            Flatten,
            Reshape,
            Upsample,
            ZeroPad2d,
        )
    }
)
"""All layer kinds by name, in the order of the palette."""

__all__ = [
    "ELU",
    "GELU",
    "KINDS",
    "SELU",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "Add",
    "AvgPool2d",
    "BatchNorm",
    "BatchNorm1d",
    "BatchNorm2d",
    "ChannelShuffle",
    "Chunk",
    "Concat",
    "Conv2d",
    "ConvTranspose2d",
    "Dense",
    "Dropout",
    "Dropout2d",
    "Family",
    "Flatten",
    "GlobalAvgPool2d",
    "GlobalMaxPool2d",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Input",
    "InstanceNorm2d",
    "Layer",
    "LayerNorm",
    "LayerNorm2d",
    "LayerScale",
    "LeakyReLU",
    "LocalResponseNorm",
    "MaxPool2d",
    "Mish",
    "MultiheadSelfAttention",
    "Multiply",
    "Output",
    "PReLU",
    "ParameterError",
    "RandomDropping",
    "ReLU",
    "ReLU6",
    "Reshape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StochasticDepth",
    "Tanh",
    "Upsample",
    "WindowPool2d",
    "ZeroPad2d",
]
