"""Layers that files write as several operators: the patterns, and the layers that they are.

A function returns None where the constants of a match are not those of its layer.
"""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.imports.onnx import elements, windows
from cnnviz.imports.onnx.activation_forms import activations
from cnnviz.imports.onnx.channel_forms import Form, channel_norms, shuffles
from cnnviz.imports.onnx.elements import epsilon, keeps_batch, reshaped_size, short
from cnnviz.imports.onnx.made import Made
from cnnviz.imports.onnx.patterns import Constant, Number, Pattern, Tree, Variable, X, op
from cnnviz.network import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnnviz.imports.onnx.made import Asked

C, V, N = Constant, Variable, Number
_LONGEST_SIDE = 100_000
"""Height and width up to which the places are listed that a pooling reads."""


def _dense() -> Iterator[Form]:
    yield op("Add", op("MatMul", X, C("weight")), C("bias")), _product
    yield op("Add", op("Gemm", X, C("weight"), label="gemm"), C("bias")), _biased_gemm
    yield op("Add", op("Conv", X, C("weight"), label="conv"), C("bias")), _biased_conv


def _product(asked: Asked) -> Made | None:
    return windows.dense(asked, asked.weights("weight").T, asked.weights("bias"))


def _biased_gemm(asked: Asked) -> Made | None:
    if asked.attribute("alpha", 1.0, "gemm") != 1 or asked.attribute("transA", 0, "gemm"):
        return None
    weight = asked.weights("weight")
    return windows.dense(asked, weight if asked.attribute("transB", 0, "gemm") else weight.T, asked.weights("bias"))


def _biased_conv(asked: Asked) -> Made | None:
    bias = asked.weights("bias")
    if bias.size != len(asked.weights("weight")) or bias.ndim < 3 or bias.shape[-3] != bias.size:
        return None
    return windows.conv(asked.labelled("conv"), bias.reshape(-1))


def _flat_pools() -> Iterator[Form]:
    for kind, layer in (("Average", layers.GlobalAvgPool2d), ("Max", layers.GlobalMaxPool2d)):
        pool = op(f"Global{kind}Pool", X)
        yield op("Flatten", pool), _flat_pool(layer)
        yield op("Reshape", pool, V("shape")), _flat_pool(layer)
        yield op("Squeeze", pool, V("axes")), _flat_pool(layer)
        yield op("Squeeze", pool), _flat_pool(layer)
    for reduction, layer in (("ReduceMean", layers.GlobalAvgPool2d), ("ReduceMax", layers.GlobalMaxPool2d)):
        for pool in (op(reduction, X, label="pool"), op(reduction, X, V("over"), label="pool")):
            yield op("Flatten", pool), _flat_reduction(layer)
            yield op("Reshape", pool, V("shape")), _flat_reduction(layer)


def _flat_pool(layer: type[layers.Layer]) -> Callable[[Asked], Made | None]:
    def read(asked: Asked) -> Made | None:
        channels, _, _ = asked.maps()
        operation = asked.operation
        if operation.kind == "Flatten" and asked.attribute("axis", 1) not in (1, -3):
            return None
        if operation.kind == "Squeeze":
            axes = asked.attribute("axes") or asked.sizes("axes")
            if axes is None or sorted(axis % 4 for axis in axes if axis is not None) != [2, 3]:
                return None
        if operation.kind == "Reshape":
            sizes = asked.sizes("shape")
            if sizes is None or len(sizes) != 2 or sizes[1] not in (-1, channels):
                return None
            if not keeps_batch(asked, sizes[0], filled=sizes[1] == -1):
                return None
        return Made(layer())

    return read


def _flat_reduction(layer: type[layers.Layer]) -> Callable[[Asked], Made | None]:
    def read(asked: Asked) -> Made | None:
        axes = asked.attribute("axes", None, "pool") or asked.sizes("over")
        if axes is None or sorted(axis % 4 for axis in axes if axis is not None) != [2, 3]:
            return None
        return _flat_pool(layer)(asked)

    return read


def _layer_norms() -> Iterator[Form]:
    mean = op("ReduceMean", X, label="mean")
    for centre in (mean, op("ReduceMean", X, V("axes"), label="mean")):
        centred = op("Sub", X, centre)
        for square in (op("Pow", centred, N(2)), op("Mul", centred, centred)):
            over = centre.inputs[1:]
            variance = op("ReduceMean", square, *over, label="variance")
            deviation = op("Sqrt", op("Add", variance, C("eps")))
            normal: Pattern = op("Div", centred, deviation)
            yield op("Add", op("Mul", normal, C("scale")), C("shift")), _layer_norm


def _layer_norm(asked: Asked) -> Made | None:
    rank = len(asked.shape)
    for label in ("mean", "variance"):
        axes = asked.attribute("axes", None, label) or asked.sizes("axes")
        if axes is None or sorted(axis % (rank + 1) for axis in axes if axis is not None) != list(range(1, rank + 1)):
            return None
    eps = asked.weights("eps")
    if eps.size != 1 or asked.weights("scale").size != prod(asked.shape):
        return None
    small = short(float(eps.reshape(-1)[0]))
    return elements.layer_normed(asked, small, asked.weights("scale"), asked.weights("shift"))


def _group_norms() -> Iterator[Form]:
    groups = op("Reshape", X, V("groups"))
    normal = op("InstanceNormalization", groups, C("ones"), C("zeros"), label="normal")
    back = op("Reshape", normal, V("back"))
    yield op("Add", op("Mul", back, C("scale")), C("shift")), _group_norm
    yield back, _group_norm


def _group_norm(asked: Asked) -> Made | None:
    channels, height, width = asked.maps()
    sizes = asked.sizes("groups")
    if sizes is None or len(sizes) != 3 or sizes[1] is None:
        return None
    if not keeps_batch(asked, sizes[0], filled=sizes[2] == -1):
        return None
    count = sizes[1]
    if count < 1 or channels % count or sizes[2] not in (-1, channels // count * height * width):
        return None
    if (asked.weights("ones") != 1).any() or asked.weights("zeros").any():
        return None
    if reshaped_size(asked, "back") != asked.shape:
        return None
    scale, shift = asked.maybe_held("scale"), asked.maybe_held("shift")
    if scale is None or shift is None:
        return Made(layers.GroupNorm(count, epsilon(asked, "normal"), affine=False))
    if scale.size != channels or scale.ndim < 3 or scale.shape[-3] != channels:
        return None
    return Made(layers.GroupNorm(count, epsilon(asked, "normal")), {"weight": scale, "bias": shift})


def _response_norms() -> Iterator[Form]:
    column = op("Reshape", op("Mul", X, X), V("column"))
    means = op("Reshape", op("AveragePool", column, label="means"), V("maps"))
    power = op("Pow", op("Add", op("Mul", means, C("alpha")), C("k")), C("beta"))
    yield op("Div", X, power), _response_norm


def _response_norm(asked: Asked) -> Made | None:
    channels, height, width = asked.maps()
    numbers = [asked.weights(name) for name in ("alpha", "beta", "k")]
    kernel, pads = asked.attribute("kernel_shape", None, "means"), asked.attribute("pads", None, "means")
    column = (1, channels, height * width)
    if any(array.size != 1 for array in numbers) or kernel is None or asked.sizes("column") != (0, *column):
        return None
    size = kernel[0]
    if kernel != (size, 1) or pads != (size // 2, 0, (size - 1) // 2, 0) or asked.sizes("maps") != (0, *asked.shape):
        return None
    if not asked.attribute("count_include_pad", 0, "means"):
        return None
    if any(asked.attribute(name, (1, 1), "means") != (1, 1) for name in ("strides", "dilations")):
        return None
    return Made(layers.LocalResponseNorm(size, *(short(float(array.reshape(-1)[0])) for array in numbers)))


def _adaptive_pools() -> Iterator[Form]:
    yield op("MatMul", op("MatMul", C("rows"), X), C("columns")), _adaptive_average
    rows = op("Gather", X, C("rows"), label="rows")
    yield op("MaxPool", op("Gather", rows, C("columns"), label="columns")), _adaptive_max
    yield op("MaxPool", rows), _adaptive_max


def _adaptive_average(asked: Asked) -> Made | None:
    from cnnviz.export.onnx.windows import shares

    _, height, width = asked.maps()
    rows, columns = asked.weights("rows"), asked.weights("columns").T
    if rows.ndim != 2 or columns.ndim != 2 or rows.shape[1] != height or columns.shape[1] != width:
        return None
    if not all(np.array_equal(each, shares(each.shape[1], each.shape[0])) for each in (rows, columns)):
        return None
    return Made(layers.AdaptiveAvgPool2d((len(rows), len(columns))))


def _adaptive_max(asked: Asked) -> Made | None:
    from cnnviz.export.onnx.windows import places

    _, *size = asked.maps()
    kernel = asked.attribute("kernel_shape", ())
    if len(kernel) != 2 or asked.attribute("strides", (1, 1)) != kernel or any(asked.attribute("pads", ())):
        return None
    if min(kernel) < 1 or max(size) > _LONGEST_SIDE or asked.attribute("dilations", (1, 1)) != (1, 1):
        return None
    held = {name: index for name in ("rows", "columns") if (index := asked.maybe_held(name)) is not None}
    axes = [asked.attribute("axis", 0, name) for name in held]
    # a single Gather, which the pattern calls "rows", may also be that of the columns
    if axes not in ([2], [3], [2, 3]):
        return None
    read = dict(zip(axes, held.values(), strict=True))
    counts = []
    for axis, (n, k) in enumerate(zip(size, kernel, strict=True), 2):
        index = read.get(axis)
        length = n if index is None else index.size
        if length % k:
            return None
        counts.append(length // k)
        expected = places(n, counts[-1])
        if expected != (list(range(n)) if index is None else index.reshape(-1).tolist()):
            return None
    return Made(layers.AdaptiveMaxPool2d((counts[0], counts[1])))


def _attention() -> Iterator[Form]:
    """As cnnviz writes it, with biases or without."""
    flat = op("Transpose", op("Reshape", X, V("flat")), label="turned")
    rows = op("Reshape", flat, V("rows"))
    for bias in (True, False):
        in_bias = (C("in_proj_bias"),) if bias else ()
        projected = op("Gemm", rows, C("in_proj_weight"), *in_bias, label="projected")
        heads = op("Transpose", op("Reshape", projected, C("split")), label="heads")
        query, key, value = (op("Gather", heads, N(at), label=f"part{at}") for at in range(3))
        scores = op("Mul", op("MatMul", query, op("Transpose", key, label="key")), C("scale"))
        gathered = op("MatMul", op("Softmax", scores, label="softmax"), value)
        joined = op("Reshape", op("Transpose", gathered, label="joined"), V("rows"))
        out_bias = (C("out_proj.bias"),) if bias else ()
        mixed = op("Gemm", joined, C("out_proj.weight"), *out_bias, label="mixed")
        back = op("Transpose", op("Reshape", mixed, V("back")), label="maps")
        yield op("Reshape", back, V("shape")), _self_attention


_TURNS = {"turned": (0, 2, 1), "heads": (2, 0, 3, 1, 4), "key": (0, 1, 3, 2), "joined": (0, 2, 1, 3), "maps": (0, 2, 1)}
"""How each Transpose of the pattern reorders the axes, by its label."""


def _self_attention(asked: Asked) -> Made | None:
    channels, height, width = asked.maps()
    tokens = height * width
    split = asked.sizes("split")
    if split is None or len(split) != 5 or split[:3] != (-1, tokens, 3) or not split[3] or not split[4]:
        return None
    heads, depth = split[3], split[4]
    sizes = {
        "flat": (0, channels, tokens),
        "rows": (-1, channels),
        "back": (-1, tokens, channels),
        "shape": (0, *asked.shape),
    }
    if heads * depth != channels or any(asked.sizes(name) != expected for name, expected in sizes.items()):
        return None
    if any(asked.attribute("perm", None, label) != perm for label, perm in _TURNS.items()):
        return None
    if any(asked.attribute("axis", 0, f"part{at}") != 0 for at in range(3)):
        return None
    if any(asked.attribute("transB", 0, label) != 1 for label in ("projected", "mixed")):
        return None
    scale = asked.weights("scale")
    if scale.size != 1 or not np.isclose(float(scale.reshape(-1)[0]), 1 / sqrt(depth)):
        return None
    if asked.attribute("axis", -1, "softmax") not in (-1, 3):
        return None
    names = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
    weights = {name: array for name in names if (array := asked.maybe_held(name)) is not None}
    return Made(layers.MultiheadSelfAttention(heads, "in_proj_bias" in weights), weights)


def _size(pattern: Pattern) -> int:
    return 1 + sum(_size(inner) for inner in pattern.inputs) if isinstance(pattern, Tree) else 0


def _by_last_operator() -> dict[str, list[Form]]:
    all_forms = [
        *activations(),
        *_dense(),
        *_flat_pools(),
        *_layer_norms(),
        *channel_norms(),
        *_group_norms(),
        *_response_norms(),
        *_adaptive_pools(),
        *_attention(),
        *shuffles(),
    ]
    forms: dict[str, list[Form]] = {}
    for form in sorted(all_forms, key=lambda form: -_size(form[0])):
        forms.setdefault(form[0].kind, []).append(form)
    return forms


FORMS = _by_last_operator()
"""All patterns by their last operator, the largest first."""
