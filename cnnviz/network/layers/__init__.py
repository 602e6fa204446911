"""The layer catalogue: one frozen class a kind, in a file for each family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.network.layers.activation import ReLU
from cnnviz.network.layers.base import Family, Layer, Parameter, ParameterError
from cnnviz.network.layers.convolution import Conv2d
from cnnviz.network.layers.dense import Dense
from cnnviz.network.layers.merge import Add, Concat
from cnnviz.network.layers.normalization import BatchNorm2d
from cnnviz.network.layers.pooling import AvgPool2d, MaxPool2d
from cnnviz.network.layers.regularization import Dropout
from cnnviz.network.layers.structure import Flatten, Input, Output

KINDS: Mapping[str, type[Layer]] = MappingProxyType(
    {
        layer.kind: layer
        for layer in (
            Input,
            Conv2d,
            MaxPool2d,
            AvgPool2d,
            Flatten,
            Dense,
            ReLU,
            BatchNorm2d,
            Dropout,
            Add,
            Concat,
            Output,
        )
    }
)
"""Every layer kind by its name, in the order of the palette."""

__all__ = [
    "KINDS",
    "Add",
    "AvgPool2d",
    "BatchNorm2d",
    "Concat",
    "Conv2d",
    "Dense",
    "Dropout",
    "Family",
    "Flatten",
    "Input",
    "Layer",
    "MaxPool2d",
    "Output",
    "Parameter",
    "ParameterError",
    "ReLU",
]
