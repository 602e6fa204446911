"""Parts of torchvision that its own models import, written here as source that the interpreter follows."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.code.read.follow.values import Path

SOURCE = """
class WeightsEnum:
    @classmethod
    def verify(cls, weights):
        return weights


def _log_api_usage_once(model):
    pass


def _make_divisible(value, divisor, least=None):
    least = divisor if least is None else least
    rounded = max(least, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def _ovewrite_named_param(arguments, name, value):
    arguments[name] = value


class ConvNormActivation(torch.nn.Sequential):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1,
                 norm_layer=torch.nn.BatchNorm2d, activation_layer=torch.nn.ReLU, dilation=1, inplace=True, bias=None,
                 conv_layer=torch.nn.Conv2d):
        if padding is None:
            if isinstance(kernel_size, int) and isinstance(dilation, int):
                padding = (kernel_size - 1) // 2 * dilation
            else:
                sizes = kernel_size if not isinstance(kernel_size, int) else (kernel_size, kernel_size)
                spread = dilation if not isinstance(dilation, int) else (dilation, dilation)
                padding = tuple((size - 1) // 2 * step for size, step in zip(sizes, spread))
        if bias is None:
            bias = norm_layer is None
        layers = [conv_layer(in_channels, out_channels, kernel_size, stride, padding, dilation=dilation, groups=groups,
                             bias=bias)]
        if norm_layer is not None:
            layers.append(norm_layer(out_channels))
        if activation_layer is not None:
            layers.append(activation_layer() if inplace is None else activation_layer(inplace=inplace))
        super().__init__(*layers)
        self.out_channels = out_channels


class Conv2dNormActivation(ConvNormActivation):
    pass


class Permute(torch.nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return torch.permute(x, self.dims)


class DropPath(torch.nn.StochasticDepth):
    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__(drop_prob)


class SqueezeExcitation(torch.nn.Module):
    def __init__(self, input_channels, squeeze_channels, activation=torch.nn.ReLU, scale_activation=torch.nn.Sigmoid):
        super().__init__()
        self.avgpool = torch.nn.AdaptiveAvgPool2d(1)
        self.fc1 = torch.nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = torch.nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation = activation()
        self.scale_activation = scale_activation()

    def forward(self, x):
        scale = self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x)))))
        return scale * x
"""
"""The layers are those of ``torchvision.ops.misc``, with the same names and the same order, and timm's DropPath. The
functions, and the misspelt name of one of them, are those of ``torchvision.models``."""
NAMES = frozenset(node.name for node in ast.parse(SOURCE).body if isinstance(node, ast.FunctionDef | ast.ClassDef))
"""The names that are defined in the source above."""
LAYERS = frozenset({"StochasticDepth"})
"""Classes of torchvision that are read as if ``torch.nn`` had them, since each is a layer of cnnviz."""
DECORATORS = frozenset({"register_model", "handle_legacy_interface"})
"""Decorators of torchvision that leave a function as it is, for reading it."""


def is_of_torchvision(path: Path) -> bool:
    """Whether an import may be of torchvision, whose own files import with leading dots, or of timm."""
    return path.name.startswith(("torchvision.", "timm.", "."))


def parts(line: int) -> ast.Module:
    """The parts as a tree. All nodes have the ``line`` of the import, since remarks name lines of the user's code."""
    tree = ast.parse(SOURCE)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            node.lineno = node.end_lineno = line
    return tree
