"""Functions of Keras and TensorFlow that compute tensors: activations, joins, means, other shapes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from cnnviz.code.read.follow.keras.layers import KerasLayer, activated, constant
from cnnviz.code.read.follow.keras.tensors import KerasTensor, joined
from cnnviz.code.read.follow.values import Given, NotKnown, Unknown, Value, line_of, no_counterpart
from cnnviz.code.read.keras_arguments import ACTIVATIONS
from cnnviz.code.read.origins import keras_name
from cnnviz.code.read.remarks import PasteError
from cnnviz.code.read.syntax import Call

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.keras_format import ChannelAxis


class Applying(Protocol):
    """Applies layers to tensors."""

    @property
    def maps(self) -> ChannelAxis:
        """The format of all maps."""

    def applied(self, layer: KerasLayer, tensor: KerasTensor, node: ast.AST) -> KerasTensor:
        """A tensor after a layer and its activation."""


def is_function(name: str) -> bool:
    """Whether this is the name of a function of tensors."""
    return name in _FUNCTIONS or name in ACTIVATIONS or name == "leaky_relu"


def call_function(keras: Applying, path: str, given: Given) -> Value:
    """The value of a function that is called with tensors; one without a counterpart makes a failed step."""
    name = keras_name(path)
    tensor = next(tensor for value in given.all() for tensor in _tensors(value))
    try:
        if name in ACTIVATIONS or name == "leaky_relu":
            values = dict(given.named)
            if given.positional:
                second = {"leaky_relu": "alpha", "gelu": "approximate", "ops.gelu": "approximate"}.get(name, "axis")
                names = ("x", second)
                values |= dict(zip(names, given.positional, strict=False))
            values = {key: value for key, value in values.items() if key not in ("name", "x", "features", "logits")}
            return keras.applied(activated(name, given.node, **values), tensor, given.node)
        function = _FUNCTIONS.get(name)
        if function is None:
            raise no_counterpart(given.node)
        return function(keras, tensor, given)
    except PasteError as error:
        return tensor.failed(given.node, *error.remarks)
    except NotKnown as unknown:
        if unknown.remark is not None:
            raise
        return tensor.failed(given.node, *no_counterpart(given.node).remarks)
    except (TypeError, ValueError):
        # such as one axis where several are wanted
        return tensor.failed(given.node, *no_counterpart(given.node).remarks)


def holds_tensor(value: Value) -> bool:
    """Whether a value is a tensor, or a list of some."""
    return bool(_tensors(value))


def _tensors(value: Value) -> list[KerasTensor]:
    if isinstance(value, list | tuple):
        return [tensor for entry in value for tensor in _tensors(entry)]
    return [value] if isinstance(value, KerasTensor) else []


def tensors_of(values: Value, node: ast.AST) -> list[KerasTensor]:
    """The tensors in a list; raises PasteError for anything else in it."""
    entries = list(values) if isinstance(values, list | tuple) else [values]
    for entry in entries:
        if isinstance(entry, Unknown):
            raise PasteError(entry.why())
        if not isinstance(entry, KerasTensor):
            raise no_counterpart(node)
    return entries


def _as_layer(keras: Applying, tensor: KerasTensor, given: Given, name: str, **arguments: Value) -> KerasTensor:
    """A tensor after a function that is the same as a class of Keras with these arguments."""
    values = {argument: constant(value) for argument, value in arguments.items()}
    return keras.applied(KerasLayer(Call(name, line_of(given.node), values, {}), keras.maps), tensor, given.node)


def _join(kind: str) -> Callable[[Applying, KerasTensor, Given], Value]:
    def call(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
        values = list(given.positional)
        named = dict(given.named)
        values += [named.pop(key) for key in ("inputs", "values", "xs", "x", "x1", "y", "x2") if key in named]
        axis = named.pop("axis", -1)
        if kind == "Concatenate" and len(values) == 2 and isinstance(values[1], int):
            axis = values.pop()
        name = named.pop("name", None)
        if named:
            raise no_counterpart(given.node)
        parts = values[0] if len(values) == 1 else values
        return joined(kind, tensors_of(parts, given.node), given.node, name if isinstance(name, str) else "", axis)

    return call


def _merge(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    """``merge`` of Keras 1."""
    values = given.bind("inputs", mode="sum", concat_axis=-1, name=None, output_shape=None, dot_axes=-1)
    kind = {"sum": "Add", "mul": "Multiply", "concat": "Concatenate"}.get(str(values["mode"]))
    if kind is None:
        raise no_counterpart(given.node)
    return joined(
        kind, tensors_of(values["inputs"], given.node), given.node, values["name"] or "", values["concat_axis"]
    )


def _global_pool(kind: str) -> Callable[[Applying, KerasTensor, Given], Value]:
    def call(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
        values = given.bind("x", axis=None, keepdims=False, name=None)
        axes = values["axis"]
        maps = (2, 3) if tensor.order == "torch" else (1, 2)
        if tensor.shape is None or len(tensor.shape) != 3 or tuple(axes or ()) != maps:
            raise no_counterpart(given.node)
        return _as_layer(keras, tensor, given, f"Global{kind}Pooling2D", keepdims=values["keepdims"])

    return call


def _reshape(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    values = given.bind("x", "shape", name=None)
    batch, *rest = values["shape"]
    if isinstance(batch, int) and batch != -1:
        raise no_counterpart(given.node)
    if rest == [-1] or (tensor.shape is not None and len(rest) == 1):
        return _flatten(keras, tensor, given)
    return _as_layer(keras, tensor, given, "Reshape", target_shape=tuple(rest))


def _flatten(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    # a function keeps the order of the values of any maps; here only that of maps with their channels last is written
    if tensor.order == "torch" and tensor.shape is not None and len(tensor.shape) == 3:
        raise no_counterpart(given.node)
    return keras.applied(KerasLayer(Call("Flatten", line_of(given.node), {}, {}), "channels_last"), tensor, given.node)


def _same(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    return tensor


def _sizes(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    return tensor.sizes()


def _divide(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    left, right = given.positional
    if not isinstance(left, KerasTensor):
        raise no_counterpart(given.node)
    return left.combined("/", right, False, given.node)


def _dropout(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    rate = given.named.get("rate", given.positional[1] if len(given.positional) > 1 else None)
    return _as_layer(keras, tensor, given, "Dropout", rate=rate)


def _pad(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    """``pad`` with zeros around the rows and columns of maps with their channels last."""
    named = {("pad_width" if name == "paddings" else name): value for name, value in given.named.items()}
    values = Given(given.node, given.positional, named, given.rest).bind(
        "x", "pad_width", mode="constant", constant_values=None, name=None
    )
    sides = [tuple(pair) if isinstance(pair, list | tuple) else (pair, pair) for pair in values["pad_width"]]
    plain = str(values["mode"]).lower() == "constant" and values["constant_values"] in (None, 0)
    if not plain or tensor.order != "keras" or len(sides) != 4 or {sides[0], sides[3]} != {(0, 0)}:
        raise no_counterpart(given.node)
    return _as_layer(keras, tensor, given, "ZeroPadding2D", padding=(sides[1], sides[2]))


def _pool(kind: str) -> Callable[[Applying, KerasTensor, Given], Value]:
    def call(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
        values = given.bind("x", "pool_size", strides=None, padding="valid", data_format=None, name=None)
        if values["data_format"] is not None:
            raise no_counterpart(given.node)
        arguments = {name: values[name] for name in ("pool_size", "strides", "padding")}
        return _as_layer(keras, tensor, given, f"{kind}Pooling2D", **arguments)

    return call


def _correct_pad(keras: Applying, tensor: KerasTensor, given: Given) -> Value:
    """The padding before a strided convolution in the networks of ``keras.applications``."""
    kernel = given.bind("inputs", "kernel_size")["kernel_size"]
    sides = (kernel, kernel) if type(kernel) is int else tuple(kernel)
    if tensor.shape is None or len(tensor.shape) != 3:
        raise NotKnown
    return tuple((side // 2 - (1 - size % 2), side // 2) for side, size in zip(sides, tensor.shape[1:], strict=True))


_FUNCTIONS: Mapping[str, Callable[[Applying, KerasTensor, Given], Value]] = MappingProxyType(
    {
        **dict.fromkeys(("add", "add_n"), _join("Add")),
        "multiply": _join("Multiply"),
        **dict.fromkeys(("concatenate", "concat"), _join("Concatenate")),
        "merge": _merge,
        **dict.fromkeys(("mean", "reduce_mean"), _global_pool("Average")),
        **dict.fromkeys(("max", "reduce_max"), _global_pool("Max")),
        "reshape": _reshape,
        **dict.fromkeys(("flatten", "batch_flatten"), _flatten),
        **dict.fromkeys(("identity", "stop_gradient", "cast", "convert_to_tensor", "linear"), _same),
        **dict.fromkeys(("int_shape", "shape"), _sizes),
        "pad": _pad,
        "max_pool": _pool("Max"),
        "average_pool": _pool("Average"),
        "correct_pad": _correct_pad,
        "divide": _divide,
        "dropout": _dropout,
    }
)
