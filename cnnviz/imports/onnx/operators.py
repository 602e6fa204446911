"""The table of ONNX operators that are a layer each."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.imports.onnx import elements, windows
from cnnviz.imports.onnx.elements import ROUNDING, has_torch_slope, plain, short
from cnnviz.imports.onnx.made import Made
from cnnviz.network import layers
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.imports.onnx.made import Asked

SELU_ALPHA, SELU_GAMMA = 1.67326, 1.0507
"""The constants of SELU (Klambauer et al., https://arxiv.org/abs/1706.02515); torch has no others."""


def _leaky(asked: Asked) -> Made:
    return Made(layers.LeakyReLU(short(asked.attribute("alpha", 0.01))))


def _elu(asked: Asked) -> Made:
    return Made(layers.ELU(short(asked.attribute("alpha", 1.0))))


def _gelu(asked: Asked) -> Made:
    return Made(layers.GELU(asked.attribute("approximate", "none")))


def _selu(asked: Asked) -> Made:
    alpha, gamma = asked.attribute("alpha", SELU_ALPHA), asked.attribute("gamma", SELU_GAMMA)
    if abs(alpha - SELU_ALPHA) > ROUNDING or abs(gamma - SELU_GAMMA) > ROUNDING:
        raise asked.refused(Sentence("its constants are others"))
    return Made(layers.SELU())


def _hard_sigmoid(asked: Asked) -> Made:
    if not has_torch_slope(asked):
        raise asked.refused(Sentence("its slope is not 1/6"))
    return Made(layers.Hardsigmoid())


def _matrix(asked: Asked) -> Made:
    return windows.dense(asked, asked.weights(1).T, None)


READERS: Mapping[str, Callable[[Asked], Made]] = MappingProxyType(
    {
        "Conv": windows.conv,
        "ConvTranspose": windows.conv_transpose,
        "Gemm": windows.gemm,
        "MatMul": _matrix,
        "MaxPool": windows.max_pool,
        "AveragePool": windows.average_pool,
        "GlobalAveragePool": windows.global_average,
        "GlobalMaxPool": windows.global_max,
        "ReduceMean": partial(windows.reduced, mean=True),
        "ReduceMax": partial(windows.reduced, mean=False),
        "Relu": plain(layers.ReLU),
        "LeakyRelu": _leaky,
        "PRelu": elements.prelu,
        "Elu": _elu,
        "Selu": _selu,
        "Gelu": _gelu,
        "HardSwish": plain(layers.Hardswish),
        "HardSigmoid": _hard_sigmoid,
        "Sigmoid": plain(layers.Sigmoid),
        "Tanh": plain(layers.Tanh),
        "Softplus": plain(layers.Softplus),
        "Softmax": elements.softmax,
        "Clip": elements.clip,
        "Mish": plain(layers.Mish),
        "BatchNormalization": elements.batch_norm,
        "LayerNormalization": elements.layer_norm,
        "InstanceNormalization": elements.instance_norm,
        "GroupNormalization": elements.group_norm,
        "LRN": elements.response_norm,
        "Dropout": elements.dropout,
        "Add": elements.merged(layers.Add),
        "Sum": elements.merged(layers.Add),
        "Mul": elements.merged(layers.Multiply),
        "Concat": elements.concat,
        "Slice": elements.sliced,
        "Flatten": elements.flatten,
        "Reshape": elements.reshaped,
        "Squeeze": elements.squeezed,
        "Pad": elements.pad,
        "Resize": elements.resize,
        "Upsample": elements.resize,
    }
)
"""For each operator the function that reads it."""
PASSED_OVER = ("Identity", "Cast")
"""Operators that change nothing."""
