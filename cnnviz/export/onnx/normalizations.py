"""Normalizations and attention as ONNX operators."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnviz.export.onnx.operators import LayerOperators
    from cnnviz.network import layers
    from cnnviz.network.shape import Shape


def batch_norm(layer: layers.BatchNorm, to: LayerOperators) -> None:
    """BatchNormalization, with the running mean and variance."""
    affine = _affine(to, to.shape[:1], learned=layer.affine)
    to.last("BatchNormalization", to.x, *affine, to.weight("running_mean"), to.weight("running_var"), epsilon=layer.eps)


def layer_norm(layer: layers.LayerNorm, to: LayerOperators) -> None:
    """LayerNormalization over all axes but the batch."""
    to.last("LayerNormalization", to.x, *_affine(to, to.shape, learned=layer.affine), axis=1, epsilon=layer.eps)


def channel_norm(layer: layers.LayerNorm2d, to: LayerOperators) -> None:
    """LayerNormalization of the channels, which are the last axis meanwhile."""
    last = to.inner("channels_last", "Transpose", to.x, perm=[0, 2, 3, 1])
    affine = _affine(to, to.shape[:1], learned=layer.affine)
    normal = to.inner("normal", "LayerNormalization", last, *affine, axis=-1, epsilon=layer.eps)
    to.last("Transpose", normal, perm=[0, 3, 1, 2])


def layer_scale(_: layers.LayerScale, to: LayerOperators) -> None:
    """Mul by a factor for each map."""
    to.last("Mul", to.x, to.weight("weight", (to.shape[0], 1, 1)))


def instance_norm(layer: layers.InstanceNorm2d, to: LayerOperators) -> None:
    """InstanceNormalization."""
    to.last("InstanceNormalization", to.x, *_affine(to, to.shape[:1], learned=layer.affine), epsilon=layer.eps)


def group_norm(layer: layers.GroupNorm, to: LayerOperators) -> None:
    """InstanceNormalization of the groups, then scale and shift of the maps: GroupNormalization is rarely supported."""
    groups = to.inner("groups", "Reshape", to.x, to.whole_numbers("group_shape", [0, layer.num_groups, -1]))
    ones, zeros = _affine(to, (layer.num_groups,), learned=False)
    normal = to.inner("normal", "InstanceNormalization", groups, ones, zeros, epsilon=layer.eps)
    shape = to.whole_numbers("map_shape", [0, *to.shape])
    if not layer.affine:
        to.last("Reshape", normal, shape)
        return
    maps = to.inner("maps", "Reshape", normal, shape)
    by_map = (to.shape[0], 1, 1)
    to.last("Add", to.inner("scaled", "Mul", maps, to.weight("weight", by_map)), to.weight("bias", by_map))


def _affine(to: LayerOperators, shape: Shape, *, learned: bool) -> tuple[str, str]:
    """Scale and shift: weights, or ones and zeros of this shape."""
    if learned:
        return to.weight("weight"), to.weight("bias")
    return to.floats("ones", np.ones(shape)), to.floats("zeros", np.zeros(shape))


def response_norm(layer: layers.LocalResponseNorm, to: LayerOperators) -> None:
    """LRN. It is written out for an even size, where LRN's window differs from torch's, and for exponents and weights
    of 0, which onnxruntime refuses."""
    if layer.size % 2 and np.float32(layer.alpha) > 0 and np.float32(layer.beta) > 0:
        to.last("LRN", to.x, size=layer.size, alpha=layer.alpha, beta=layer.beta, bias=layer.k)
        return
    channels, height, width = to.shape
    squares = to.inner("squares", "Mul", to.x, to.x)
    column = to.inner("column", "Reshape", squares, to.whole_numbers("column_shape", [0, 1, channels, height * width]))
    before, after = layer.size // 2, (layer.size - 1) // 2
    means = to.inner(
        "means",
        "AveragePool",
        column,
        kernel_shape=[layer.size, 1],
        pads=[before, 0, after, 0],
        strides=[1, 1],
        count_include_pad=1,
    )
    maps = to.inner("maps", "Reshape", means, to.whole_numbers("map_shape", [0, *to.shape]))
    weighed = to.inner("weighed", "Mul", maps, to.floats("alpha", layer.alpha))
    shifted = to.inner("shifted", "Add", weighed, to.floats("k", layer.k))
    to.last("Div", to.x, to.inner("power", "Pow", shifted, to.floats("beta", layer.beta)))


def attention(layer: layers.MultiheadSelfAttention, to: LayerOperators) -> None:
    """Self-attention over the positions of the maps, as :class:`cnnviz.training.modules.SelfAttention`."""
    channels, height, width = to.shape
    tokens, depth = height * width, channels // layer.num_heads
    flat = to.inner("flat", "Reshape", to.x, to.whole_numbers("flat_shape", [0, channels, tokens]))  # (N, C, T)
    turned = to.inner("turned", "Transpose", flat, perm=[0, 2, 1])  # (N, T, C)
    rows_shape = to.whole_numbers("rows_shape", [-1, channels])
    rows = to.inner("rows", "Reshape", turned, rows_shape)  # (N·T, C)
    in_bias = [to.weight("in_proj_bias")] if layer.bias else []
    projected = to.inner("projected", "Gemm", rows, to.weight("in_proj_weight"), *in_bias, transB=1)  # (N·T, 3·C)
    split_shape = to.whole_numbers("split_shape", [-1, tokens, 3, layer.num_heads, depth])
    split = to.inner("split", "Reshape", projected, split_shape)
    heads = to.inner("heads", "Transpose", split, perm=[2, 0, 3, 1, 4])  # (3, N, heads, T, d)
    query, key, value = (
        to.inner(part, "Gather", heads, to.whole_numbers(f"{part}_index", number), axis=0)
        for number, part in enumerate(("query", "key", "value"))
    )  # (N, heads, T, d) each
    scores = to.inner("scores", "MatMul", query, to.inner("key_turned", "Transpose", key, perm=[0, 1, 3, 2]))
    scaled = to.inner("scaled", "Mul", scores, to.floats("scale", 1 / sqrt(depth)))
    gathered = to.inner("gathered", "MatMul", to.inner("weights", "Softmax", scaled, axis=-1), value)
    joined = to.inner("joined", "Transpose", gathered, perm=[0, 2, 1, 3])  # (N, T, heads, d)
    mixed_rows = to.inner("joined_rows", "Reshape", joined, rows_shape)  # (N·T, C)
    out_bias = [to.weight("out_proj.bias")] if layer.bias else []
    mixed = to.inner("mixed", "Gemm", mixed_rows, to.weight("out_proj.weight"), *out_bias, transB=1)
    back = to.inner("back", "Reshape", mixed, to.whole_numbers("back_shape", [-1, tokens, channels]))
    maps = to.inner("maps", "Transpose", back, perm=[0, 2, 1])
    to.last("Reshape", maps, to.whole_numbers("map_shape", [0, *to.shape]))
