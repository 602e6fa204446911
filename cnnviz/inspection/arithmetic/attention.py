"""The arithmetic of self-attention: the contribution of each position through each head."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arithmetic.terms import Attended
from cnnviz.inspection.arithmetic.windows import source_of
from cnnviz.inspection.arrays import frozen
from cnnviz.inspection.look import as_array

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Numbers, Place
    from cnnviz.inspection.look import Look
    from cnnviz.network.layers import MultiheadSelfAttention


def attention(look: Look, layer: MultiheadSelfAttention, place: Place) -> Attended:
    """The attention weights of the value's position over all positions, and the contribution of each position."""
    source, inputs = source_of(look, place.node)  # (C, H, W)
    channels, high, wide = inputs.shape
    tokens = inputs.reshape(channels, -1).T.astype(np.float64)  # (H·W, C)
    query, key, value = (tokens @ matrix.T + bias for matrix, bias in _projections(look, place.node, channels))
    own = query[place.row * wide + place.column]  # (C,)
    heads, size = layer.num_heads, channels // layer.num_heads
    # (heads, H·W) each
    scores = np.einsum("hd,thd->ht", own.reshape(heads, size), key.reshape(-1, heads, size)) / sqrt(size)
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=1, keepdims=True)
    output = as_array(look.moment.tensors[f"{place.node}.out_proj.weight"])[place.channel].astype(np.float64)  # (C,)
    offered = np.einsum("thd,hd->ht", value.reshape(-1, heads, size), output.reshape(heads, size))
    bias = look.moment.tensors.get(f"{place.node}.out_proj.bias")
    scores, weights, offered = (
        frozen(each.reshape(heads, high, wide).astype(np.float32)) for each in (scores, weights, offered)
    )
    return Attended(source, scores, weights, offered, None if bias is None else float(bias[place.channel]))


def _projections(look: Look, node: str, channels: int) -> list[tuple[Numbers, Numbers]]:
    """The matrices, float64 (C, C), and biases, float64 (C,), of queries, keys and values."""
    matrices = as_array(look.moment.tensors[f"{node}.in_proj_weight"]).astype(np.float64)
    bias = look.moment.tensors.get(f"{node}.in_proj_bias")
    biases = np.zeros(3 * channels) if bias is None else as_array(bias).astype(np.float64)
    return list(zip(np.split(matrices, 3), np.split(biases, 3), strict=True))
