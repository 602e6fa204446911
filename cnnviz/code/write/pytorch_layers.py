"""Writes each layer kind in PyTorch.

An option is given to :func:`call` as (value, default), and left out where both are the same; None as the default always
writes it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.write.source import Verbatim, call, sizes, tuple_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "Normalize": '''class Normalize(nn.Module):
    """(images - mean) / std; one number for all channels, or one for each."""

    def __init__(self, mean: float | list[float], std: float | list[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).reshape(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).reshape(-1, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images - self.mean) / self.std''',
        # not the forward of nn.MultiheadAttention: torch 2.13 misreads the strides of the gradients that it passes back
        # to an InstanceNorm2d
        "SelfAttention": '''class SelfAttention(nn.MultiheadAttention):
    """Every position of the maps attends to all positions: (N, C, H, W) to (N, C, H, W)."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        tokens = maps.flatten(2).transpose(1, 2)  # (N, H * W, C)
        projected = nn.functional.linear(tokens, self.in_proj_weight, self.in_proj_bias)  # (N, H * W, 3 * C)
        heads = projected.unflatten(2, (3, self.num_heads, self.head_dim)).permute(2, 0, 3, 1, 4)
        query, key, value = heads  # (N, heads, H * W, C / heads) each
        mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        mixed = self.out_proj(mixed.transpose(1, 2).flatten(2))  # (N, H * W, C)
        return mixed.transpose(1, 2).reshape(maps.shape)''',
        "LayerNorm2d": '''class LayerNorm2d(nn.LayerNorm):
    """Layer normalization over the channels at each position: (N, C, H, W) to (N, C, H, W)."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return super().forward(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)''',
        "LayerScale": '''class LayerScale(nn.Module):
    """Each map times a learned factor: (N, C, H, W) to (N, C, H, W)."""

    def __init__(self, channels: int, init_value: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), init_value))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps * self.weight.reshape(-1, 1, 1)''',
        "StochasticDepth": '''class StochasticDepth(nn.Module):
    """While training, whole images ("row") or the whole batch become 0; what is kept is divided by 1 - p."""

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p, self.mode = p, mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        count = len(x) if self.mode == "row" else 1
        kept = x.new_empty(count, *(1 for _ in x.shape[1:])).bernoulli_(1 - self.p)
        return x * kept / (1 - self.p)''',
    }
)
"""Classes that torch does not have; each is written before a network that needs it. The reader recognizes them."""


def module(layer: Layer, inputs: tuple[Shape, ...]) -> str | None:
    """The module of a layer that is not an Input, with these input shapes, at least one.

    None for an Output, which changes nothing, and for a layer that ``forward`` writes as an :func:`expression`. Raises
    NotImplementedError for a kind that is not written here.
    """
    fields: Any = layer
    channels = inputs[0][0]
    match layer.kind:
        case "Conv2d":
            return call(
                "nn.Conv2d",
                channels,
                fields.out_channels,
                kernel_size=(fields.kernel_size, None),
                stride=(fields.stride, (1, 1)),
                padding=(fields.padding, (0, 0)),
                dilation=(fields.dilation, (1, 1)),
                groups=(fields.groups, 1),
                bias=(fields.bias, True),
            )
        case "ConvTranspose2d":
            return call(
                "nn.ConvTranspose2d",
                channels,
                fields.out_channels,
                kernel_size=(fields.kernel_size, None),
                stride=(fields.stride, (1, 1)),
                padding=(fields.padding, (0, 0)),
                output_padding=(fields.output_padding, (0, 0)),
                groups=(fields.groups, 1),
                bias=(fields.bias, True),
                dilation=(fields.dilation, (1, 1)),
            )
        case "MaxPool2d" | "AvgPool2d":
            return call(
                f"nn.{layer.kind}",
                fields.kernel_size,
                stride=(fields.stride, fields.kernel_size),
                padding=(fields.padding, (0, 0)),
                ceil_mode=(fields.ceil_mode, False),
            )
        case "AdaptiveAvgPool2d" | "AdaptiveMaxPool2d":
            return call(f"nn.{layer.kind}", fields.output_size)
        case "GlobalAvgPool2d" | "GlobalMaxPool2d":
            return f"nn.Sequential(nn.{layer.kind.replace('Global', 'Adaptive')}(1), nn.Flatten())"
        case "Dense":
            return call("nn.Linear", channels, fields.out_features, bias=(fields.bias, True))
        case "Flatten" | "ReLU" | "ReLU6" | "SELU" | "SiLU" | "Mish" | "Hardswish" | "Sigmoid" | "Hardsigmoid" | "Tanh":
            return f"nn.{layer.kind}()"
        case "Softmax":
            return "nn.Softmax(dim=1)"
        case "LeakyReLU":
            return call("nn.LeakyReLU", fields.negative_slope)
        case "PReLU":
            # with one channel, the reader takes num_parameters=1 as per_channel, and no num_parameters as shared
            return call(
                "nn.PReLU", num_parameters=(channels if fields.per_channel else 1, None if fields.per_channel else 1)
            )
        case "ELU":
            return call("nn.ELU", alpha=(fields.alpha, 1.0))
        case "GELU":
            return call("nn.GELU", approximate=(fields.approximate, "none"))
        case "Softplus":
            return call("nn.Softplus", beta=(fields.beta, 1.0), threshold=(fields.threshold, 20.0))
        case "Dropout" | "Dropout2d":
            return call(f"nn.{layer.kind}", fields.p)
        case "BatchNorm2d" | "BatchNorm1d":
            return call(
                f"nn.{layer.kind}",
                channels,
                eps=(fields.eps, 1e-5),
                momentum=(fields.momentum, 0.1),
                affine=(fields.affine, True),
            )
        case "LayerNorm":
            shape = Verbatim(f"[{sizes(inputs[0])}]" if len(inputs[0]) > 1 else str(channels))
            return call("nn.LayerNorm", shape, eps=(fields.eps, 1e-5), elementwise_affine=(fields.affine, True))
        case "LayerNorm2d":
            return call("LayerNorm2d", channels, eps=(fields.eps, 1e-5), elementwise_affine=(fields.affine, True))
        case "LayerScale":
            return call("LayerScale", channels, init_value=(fields.init_value, 1e-6))
        case "StochasticDepth":
            return call("StochasticDepth", fields.p, mode=(fields.mode, "row"))
        case "ChannelShuffle":
            return call("nn.ChannelShuffle", fields.groups)
        case "GroupNorm":
            return call(
                "nn.GroupNorm", fields.num_groups, channels, eps=(fields.eps, 1e-5), affine=(fields.affine, True)
            )
        case "InstanceNorm2d":
            return call("nn.InstanceNorm2d", channels, eps=(fields.eps, 1e-5), affine=(fields.affine, False))
        case "LocalResponseNorm":
            return call(
                "nn.LocalResponseNorm",
                fields.size,
                alpha=(fields.alpha, 1e-4),
                beta=(fields.beta, 0.75),
                k=(fields.k, 1.0),
            )
        case "MultiheadSelfAttention":
            return call("SelfAttention", channels, num_heads=(fields.num_heads, None), bias=(fields.bias, True))
        case "Reshape":
            return f"nn.Sequential(nn.Flatten(), nn.Unflatten(1, {tuple_of(fields.shape)}))"
        case "Upsample":
            return call("nn.Upsample", scale_factor=(fields.scale_factor, None), mode=(fields.mode, "nearest"))
        case "ZeroPad2d":
            same_on_all_sides = len(set(fields.padding)) == 1
            return call("nn.ZeroPad2d", fields.padding[0] if same_on_all_sides else fields.padding)
        case "Add" | "Multiply" | "Concat" if len(inputs) == 1:
            return "nn.Identity()"
        case "Add" | "Multiply" | "Concat" | "Chunk" | "Output":
            return None
    raise NotImplementedError(layer.kind)


def expression(layer: Layer, sources: Sequence[str]) -> str:
    """The expression for a layer without a module, which combines several tensors or takes a part of one.

    Raises NotImplementedError for other layers.
    """
    fields: Any = layer
    match layer.kind:
        case "Chunk":
            return f"{sources[0]}.chunk({fields.chunks}, dim=1)[{fields.index}]"
        case "Concat":
            return f"torch.cat([{', '.join(sources)}], dim=1)"
        case "Add":
            return " + ".join(sources)
        case "Multiply":
            return " * ".join(sources)
    raise NotImplementedError(layer.kind)


_TAKEN = """
    self torch nn x
    T_destination add_module append apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches
    eval extend extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half insert ipu
    load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters pop
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""

RESERVED = frozenset(_TAKEN.split())
"""Names that cannot be used for layers: attributes of every module, and names used in the source."""
