"""The layers of a network as functions in the blocked layout of oneDNN: the fastest forward pass on a CPU.

In this layout a max-pooling takes a fifth of the time, and reading and writing the outputs of convolutions takes less.
The order of additions differs from that of the modules, so results differ in rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.training.modules import Normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.training.model import CompiledNetwork

    Function = Callable[..., Any]


def blocked(module: CompiledNetwork, dtype: torch.dtype) -> Mapping[str, Function]:
    """The function of each node, for :meth:`CompiledNetwork.logits_and_output` in evaluation and inference mode.

    ``dtype`` is the precision: float32, or bfloat16 under autocast. Values between convolutions, ReLUs and max-poolings
    are in the blocked layout, and so are images that only such convolutions read; of all others the functions are the
    modules. They are the modules of all nodes if oneDNN is missing, or if a parameter is not finite: oneDNN's ReLU
    makes NaN 0.
    """
    modules = dict(module.named_children())
    available = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call] # torch's own lack of a type
    if not available or not _finite(module):
        return modules
    readers = module.readers()
    takes_blocked: dict[str, bool] = {}
    """Whether the function of a node takes inputs in the blocked layout."""
    convolutions: set[str] = set()
    """The convolutions whose function returns the blocked layout."""
    functions: dict[str, Function] = {}
    for name in reversed(readers):
        layer, after = modules[name], readers[name]
        stays_blocked = bool(after) and all(takes_blocked[reader] for reader in after)
        if type(layer) is nn.Conv2d:
            takes_blocked[name] = True
            functions[name] = _convolution(layer, dtype) if stays_blocked else _dense(layer)
            if stays_blocked:
                convolutions.add(name)
        elif type(layer) is nn.MaxPool2d and layer.padding == (0, 0) and not layer.ceil_mode:
            takes_blocked[name], functions[name] = True, layer
        elif type(layer) is nn.ReLU:
            takes_blocked[name], functions[name] = stays_blocked, layer
        elif type(layer) is Normalize and after and convolutions.issuperset(after):
            functions[name] = _images(layer, dtype)
        else:
            takes_blocked[name], functions[name] = False, _dense(layer)
    return functions


def dense(value: Tensor) -> Tensor:
    """A value of any shape and dtype in the ordinary layout, with the same shape and dtype; contiguous if it was in the
    blocked one."""
    return value.to_dense() if value.is_mkldnn else value


def _finite(module: CompiledNetwork) -> bool:
    return all(bool(tensor.sum().isfinite()) for tensor in module.state_dict().values())


def _dense(layer: nn.Module) -> Function:
    return lambda *inputs: layer(*(dense(each) for each in inputs))


def _images(layer: Normalize, dtype: torch.dtype) -> Function:
    return lambda x: layer(x).to(dtype).to_mkldnn()


def _convolution(layer: nn.Conv2d, dtype: torch.dtype) -> Function:
    weight = layer.weight.to(dtype).to_mkldnn()
    bias = None if layer.bias is None else layer.bias.to(dtype).to_mkldnn()
    padding, stride, dilation, groups = layer.padding, layer.stride, layer.dilation, layer.groups

    def convolve(x: Tensor) -> Tensor:
        """(N, C, H, W) in either layout -> (N, C', H', W') in the blocked one."""
        x = x if x.is_mkldnn else x.to(dtype).to_mkldnn()
        return functional.conv2d(x, weight, bias, stride, padding, dilation, groups)

    return convolve
